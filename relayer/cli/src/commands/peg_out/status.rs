//! `farbank peg-out status`.

use core::time::Duration;

use clap::Args;
use farbank_relayer::adapters::bitcoin::{BitcoindError, BitcoindNetwork};
use farbank_relayer::client::peg_out::status::{status, PegOutStatus};
use farbank_relayer::client::peg_out::waits::PegOutState;
use farbank_relayer::client::side_chain;
use farbank_types::{Deployment, RedemptionId};

use super::super::failures::{bitcoin_failure, client_failure};
use super::super::nodes::BitcoinArgs;
use super::parse_id;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, cell, toned, Page, Report, Tone};
use crate::progress::Progress;

/// Between two looks of `--wait`.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// The redemption, as the request printed it
    #[arg(value_parser = parse_id)]
    id: RedemptionId,
    /// Look again until it is paid and proven
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// Runs `farbank peg-out status`.
pub(super) async fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    let deployment = context.deployment()?;
    let node = args.node.connect(Some(&deployment))?;
    let progress = Progress::bar("Reading blocks", 0);
    let found = loop {
        let found = look(&node, &deployment, args.id, context, &progress).await?;
        if !args.wait || found.state.is_settled() {
            break found;
        }
        progress.say(format!("{}: {}", found.state.name(), found.explanation.cause));
        tokio::time::sleep(PAUSE).await;
    };
    drop(progress);
    context.output.report(&found)
}

async fn look(
    node: &BitcoindNetwork,
    deployment: &Deployment,
    id: RedemptionId,
    context: &Context,
    progress: &Progress,
) -> Result<PegOutStatus, Failure> {
    let node = bitcoin_or_note(node, deployment, context).await?;
    let client = side_chain::connect(deployment).await.map_err(client_failure)?;
    let mut show = |done, total| progress.of(done, total);
    status(&client, node, deployment, id, &mut show).await.map_err(client_failure)
}

/// A Bitcoin node that does not answer is no reason to say nothing about the side chain.
async fn bitcoin_or_note<'a>(
    node: &'a BitcoindNetwork,
    deployment: &Deployment,
    context: &Context,
) -> Result<Option<&'a BitcoindNetwork>, Failure> {
    match node.check(deployment.bitcoin.network).await {
        Ok(_) => Ok(Some(node)),
        Err(error @ BitcoindError::WrongNetwork { .. }) => Err(bitcoin_failure(error)),
        Err(error) => {
            context.output.note(&format!("note: the Bitcoin node could not be asked: {error}"));
            Ok(None)
        }
    }
}

fn tone(state: &PegOutState) -> Tone {
    match state.payout().and_then(|payout| payout.confirmations) {
        Some(confirmations) if confirmations.get() == 0 && state.is_settled() => Tone::Bad,
        _ if state.is_settled() => Tone::Good,
        _ => Tone::Waiting,
    }
}

impl Report for PegOutStatus {
    fn render(&self, page: &mut Page) {
        let tip = self.tip.map_or_else(|| "unknown".to_owned(), |height| height.to_string());
        let mut rows = vec![
            ("Redemption", cell(self.id)),
            ("Owed", cell(amount(self.owed))),
            ("Less the Bitcoin fee, at most", cell(amount(self.max_fee))),
            ("Paid to", cell(&self.address)),
            ("Requested in", cell(self.side_tx)),
            ("Bitcoin block", cell(tip)),
            ("Newest Bitcoin header in the contract", cell(self.contract_tip)),
        ];
        if let Some(payout) = self.state.payout() {
            rows.push(("Payout", cell(payout.bitcoin_tx)));
            if let Some(paid) = payout.amount {
                rows.push(("Pays", cell(amount(paid))));
            }
            if let Some(confirmations) = payout.confirmations {
                rows.push(("Confirmations", cell(confirmations)));
            }
        }
        if let PegOutState::Proven { proof_tx, .. } = self.state {
            rows.push(("Proven in", cell(proof_tx)));
        }
        rows.push(("State", toned(self.state.name(), tone(&self.state))));
        rows.push(("Cause", cell(&self.explanation.cause)));
        rows.push(("What to do", cell(&self.explanation.remedy)));
        page.fields(rows);
    }
}
