//! The `farbank` command: reads arguments, calls the libraries, prints for people or as JSON.
//!
//! Decides nothing about money: every rule is in the libraries. Exit codes: 0 done, 1 refused, 2
//! usage or configuration, 3 a fault outside.

mod clock;
mod commands;
mod context;
mod failure;
mod output;
mod progress;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::Parser as _;

use crate::commands::Cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(&error),
    };
    start_tracing(cli.global.verbose);
    let context = Context::new(cli.global);
    match commands::run(cli.command, &context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            context.output.failure(&failure);
            failure.exit_code()
        }
    }
}

/// Help and version are answers; everything else is wrong usage, in JSON for those who asked for it.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that has gone away is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let failure = Failure::usage(text.trim().trim_start_matches("error: ").to_owned());
        Output::new(true).failure(&failure);
        return failure.exit_code();
    }
    let _ = error.print();
    ExitCode::from(2)
}

/// Logs go to stderr: warnings, more with `-v`.
fn start_tracing(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("FARBANK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr)
        .init();
}
