//! `farbank config`: the relayer's configuration, checked and shown.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use farbank_relayer::config::{ConfigError, RelayerConfig};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Page, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether the configuration can be used, and which of its files are missing
    Check(ConfigArgs),
    /// Print what holds after defaults, file and environment
    Print(ConfigArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    /// TOML file; without one the defaults and the environment (FARBANK_SECTION__KEY) hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What a check found.
#[derive(Debug, Serialize)]
struct Checked {
    ok: bool,
    config: Option<PathBuf>,
    /// Files that the relayer needs and that do not exist (yet).
    missing: Vec<PathBuf>,
}

/// Runs `farbank config`.
pub(crate) fn run(command: &ConfigCommand, context: &Context) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check(args) => check(args, context),
        ConfigCommand::Print(args) => print(args, context),
    }
}

/// Reads a configuration; everything wrong in it is wrong usage.
pub(crate) fn load(file: Option<&Path>) -> Result<RelayerConfig, Failure> {
    RelayerConfig::load(file).map_err(Failure::usage::<ConfigError>)
}

fn check(args: &ConfigArgs, context: &Context) -> Result<(), Failure> {
    let config = load(args.config.as_deref())?;
    let named = [
        Some(&config.deployment_file),
        Some(&config.side_chain.key_file),
        config.bitcoin.cookie_file.as_ref(),
        config.bitcoin.user_password_file.as_ref(),
    ];
    let missing = named.into_iter().flatten().filter(|path| !path.exists()).cloned().collect();
    context.output.report(&Checked { ok: true, config: args.config.clone(), missing })
}

fn print(args: &ConfigArgs, context: &Context) -> Result<(), Failure> {
    let config = load(args.config.as_deref())?;
    if context.output.is_json() {
        return context.output.json(&config);
    }
    context.output.text(&config.to_toml().map_err(Failure::usage::<ConfigError>)?)
}

impl Report for Checked {
    fn render(&self, page: &mut Page) {
        match &self.config {
            Some(path) => page.line(format!("{} can be used.", path.display())),
            None => page.line("The defaults and the environment can be used."),
        }
        for path in &self.missing {
            page.line(format!("Not there yet: {}", path.display()));
        }
    }
}
