//! `farbank attester`: a member of the federation.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use farbank_relayer::attester::{
    dkg as generate_key, run as run_attester, AttesterError, DkgError, DkgReport,
};
use farbank_relayer::config::{AttesterConfig, ConfigError};
use farbank_relayer::relayer::on_signal;
use farbank_transport::{IdentityError, IdentityKey, PeerIdentity};
use serde::Serialize;
use serde_json::json;

use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::log;
use crate::output::{Page, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum AttesterCommand {
    /// Sign what this member has verified itself, until SIGTERM or Ctrl-C
    Run(ConfigArgs),
    /// Make the federation's key together with all other members
    Dkg(ConfigArgs),
    /// Print what other members list this one by; makes the key behind it when there is none
    Identity(ConfigArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    /// TOML file; without one the defaults and the environment (FARBANK_SECTION__KEY) hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Who this process is to its peers.
#[derive(Debug, Serialize)]
struct Identity {
    identity: PeerIdentity,
    identity_file: PathBuf,
}

/// Runs `farbank attester`.
pub(crate) fn run(command: &AttesterCommand, context: &Context) -> Result<(), Failure> {
    let (AttesterCommand::Run(args) | AttesterCommand::Dkg(args) | AttesterCommand::Identity(args)) =
        command;
    let config = AttesterConfig::load(args.config.as_deref());
    let config = config.map_err(Failure::usage::<ConfigError>)?;
    log::start_configured(&config.log, context.verbose());
    match command {
        AttesterCommand::Run(_) => block_on(async {
            let shutdown = on_signal().map_err(Failure::outside)?;
            run_attester(config, shutdown).await.map_err(attester_failure)
        }),
        AttesterCommand::Dkg(_) => dkg(config, context),
        AttesterCommand::Identity(_) => identity(config.peer.identity_file, context),
    }
}

fn dkg(config: AttesterConfig, context: &Context) -> Result<(), Failure> {
    let report = block_on(async {
        let stop = on_signal().map_err(Failure::outside)?;
        generate_key(config, stop).await.map_err(dkg_failure)
    })?;
    context.output.report(&report)
}

/// Prints an identity; makes the key behind it when there is none.
pub(super) fn identity(identity_file: PathBuf, context: &Context) -> Result<(), Failure> {
    let key = IdentityKey::open_or_make(&identity_file).map_err(Failure::usage::<IdentityError>)?;
    context.output.report(&Identity { identity: key.identity(), identity_file })
}

fn attester_failure(error: AttesterError) -> Failure {
    if error.is_configuration() {
        Failure::usage(error)
    } else {
        Failure::outside(error)
    }
}

fn dkg_failure(error: DkgError) -> Failure {
    match error.refusal() {
        Some(name) => Failure::named(name, json!({ "members": error.members() }), error),
        None if error.is_configuration() => Failure::usage(error),
        None => Failure::outside(error),
    }
}

impl Report for DkgReport {
    fn render(&self, page: &mut Page) {
        page.line(if self.made {
            "The federation has its key."
        } else {
            "The federation had its key already; nothing was changed."
        });
        page.fields([
            ("Federation key", self.federation_key.to_string()),
            ("This member", format!("{} of {}", self.index, self.members)),
            ("Members that sign", self.signers.to_string()),
            ("Public file", self.group_file.display().to_string()),
            ("Sealed share", self.share_file.display().to_string()),
        ]);
    }
}

impl Report for Identity {
    fn render(&self, page: &mut Page) {
        page.line(self.identity.to_string());
    }
}
