//! `farbank peg-out`: the redeemer's side.

mod raise;
mod request;
mod status;

use clap::Subcommand;
use farbank_types::RedemptionId;

use crate::context::{block_on, Context};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum PegOutCommand {
    /// Burn fBTC for bitcoins
    Request(request::RequestArgs),
    /// Show what a redemption waits for
    Status(status::StatusArgs),
    /// Let a payout cost more
    Raise(raise::RaiseArgs),
}

/// Runs `farbank peg-out`.
pub(crate) fn run(command: &PegOutCommand, context: &Context) -> Result<(), Failure> {
    match command {
        PegOutCommand::Request(args) => block_on(request::run(args, context)),
        PegOutCommand::Status(args) => block_on(status::run(args, context)),
        PegOutCommand::Raise(args) => block_on(raise::run(args, context)),
    }
}

/// Reads the id of a redemption.
fn parse_id(text: &str) -> Result<RedemptionId, &'static str> {
    let id: u64 = text.parse().map_err(|_| "expected the number that the request printed")?;
    if id == 0 {
        return Err("expected 1 or more: redemptions are counted from 1");
    }
    Ok(RedemptionId::new(id))
}
