//! One module per group of commands: its arguments, what it calls, how its result is laid out.

mod attester;
mod bench;
mod completions;
mod config;
mod contracts;
mod demo;
mod devnet;
mod failures;
mod headers;
mod inclusion;
mod keys;
mod network;
mod nodes;
mod peg_in;
mod peg_out;
mod relayer;
mod reserves;
mod side_headers;
mod status;

use clap::{Parser, Subcommand};

use crate::context::{Context, GlobalArgs};
use crate::failure::Failure;

/// Two-way bridge between Bitcoin and EVM side chains
#[derive(Debug, Parser)]
#[command(name = "farbank", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell the whole story on a private devnet of real nodes
    Demo(demo::DemoArgs),
    /// Run a private pair of chains with a bridge
    #[command(subcommand)]
    Devnet(devnet::DevnetCommand),
    /// Move bitcoins to the side chain
    #[command(subcommand)]
    PegIn(peg_in::PegInCommand),
    /// Move bitcoins back from the side chain
    #[command(subcommand)]
    PegOut(peg_out::PegOutCommand),
    /// Show the bridge at a glance and everything that is waited for
    Status(status::StatusArgs),
    /// Show what the bridge owes and holds
    Reserves,
    /// Make and show keys
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Deploy a bridge onto your own chains
    #[command(subcommand)]
    Contracts(contracts::ContractsCommand),
    /// Carry headers and claims
    #[command(subcommand)]
    Relayer(relayer::RelayerCommand),
    /// Take part in the federation that holds the bitcoins
    #[command(subcommand)]
    Attester(attester::AttesterCommand),
    /// Check and show the relayer's configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Check Bitcoin headers offline
    #[command(subcommand)]
    Headers(headers::HeadersCommand),
    /// Check headers of a side chain offline
    #[command(subcommand)]
    SideHeaders(side_headers::SideHeadersCommand),
    /// Make and check proofs that a block holds a transaction
    #[command(subcommand)]
    Inclusion(inclusion::InclusionCommand),
    /// Measure this machine
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Print the completion script of a shell
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// Whether the command runs until it is stopped, and logs what it does.
    pub(crate) const fn is_service(&self) -> bool {
        matches!(self, Self::Devnet(devnet::DevnetCommand::Supervise(_)))
    }

    /// Whether a configuration file says what is logged.
    pub(crate) const fn logs_as_configured(&self) -> bool {
        matches!(self, Self::Relayer(_) | Self::Attester(_))
    }
}

/// Runs a command.
pub(crate) fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(&args, context),
        Command::Devnet(command) => devnet::run(&command, context),
        Command::PegIn(command) => peg_in::run(&command, context),
        Command::PegOut(command) => peg_out::run(&command, context),
        Command::Status(args) => status::run(&args, context),
        Command::Reserves => reserves::run(context),
        Command::Keys(command) => keys::run(&command, context),
        Command::Contracts(command) => contracts::run(&command, context),
        Command::Relayer(command) => relayer::run(&command, context),
        Command::Attester(command) => attester::run(&command, context),
        Command::Config(command) => config::run(&command, context),
        Command::Headers(command) => headers::run(command, context),
        Command::SideHeaders(command) => side_headers::run(command, context),
        Command::Inclusion(command) => inclusion::run(command, context),
        Command::Bench(command) => bench::run(&command, context),
        Command::Completions(args) => completions::run(&args, context),
    }
}
