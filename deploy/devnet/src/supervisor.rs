//! The process that owns a devnet: starts its parts, answers its levers, ends them with itself.
//!
//! Orders come on standard input and reports leave on standard output while it starts; afterwards
//! there is only the control socket.

use core::time::Duration;
use std::fs::{self, Permissions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use farbank_types::BlockCount;
use tokio::io::{AsyncRead, BufReader};
use tokio::net::unix::pipe;
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{signal, Signal, SignalKind};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{interval_at, Instant, MissedTickBehavior};

use crate::control::{read_line, write_line, Order, Reply, Report, Request};
use crate::failure::{Error, Failure, Rejection};
use crate::federation::ATTESTERS;
use crate::folder::{DevnetFolder, HeldFolder};
use crate::process::Processes;
use crate::relayer::RELAYER;
use crate::running::RunningDevnet;
use crate::start::Start;
use crate::tools::ToolPaths;
use crate::up::{Lifetime, UpOptions};

/// How often processes that ended by themselves are noticed and reaped.
const REAP_INTERVAL: Duration = Duration::from_secs(1);
/// Steps that may wait to be reported.
const REPORT_QUEUE: usize = 64;

type Orders = BufReader<pipe::Receiver>;

/// Runs the supervisor of a folder until the devnet is down. What [`crate::up()`] starts has to call
/// this, outside of any runtime: children live as long as the thread that starts them, so this
/// makes a runtime of one thread.
///
/// # Errors
/// A fault before the first order arrives, when it is not started by [`crate::up()`] for example.
/// Everything later is reported to whoever gave the order.
pub fn supervise(folder: &Path) -> Result<(), Failure> {
    // Only fails for a process that leads its group already: started by hand, it keeps its session.
    let _ = rustix::process::setsid();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let outcome = runtime.block_on(live(&DevnetFolder::new(folder)));
    runtime.shutdown_background();
    outcome
}

async fn live(folder: &DevnetFolder) -> Result<(), Failure> {
    let (mut orders, mut reports) = pipes().map_err(Error::Runtime)?;
    let Some(Order::Start(options)) = read_line(&mut orders).await.map_err(Error::Runtime)? else {
        return Ok(());
    };
    if let Err(failure) = live_by(folder, options, orders, &mut reports).await {
        tracing::error!(%failure, "devnet is not up");
        // Nobody may be left to read it; the log has it.
        let _ = write_line(&mut reports, &Report::from(&failure)).await;
    }
    Ok(())
}

fn pipes() -> io::Result<(Orders, pipe::Sender)> {
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    let orders = BufReader::new(pipe::Receiver::from_owned_fd(input)?);
    Ok((orders, pipe::Sender::from_owned_fd(output)?))
}

/// An error leaves nothing running and no folder.
async fn live_by(
    folder: &DevnetFolder,
    options: UpOptions,
    mut orders: Orders,
    reports: &mut pipe::Sender,
) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let Some(held) = folder.take()? else {
        let pid = crate::devnet::supervisor_pid(folder);
        return Err(Rejection::DevnetAlreadyUp { folder: folder.root().into(), pid }.into());
    };
    let tools = ToolPaths::from_environment();
    let processes = match Processes::new(&tools) {
        Ok(processes) => Arc::new(processes),
        Err(rejection) => {
            held.remove()?;
            return Err(rejection.into());
        }
    };
    let started = start(folder, options, tools, &processes, reports, &mut orders, &mut signals);
    let served = match started.await {
        Ok((devnet, listener)) => {
            let ready = write_line(reports, &Report::Ready).await;
            let tied = options.lifetime == Lifetime::Caller;
            if ready.is_err() && tied {
                Ok(None)
            } else {
                let interval = options.block_interval_secs;
                Ok(serve(Arc::new(devnet), &listener, interval, orders, tied, &mut signals).await)
            }
        }
        Err(failure) => Err(failure),
    };
    let cleared = end(&processes, held).await;
    let caller = served?;
    tracing::info!("devnet is down");
    if let Some(mut caller) = caller {
        // A caller that has gone has its answer: the folder is no more.
        let _ = write_line(&mut caller, &Reply::new(cleared)).await;
        return Ok(());
    }
    cleared
}

/// Stops the services before the nodes that they talk to, then removes the folder.
async fn end(processes: &Processes, held: HeldFolder) -> Result<(), Failure> {
    let service = |name: &str| name == RELAYER || ATTESTERS.contains(&name);
    processes.stop(service).await;
    processes.stop(|_| true).await;
    Ok(held.remove()?)
}

