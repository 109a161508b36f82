//! `farbank headers`: Bitcoin headers checked offline.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use farbank_bitcoin_light_client::verify::{verify_reader, VerifyError, VerifySummary};
use farbank_types::{BitcoinHeight, UnixTime};
use serde::Serialize;

use super::network::NetworkName;
use crate::clock::{self, Stopwatch};
use crate::context::{Context, ContextError};
use crate::failure::Failure;
use crate::output::{thousands, Page, Report};
use crate::progress::Progress;

#[derive(Debug, Subcommand)]
pub(crate) enum HeadersCommand {
    /// Check link, work, retarget and times of raw headers from a trusted one on
    Verify(VerifyArgs),
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Whose rules hold
    #[arg(long)]
    network: NetworkName,
    /// Height of the first header of the file, which is trusted
    #[arg(long, value_name = "HEIGHT")]
    checkpoint_height: u32,
    /// Time of the first block of its retarget period, when the checkpoint is not that block
    #[arg(long, value_name = "SECONDS")]
    epoch_start_time: Option<u64>,
    /// Raw 80-byte headers back to back; `-` reads standard input
    file: PathBuf,
}

/// What was checked.
#[derive(Debug, Serialize)]
struct VerifiedHeaders {
    #[serde(flatten)]
    summary: VerifySummary,
    seconds: f64,
}

pub(crate) fn run(command: HeadersCommand, context: &Context) -> Result<(), Failure> {
    match command {
        HeadersCommand::Verify(args) => verify(&args, context),
    }
}

fn verify(args: &VerifyArgs, context: &Context) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let (source, size) = open(&args.file)?;
    let progress = Progress::bytes("Checking headers", size);
    let summary = verify_reader(
        args.network.into(),
        BitcoinHeight::new(args.checkpoint_height),
        args.epoch_start_time.map(UnixTime::new),
        progress.watch(source),
        clock::now(),
    );
    drop(progress);
    let summary = summary.map_err(|error| {
        if let VerifyError::Rejected(rejection) = &error {
            return Failure::refused(rejection);
        }
        Failure::outside(error)
    })?;
    context.output.report(&VerifiedHeaders { summary, seconds: stopwatch.seconds() })
}

/// Opens the file, with its size when it has one.
pub(super) fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let unreadable = |source| ContextError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
    Ok((Box::new(file), size))
}

impl Report for VerifiedHeaders {
    fn render(&self, page: &mut Page) {
        let VerifySummary { headers, height, tip, work } = &self.summary;
        page.fields([
            ("Headers checked", thousands(*headers)),
            ("Height of the last", thousands(height.get().into())),
            ("Its hash", tip.to_string()),
            ("Work of all", work.to_string()),
            ("Seconds", format!("{:.3}", self.seconds)),
        ]);
    }
}
