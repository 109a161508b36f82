//! `farbank devnet up`.

use clap::Args;
use farbank_devnet::{up, DevnetFolder, Lifetime, Ports, UpOptions};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{devnet_failure, SideChainArg};
use crate::clock::Stopwatch;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Page, Report};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct UpArgs {
    /// Which side chain runs
    #[arg(long, default_value = "auto")]
    side_chain: SideChainArg,
    /// Start no relayer
    #[arg(long)]
    no_relayer: bool,
    /// Seconds between Bitcoin blocks; 0: only `farbank devnet mine` mines
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    block_interval_secs: u32,
    /// Port of bitcoind's JSON-RPC [default: a free one]
    #[arg(long, value_name = "PORT")]
    bitcoin_port: Option<u16>,
    /// Port of the side chain's JSON-RPC [default: a free one]
    #[arg(long, value_name = "PORT")]
    side_chain_port: Option<u16>,
    /// Port of the relayer [default: a free one]
    #[arg(long, value_name = "PORT")]
    relayer_port: Option<u16>,
}

/// A devnet that is up.
#[derive(Debug, Serialize)]
struct Up {
    seconds: f64,
    #[serde(flatten)]
    status: farbank_devnet::Status,
}

/// Runs `farbank devnet up`. Ctrl-C before it is ready leaves nothing behind.
pub(super) async fn run(
    args: &UpArgs,
    folder: &DevnetFolder,
    context: &Context,
) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let executable = std::env::current_exe().map_err(Failure::outside)?;
    let options = UpOptions {
        side_chain: args.side_chain.into(),
        ports: Ports {
            bitcoin: args.bitcoin_port,
            side_chain: args.side_chain_port,
            relayer: args.relayer_port,
        },
        block_interval_secs: (args.block_interval_secs > 0).then_some(args.block_interval_secs),
        relayer: !args.no_relayer,
        lifetime: Lifetime::UntilDown,
    };
    let cancel = CancellationToken::new();
    let interrupt = tokio::spawn(cancel_on_interrupt(cancel.clone()));
    let spinner = Progress::spinner("Starting a devnet");
    let devnet = up(folder, executable, options, &cancel, |step| spinner.say(step.to_string()))
        .await
        .map_err(devnet_failure);
    interrupt.abort();
    drop(spinner);
    let status = devnet?.status().await.map_err(devnet_failure)?;
    context.output.report(&Up { seconds: stopwatch.seconds(), status })
}

/// Cancels on Ctrl-C or SIGTERM.
pub(crate) async fn cancel_on_interrupt(cancel: CancellationToken) {
    use tokio::signal::unix::{signal, SignalKind};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    cancel.cancel();
}

impl Report for Up {
    fn render(&self, page: &mut Page) {
        self.status.render(page);
        page.line(format!("Up after {:.1} s. Try:", self.seconds));
        page.line("  eval \"$(farbank devnet env)\"   point this shell to it");
        page.line("  farbank status                 see the bridge");
        page.line("  farbank devnet down            stop and remove it");
    }
}
