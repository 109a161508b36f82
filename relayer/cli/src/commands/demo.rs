//! `farbank demo`: the story on a private devnet, told while it runs and summed up in a table.

use clap::Args;
use farbank_devnet::demo::{run as play, DemoOptions, DemoReport, StepReport, Story};
use farbank_devnet::DevnetFolder;
use farbank_types::bitcoin::Amount;
use tokio_util::sync::CancellationToken;

use super::devnet::{cancel_on_interrupt, devnet_failure, SideChainArg};
use crate::clock::Stopwatch;
use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::output::{amount, cell, thousands, toned, Page, Report, Tone};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Leave the devnet up afterwards
    #[arg(long)]
    keep: bool,
    /// Which side chain runs
    #[arg(long, default_value = "auto")]
    side_chain: SideChainArg,
}

/// Runs `farbank demo`. A step that fails or an invariant that does not hold exits with 1.
pub(crate) fn run(args: &DemoArgs, context: &Context) -> Result<(), Failure> {
    let keep = args.keep.then(|| context.devnet_folder()).transpose()?.map(DevnetFolder::new);
    let executable = std::env::current_exe().map_err(Failure::outside)?;
    let kept = keep.is_some();
    let options = DemoOptions { executable, side_chain: args.side_chain.into(), keep };
    let report = block_on(async {
        let cancel = CancellationToken::new();
        let interrupt = tokio::spawn(cancel_on_interrupt(cancel.clone()));
        let teller = Teller { stopwatch: Stopwatch::start(), progress: Progress::spinner("") };
        let report = play(options, &cancel, |sentence| teller.tell(&sentence)).await;
        interrupt.abort();
        report.map_err(devnet_failure)
    })?;
    context.output.report(&report)?;
    if kept {
        context.output.note("The devnet is still up: see `farbank devnet status`.");
    }
    if report.ok {
        Ok(())
    } else {
        Err(Failure::Shown)
    }
}

/// Writes each sentence as it happens, with the time since the start.
struct Teller {
    stopwatch: Stopwatch,
    progress: Progress,
}

impl Teller {
    fn tell(&self, sentence: &Story) {
        self.progress.line(&format!("{:6.1} s  {sentence}", self.stopwatch.seconds()));
        self.progress.say(sentence.to_string());
    }
}

impl Report for DemoReport {
    fn render(&self, page: &mut Page) {
        page.table(
            ["Step", "Result", "Seconds", "Arrived", "Gas", "What happened"],
            self.steps.iter().map(|step| {
                [
                    cell(step.name),
                    verdict(step.ok, "done", "failed"),
                    cell(format!("{:.1}", step.seconds)),
                    cell(step.amount.map_or_else(String::new, bitcoins)),
                    cell(step.gas.map_or_else(String::new, thousands)),
                    cell(&step.note),
                ]
            }),
        );
        page.fields(self.steps.iter().flat_map(transactions));
        page.table(
            ["Invariant", "Says", "Found", "Compared with", "Verdict"],
            self.invariants.iter().map(|invariant| {
                [
                    cell(invariant.id),
                    cell(meaning(invariant.id)),
                    cell(&invariant.left),
                    cell(&invariant.right),
                    verdict(invariant.holds, "holds", "broken"),
                ]
            }),
        );
        let end = if self.ok { "All is well" } else { "Something is wrong" };
        page.line(format!(
            "{end} after {:.1} s, with {} as the side chain.",
            self.seconds,
            self.side_chain.name()
        ));
    }
}

fn verdict(good: bool, yes: &str, no: &str) -> comfy_table::Cell {
    toned(if good { yes } else { no }, Tone::of(good))
}

fn bitcoins(sum: Amount) -> String {
    amount(sum).split(" (").next().unwrap_or_default().to_owned()
}

fn transactions(step: &StepReport) -> Vec<(String, String)> {
    let bitcoin =
        step.bitcoin_tx.map(|txid| (format!("{}, on Bitcoin", step.name), txid.to_string()));
    let side =
        step.side_tx.map(|hash| (format!("{}, on the side chain", step.name), hash.to_string()));
    bitcoin.into_iter().chain(side).collect()
}

/// What an invariant says, in a few words.
fn meaning(id: &str) -> &'static str {
    match id {
        "I1" => "what is owed is at most what is held",
        "I2" => "a deposit is minted at most once",
        "I3" => "a redemption is paid at most once",
        "I4" => "a deposit is minted or taken back, never both",
        _ => "",
    }
}
