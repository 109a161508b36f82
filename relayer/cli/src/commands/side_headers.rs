//! `farbank side-headers`: headers of a side chain checked offline.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use farbank_evm_light_client::clique::verify::{verify_reader, VerifyError, VerifySummary};
use farbank_evm_light_client::clique::{Genesis, GenesisRejection};
use serde::Serialize;
use serde_json::json;

use super::headers::open;
use crate::clock::{self, Stopwatch};
use crate::context::{Context, ContextError};
use crate::failure::Failure;
use crate::output::{thousands, Page, Report};
use crate::progress::Progress;

#[derive(Debug, Subcommand)]
pub(crate) enum SideHeadersCommand {
    /// Check links, seals, signers, votes and fees of headers from the genesis block on
    Verify(VerifyArgs),
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Whose rules hold
    #[arg(long)]
    consensus: Consensus,
    /// The chain's genesis file, the JSON that `geth init` was given
    #[arg(long, value_name = "FILE")]
    genesis: PathBuf,
    /// RLP of headers or of blocks, as `geth export` writes them; `-` reads standard input
    blocks: PathBuf,
}

/// How a side chain agrees on its blocks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Consensus {
    /// Proof of authority by EIP-225
    Clique,
}

/// What was checked.
#[derive(Debug, Serialize)]
struct VerifiedSideHeaders {
    #[serde(flatten)]
    summary: VerifySummary,
    seconds: f64,
}

pub(crate) fn run(command: SideHeadersCommand, context: &Context) -> Result<(), Failure> {
    match command {
        SideHeadersCommand::Verify(args) => verify(&args, context),
    }
}

fn verify(args: &VerifyArgs, context: &Context) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let genesis = match args.consensus {
        Consensus::Clique => read_genesis(&args.genesis)?,
    };
    let (source, size) = open(&args.blocks)?;
    let progress = Progress::bytes("Checking side headers", size);
    let summary = verify_reader(&genesis, progress.watch(source), clock::now());
    drop(progress);
    let summary = summary.map_err(|error| {
        if let VerifyError::Rejected(rejection) = &error {
            return Failure::refused(rejection);
        }
        Failure::outside(error)
    })?;
    context.output.report(&VerifiedSideHeaders { summary, seconds: stopwatch.seconds() })
}

fn read_genesis(path: &Path) -> Result<Genesis, Failure> {
    let json = fs::read(path)
        .map_err(|source| ContextError::Unreadable { path: path.to_owned(), source })?;
    Genesis::from_geth_json(&json).map_err(|rejection| {
        if let GenesisRejection::Header(reason) = &rejection {
            return Failure::refused(reason);
        }
        Failure::named(rejection.name(), json!({ "path": path }), rejection)
    })
}

impl Report for VerifiedSideHeaders {
    fn render(&self, page: &mut Page) {
        let VerifySummary { headers, number, tip, finalized, signers } = &self.summary;
        let finalized = finalized.map_or("none".into(), |number| thousands(number.get()));
        page.fields([
            ("Headers checked", thousands(*headers)),
            ("Number of the last", thousands(number.get())),
            ("Its hash", tip.to_string()),
            ("Newest final block", finalized),
            ("Signers", signers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            ("Seconds", format!("{:.3}", self.seconds)),
        ]);
    }
}
