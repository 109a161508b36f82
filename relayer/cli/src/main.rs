#![doc = include_str!("../README.md")]

mod clock;
mod commands;
mod context;
mod failure;
mod log;
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
    if !cli.command.logs_as_configured() {
        log::start(cli.global.verbose, cli.command.is_service());
    }
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
