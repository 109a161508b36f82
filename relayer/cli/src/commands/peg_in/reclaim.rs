//! `farbank peg-in reclaim`: needs the deposit file, a Bitcoin node and, unless the bridge is dead,
//! the side chain's word that the deposit was not minted.

use std::path::PathBuf;

use clap::Args;
use farbank_contracts::SideChainClient;
use farbank_relayer::client::error::{ClientError, ClientFault};
use farbank_relayer::client::peg_in::reclaim::{reclaim, MintCheck, ReclaimRequest, Reclaimed};
use farbank_relayer::client::refusal::UnusableDeposit;
use farbank_relayer::client::side_chain;
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_types::bitcoin::address::NetworkUnchecked;
use farbank_types::bitcoin::{Address, FeeRate, Network, OutPoint, ScriptBuf};
use farbank_types::Deployment;
use serde_json::json;

use super::super::failures::client_failure;
use super::super::keys;
use super::super::nodes::BitcoinArgs;
use super::{parse_fee_rate, read_deposit};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, Page, Report};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct ReclaimArgs {
    /// The deposit file
    file: PathBuf,
    /// Where the coins go: a Bitcoin address, or a name of `farbank keys`
    #[arg(long, value_name = "ADDRESS|NAME")]
    to: String,
    /// Which output, when several pay the address
    #[arg(long, value_name = "TXID:VOUT")]
    outpoint: Option<OutPoint>,
    /// Fee rate in satoshi per virtual byte [default: the node's estimate]
    #[arg(long, value_name = "RATE", value_parser = parse_fee_rate)]
    fee_rate: Option<FeeRate>,
    /// Do not ask the side chain whether the deposit was minted: only when nobody can be asked any
    /// more. Taking back a minted deposit takes from whoever holds the fBTC.
    #[arg(long)]
    bridge_is_dead: bool,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// The side chain does not answer.
#[derive(Debug, thiserror::Error)]
#[error(
    "the side chain cannot be asked whether the deposit was minted: {source}; start its node, or \
     say --bridge-is-dead when there is nobody left to ask"
)]
struct MintUnknown {
    #[source]
    source: ClientFault,
}

/// Runs `farbank peg-in reclaim`.
pub(super) async fn run(args: &ReclaimArgs, context: &Context) -> Result<(), Failure> {
    let file = read_deposit(&args.file)?;
    let to = destination(&args.to, file.deposit.network, context)?;
    // A dead bridge may have left no deployment behind, and then no default for the node either.
    let deployment =
        if args.bridge_is_dead { context.deployment().ok() } else { Some(context.deployment()?) };
    let node = args.node.connect(deployment.as_ref())?;
    let side_chain = match &deployment {
        Some(deployment) if !args.bridge_is_dead => Some(ask(deployment, &file).await?),
        _ => None,
    };
    let request = ReclaimRequest {
        file: &file,
        outpoint: args.outpoint,
        to,
        fee_rate: args.fee_rate,
        mint_check: side_chain.as_ref().map_or(MintCheck::BridgeIsDead, MintCheck::Ask),
    };
    let progress = Progress::bar("Reading blocks", 0);
    let mut show = |done, total| progress.of(done, total);
    let reclaimed = reclaim(&node, &request, &mut show).await.map_err(client_failure)?;
    drop(progress);
    context.output.report(&reclaimed)
}

async fn ask(deployment: &Deployment, file: &DepositFile) -> Result<SideChainClient, Failure> {
    file.deposit
        .check_against(deployment)
        .map_err(|rejection| Failure::refused(&UnusableDeposit(rejection)))?;
    side_chain::connect(deployment).await.map_err(|error| match error {
        ClientError::Fault(source) => Failure::outside(MintUnknown { source }),
        refused @ ClientError::Refused(_) => client_failure(refused),
    })
}

/// Reads an address of the right network, or the name of a key.
fn destination(text: &str, network: Network, context: &Context) -> Result<ScriptBuf, Failure> {
    let Ok(address) = text.parse::<Address<NetworkUnchecked>>() else {
        return Ok(keys::load(text, context)?.bitcoin_address(network).script_pubkey());
    };
    let checked = address.require_network(network).map_err(|error| {
        Failure::named("WrongNetwork", json!({ "expected": network, "address": text }), error)
    })?;
    Ok(checked.script_pubkey())
}

impl Report for Reclaimed {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Transaction", self.txid.to_string()),
            ("Takes back", self.outpoint.to_string()),
            ("Amount", amount(self.amount)),
            ("Fee", amount(self.fee)),
        ]);
        if !self.mint_checked {
            page.line("The side chain was not asked whether the deposit had been minted.");
        }
    }
}