/// Starts everything, as long as someone wants it.
async fn start(
    folder: &DevnetFolder,
    options: UpOptions,
    tools: ToolPaths,
    processes: &Arc<Processes>,
    reports: &mut pipe::Sender,
    orders: &mut Orders,
    signals: &mut Signals,
) -> Result<(RunningDevnet, UnixListener), Failure> {
    let (progress, mut steps) = mpsc::channel(REPORT_QUEUE);
    let parts = Start {
        folder: folder.clone(),
        options,
        tools,
        processes: Arc::clone(processes),
        progress,
    };
    let starting = async {
        let devnet = parts.run().await?;
        let socket = folder.socket();
        let listener = UnixListener::bind(&socket).map_err(Error::file("open", &socket))?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))
            .map_err(Error::file("protect", &socket))?;
        Ok((devnet, listener))
    };
    tokio::pin!(starting);
    let given_up = give_up(orders);
    tokio::pin!(given_up);
    loop {
        tokio::select! {
            biased;
            () = &mut given_up => return Err(Rejection::Interrupted {}.into()),
            () = signals.next() => return Err(Rejection::Interrupted {}.into()),
            Some(step) = steps.recv() => {
                // A caller that cannot be told closes its orders too.
                let _ = write_line(reports, &Report::Progress(step)).await;
            }
            outcome = &mut starting => {
                while let Ok(step) = steps.try_recv() {
                    let _ = write_line(reports, &Report::Progress(step)).await;
                }
                return outcome;
            }
        }
    }
}

/// Returns when whoever gave the orders is gone, or gives one that cannot be read.
async fn give_up<R: AsyncRead + Unpin>(orders: &mut BufReader<R>) {
    while let Ok(Some(Order::Start(_) | Order::Detach)) = read_line(orders).await {}
}

/// Returns when a caller that the devnet is tied to is gone without letting go of it.
async fn untied<R: AsyncRead + Unpin>(mut orders: BufReader<R>, tied: bool) {
    if tied {
        while let Ok(Some(order)) = read_line(&mut orders).await {
            if matches!(order, Order::Detach) {
                return core::future::pending().await;
            }
        }
        return;
    }
    core::future::pending().await
}

/// Answers until the devnet shall end; returns who asked for that and waits for the answer.
async fn serve(
    devnet: Arc<RunningDevnet>,
    listener: &UnixListener,
    block_interval_secs: Option<u32>,
    orders: Orders,
    tied: bool,
    signals: &mut Signals,
) -> Option<UnixStream> {
    let (down, mut asked_down) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    if let Some(seconds) = block_interval_secs.filter(|seconds| *seconds > 0) {
        let period = Duration::from_secs(u64::from(seconds));
        tasks.spawn(mine_forever(Arc::clone(&devnet), period));
    }
    let untied = untied(orders, tied);
    tokio::pin!(untied);
    let mut reap = tokio::time::interval(REAP_INTERVAL);
    reap.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = signals.next() => return None,
            () = &mut untied => return None,
            caller = asked_down.recv() => return caller,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tasks.spawn(answer(Arc::clone(&devnet), stream, down.clone()));
                }
                Err(error) => tracing::warn!(%error, "a lever could not be heard"),
            },
            _ = reap.tick() => {
                devnet.processes().reap();
                while tasks.try_join_next().is_some() {}
            }
        }
    }
}

async fn mine_forever(devnet: Arc<RunningDevnet>, period: Duration) {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // bitcoind may be down on purpose: the next tick tries again.
        if let Err(failure) = devnet.bitcoin().mine(BlockCount::new(1)).await {
            tracing::warn!(%failure, "no block was mined");
        }
    }
}

async fn answer(
    devnet: Arc<RunningDevnet>,
    mut stream: UnixStream,
    down: mpsc::Sender<UnixStream>,
) {
    let request = match read_line(&mut BufReader::new(&mut stream)).await {
        Ok(Some(request)) => request,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(%error, "a lever was not understood");
            return;
        }
    };
    tracing::info!(?request, "lever");
    if matches!(request, Request::Down) {
        // A second request for the same finds the socket closed.
        let _ = down.try_send(stream);
        return;
    }
    let reply = devnet.answer(request).await;
    if let Err(error) = write_line(&mut stream, &reply).await {
        tracing::warn!(%error, "a lever's answer was not taken");
    }
}

/// The signals that ask for an orderly end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
