//! `farbank peg-in status`.

use core::time::Duration;
use std::path::PathBuf;

use clap::Args;
use farbank_contracts::SideChainClient;
use farbank_relayer::adapters::bitcoin::BitcoindNetwork;
use farbank_relayer::client::error::ClientError;
use farbank_relayer::client::peg_in::status::{status, DepositStatus, PegInStatus};
use farbank_relayer::client::peg_in::waits::DepositState;
use farbank_relayer::client::refusal::UnusableDeposit;
use farbank_relayer::client::side_chain;
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use farbank_types::Deployment;

use super::super::failures::client_failure;
use super::super::nodes::BitcoinArgs;
use super::read_deposit;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, cell, toned, Page, Report, Tone};
use crate::progress::Progress;

/// Between two looks of `--wait`.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// The deposit file
    file: PathBuf,
    /// Look again until it is minted, taken back, or can be taken back
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// Runs `farbank peg-in status`.
pub(super) async fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    let file = read_deposit(&args.file)?;
    let deployment = context.deployment()?;
    file.deposit
        .check_against(&deployment)
        .map_err(|rejection| Failure::refused(&UnusableDeposit(rejection)))?;
    let node = args.node.connect(Some(&deployment))?;
    let progress = Progress::bar("Reading blocks", 0);
    let found = loop {
        let found = look(&node, &deployment, &file.deposit, context, &progress).await?;
        if !args.wait || found.deposits.iter().all(DepositStatus::is_at_rest) {
            break found;
        }
        if let Some(deposit) = found.deposits.iter().find(|deposit| !deposit.is_at_rest()) {
            progress.say(format!("{}: {}", deposit.state.name(), deposit.explanation.cause));
        }
        tokio::time::sleep(PAUSE).await;
    };
    drop(progress);
    context.output.report(&found)
}

async fn look(
    node: &BitcoindNetwork,
    deployment: &Deployment,
    deposit: &DepositAnnouncement,
    context: &Context,
    progress: &Progress,
) -> Result<PegInStatus, Failure> {
    let client = side_chain_or_note(deployment, context).await?;
    let parameters = &deployment.parameters;
    let mut show = |done, total| progress.of(done, total);
    status(node, client.as_ref(), parameters, deposit, &mut show).await.map_err(client_failure)
}

/// A side chain that does not answer is no reason to say nothing about Bitcoin.
async fn side_chain_or_note(
    deployment: &Deployment,
    context: &Context,
) -> Result<Option<SideChainClient>, Failure> {
    match side_chain::connect(deployment).await {
        Ok(client) => Ok(Some(client)),
        Err(ClientError::Fault(fault)) => {
            context.output.note(&format!("note: the side chain could not be asked: {fault}"));
            Ok(None)
        }
        Err(refused) => Err(client_failure(refused)),
    }
}

/// Whether waiting makes no sense any more.
trait AtRest {
    fn is_at_rest(&self) -> bool;
}

impl AtRest for DepositStatus {
    fn is_at_rest(&self) -> bool {
        self.state.is_settled() || matches!(self.state, DepositState::Reclaimable)
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other state waits")]
fn tone(deposit: &DepositStatus) -> Tone {
    match deposit.state {
        DepositState::Minted(_) | DepositState::Swept { .. } | DepositState::Reclaimed { .. } => {
            Tone::Good
        }
        DepositState::AmountTooSmall { .. }
        | DepositState::CarrierFeeTooHigh { .. }
        | DepositState::TooCloseToReclaim { .. }
        | DepositState::TakenByFederation { .. } => Tone::Bad,
        _ => Tone::Waiting,
    }
}

impl Report for PegInStatus {
    fn render(&self, page: &mut Page) {
        let contract = self.contract_tip.map_or_else(|| "unknown".to_owned(), |h| h.to_string());
        page.fields([
            ("Address", self.address.clone()),
            ("Bitcoin block", self.tip.to_string()),
            ("Newest Bitcoin header in the contract", contract),
        ]);
        for deposit in &self.deposits {
            let mut rows = Vec::new();
            if let Some(output) = &deposit.output {
                rows.push(("Deposit", cell(output.outpoint)));
                rows.push(("Amount", cell(amount(output.amount))));
                if let Some(place) = output.block {
                    rows.push(("In block", cell(place.height)));
                }
            }
            if let Some(height) = deposit.reclaim_height {
                rows.push(("Yours to take back from block", cell(height)));
            }
            rows.push(("State", toned(deposit.state.name(), tone(deposit))));
            rows.push(("Cause", cell(&deposit.explanation.cause)));
            rows.push(("What to do", cell(&deposit.explanation.remedy)));
            page.fields(rows);
        }
    }
}
