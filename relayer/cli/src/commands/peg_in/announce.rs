//! `farbank peg-in announce`.

use std::path::PathBuf;

use clap::Args;
use farbank_relayer::client::error::ClientFault;
use farbank_relayer::client::relayer::RelayerClient;
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use serde::Serialize;

use super::super::failures::fault_failure;
use super::read_deposit;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Page, Report};

#[derive(Args, Debug)]
pub(crate) struct AnnounceArgs {
    /// The deposit file
    file: PathBuf,
    /// Address of the relayer
    #[arg(long, value_name = "URL", env = "FARBANK_RELAYER_URL")]
    relayer: String,
    /// File with the relayer's token
    #[arg(long, value_name = "FILE", env = "FARBANK_RELAYER_TOKEN_FILE")]
    relayer_token_file: PathBuf,
}

/// A relayer that is to be told of a deposit.
#[derive(Args, Clone, Debug)]
pub(super) struct RelayerArgs {
    /// Address of a relayer that is told of the deposit at once
    #[arg(long, value_name = "URL", env = "FARBANK_RELAYER_URL", requires = "relayer_token_file")]
    pub(super) relayer: Option<String>,
    /// File with the relayer's token
    #[arg(long, value_name = "FILE", env = "FARBANK_RELAYER_TOKEN_FILE")]
    pub(super) relayer_token_file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Announced {
    address: String,
    relayer: String,
}

/// Runs `farbank peg-in announce`.
pub(super) async fn run(args: &AnnounceArgs, context: &Context) -> Result<(), Failure> {
    let file = read_deposit(&args.file)?;
    announce(&file.deposit, &args.relayer, &args.relayer_token_file).await?;
    let address = file.deposit.address.assume_checked().to_string();
    context.output.report(&Announced { address, relayer: args.relayer.clone() })
}

/// Tells a relayer of a deposit.
pub(super) async fn announce(
    deposit: &DepositAnnouncement,
    relayer: &str,
    token_file: &std::path::Path,
) -> Result<(), Failure> {
    let failed = |error| fault_failure(ClientFault::Relayer(error));
    let relayer = RelayerClient::new(relayer).map_err(failed)?;
    relayer.announce(deposit, token_file).await.map_err(failed)
}

impl Report for Announced {
    fn render(&self, page: &mut Page) {
        page.line(format!("The relayer at {} watches {}.", self.relayer, self.address));
    }
}
