//! One module per group of commands: its arguments, what it calls, how its result is laid out.

mod completions;
mod headers;
mod inclusion;
mod network;
mod nodes;

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
    /// Check Bitcoin headers offline
    #[command(subcommand)]
    Headers(headers::HeadersCommand),
    /// Make and check proofs that a block holds a transaction
    #[command(subcommand)]
    Inclusion(inclusion::InclusionCommand),
    /// Print the completion script of a shell
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// Whether the command runs until it is stopped, and logs what it does.
    pub(crate) const fn is_service(&self) -> bool {
        match self {
            Self::Headers(_) | Self::Inclusion(_) | Self::Completions(_) => false,
        }
    }
}

/// Runs a command.
pub(crate) fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Headers(command) => headers::run(command, context),
        Command::Inclusion(command) => inclusion::run(command, context),
        Command::Completions(args) => completions::run(&args, context),
    }
}
