//! `farbank peg-in`: the depositor's side.

mod address;
mod announce;
mod pay;
mod reclaim;
mod status;

use std::path::Path;

use clap::Subcommand;
use farbank_relayer::client::peg_in::address::load;
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_types::bitcoin::secp256k1::Secp256k1;
use farbank_types::bitcoin::FeeRate;

use super::failures::file_failure;
use crate::context::{block_on, Context};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum PegInCommand {
    /// Make a deposit address and the file that belongs to it
    Address(address::AddressArgs),
    /// Pay a deposit from a key's wallet (any other Bitcoin wallet can, too)
    Pay(pay::PayArgs),
    /// Show what a deposit waits for
    Status(status::StatusArgs),
    /// Take a deposit back after its timelock
    Reclaim(reclaim::ReclaimArgs),
    /// Give the public part of a deposit to a relayer
    Announce(announce::AnnounceArgs),
}

/// Runs `farbank peg-in`.
pub(crate) fn run(command: &PegInCommand, context: &Context) -> Result<(), Failure> {
    match command {
        PegInCommand::Address(args) => block_on(address::run(args, context)),
        PegInCommand::Pay(args) => block_on(pay::run(args, context)),
        PegInCommand::Status(args) => block_on(status::run(args, context)),
        PegInCommand::Reclaim(args) => block_on(reclaim::run(args, context)),
        PegInCommand::Announce(args) => block_on(announce::run(args, context)),
    }
}

/// Reads a deposit file; a damaged one is refused by name.
fn read_deposit(file: &Path) -> Result<DepositFile, Failure> {
    load(&Secp256k1::new(), file)
        .map_err(file_failure)?
        .map_err(|rejection| Failure::refused(&rejection))
}

/// Reads a fee rate in whole sat/vB.
fn parse_fee_rate(text: &str) -> Result<FeeRate, &'static str> {
    let rate: u64 = text.parse().map_err(|_| "expected whole satoshi per virtual byte")?;
    if rate == 0 {
        return Err("expected at least 1 satoshi per virtual byte: nodes relay nothing cheaper");
    }
    FeeRate::from_sat_per_vb(rate).ok_or("expected less")
}
