//! `farbank bench`: what this machine can do.

use clap::{Args, Subcommand};
use farbank_relayer::bench::{signer, signing, SignerError, SigningBenchError, SIGNERS, THRESHOLD};
use serde::Serialize;

use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::output::{Page, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Sign the inputs of a transaction by 3 of 4 processes of their own
    Signing(SigningArgs),
    /// A process that signs for `bench signing`
    #[command(hide = true)]
    Signer,
}

#[derive(Args, Debug)]
pub(crate) struct SigningArgs {
    /// Inputs, 1 to 64
    #[arg(long, default_value_t = 25, value_name = "COUNT")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64))]
    inputs: u16,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Signed {
    /// From the proposal to verified signatures.
    seconds: f64,
    inputs: u16,
    signers: u16,
    threshold: u16,
    /// Making the key.
    dkg_seconds: f64,
}

/// Runs `farbank bench`.
pub(crate) fn run(command: &BenchCommand, context: &Context) -> Result<(), Failure> {
    match command {
        BenchCommand::Signing(args) => sign(args, context),
        BenchCommand::Signer => block_on(async {
            let orders = tokio::io::BufReader::new(tokio::io::stdin());
            let ended = signer(orders, tokio::io::stdout()).await;
            ended.map_err(Failure::outside::<SignerError>)
        }),
    }
}

fn sign(args: &SigningArgs, context: &Context) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(Failure::outside)?;
    let measured = block_on(async {
        let measured = signing(&program, &["bench", "signer"], args.inputs).await;
        measured.map_err(Failure::outside::<SigningBenchError>)
    })?;
    context.output.report(&Signed {
        seconds: measured.signing.as_secs_f64(),
        inputs: args.inputs,
        signers: SIGNERS,
        threshold: THRESHOLD,
        dkg_seconds: measured.key_generation.as_secs_f64(),
    })
}

impl Report for Signed {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Inputs signed", self.inputs.to_string()),
            ("By", format!("{} of {} processes", self.threshold, self.signers)),
            ("Seconds", format!("{:.3}", self.seconds)),
            ("Seconds to make the key", format!("{:.3}", self.dkg_seconds)),
        ]);
    }
}
