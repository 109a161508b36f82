//! `farbank relayer`: the service that carries, and who it is to the attesters.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use farbank_relayer::relayer::{on_signal, run as run_relayer, RelayerError};

use super::attester::identity;
use super::config::load;
use super::failures::bitcoin_failure;
use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::log;

#[derive(Debug, Subcommand)]
pub(crate) enum RelayerCommand {
    /// Carry headers and claims until SIGTERM or Ctrl-C
    Run(RunArgs),
    /// Print what attesters list this relayer by; makes the key behind it when there is none
    Identity(RunArgs),
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// TOML file; without one the defaults and the environment (FARBANK_SECTION__KEY) hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs `farbank relayer`.
pub(crate) fn run(command: &RelayerCommand, context: &Context) -> Result<(), Failure> {
    let (RelayerCommand::Run(args) | RelayerCommand::Identity(args)) = command;
    let config = load(args.config.as_deref())?;
    log::start_configured(&config.log, context.verbose());
    if matches!(command, RelayerCommand::Identity(_)) {
        return identity(config.federation.identity_file, context);
    }
    block_on(async {
        let shutdown = on_signal().map_err(Failure::outside)?;
        run_relayer(config, shutdown).await.map_err(relayer_failure)
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the error itself sorts the rest")]
fn relayer_failure(error: RelayerError) -> Failure {
    match error {
        RelayerError::Bitcoin(error) => bitcoin_failure(error),
        error if error.is_configuration() => Failure::usage(error),
        error => Failure::outside(error),
    }
}
