//! `farbank completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use crate::context::Context;
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell; for bash: `farbank completions bash > ~/.local/share/bash-completion/completions/farbank`
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, context: &Context) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "farbank", &mut script);
    context.output.bytes(&script)
}
