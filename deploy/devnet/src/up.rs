//! Bringing a devnet up, from the side of whoever asks for it.

use core::time::Duration;
use std::path::PathBuf;
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::io::BufReader;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::control::{read_line, write_line, Order, Report};
use crate::devnet::Devnet;
use crate::failure::{Error, Failure, Rejection};
use crate::folder::DevnetFolder;
use crate::process::start_failed;
use crate::progress::Progress;
use crate::side_chain::SideChainChoice;

/// Stopping takes each process at most its grace; then the supervisor is killed, and they with it.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What a devnet consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpOptions {
    /// Which side chain runs.
    pub side_chain: SideChainChoice,
    /// Ports that must be these; free ones otherwise.
    pub ports: Ports,
    /// Seconds between Bitcoin blocks; `None`: only the lever mines. Without blocks the tip is too
    /// old to mint on after ten minutes.
    pub block_interval_secs: Option<u32>,
    /// Whether a relayer runs.
    pub relayer: bool,
    /// How long the devnet lives.
    pub lifetime: Lifetime,
}

impl Default for UpOptions {
    /// The best side chain there is, free ports, a block every 5 s, a relayer, until `down`.
    fn default() -> Self {
        Self {
            side_chain: SideChainChoice::Auto,
            ports: Ports::default(),
            block_interval_secs: Some(5),
            relayer: true,
            lifetime: Lifetime::UntilDown,
        }
    }
}

/// Ports of 127.0.0.1 that are configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// JSON-RPC of bitcoind.
    pub bitcoin: Option<u16>,
    /// JSON-RPC of the first side-chain node.
    pub side_chain: Option<u16>,
    /// HTTP of the relayer.
    pub relayer: Option<u16>,
}

/// How long a devnet lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    /// Until somebody asks for `down`.
    UntilDown,
    /// As long as the [`Devnet`] that [`up()`] returns, so at most as long as the calling process,
    /// however that ends.
    Caller,
}

/// Brings a devnet up in `folder` and returns when all of it is ready.
///
/// `executable` is started as `executable devnet supervise --folder FOLDER` in a session of its own
/// and has to call [`crate::supervise`]. When `cancel` fires before the devnet is ready, or this
/// process ends, everything is stopped and removed.
///
/// # Errors
/// [`Rejection::DevnetAlreadyUp`], [`Rejection::ForeignFolder`], [`Rejection::FolderNameTooLong`],
/// [`Rejection::ToolMissing`], [`Rejection::PortTaken`], [`Rejection::StartFailed`] with the last
/// log lines, [`Rejection::Interrupted`]; or a fault. Nothing runs after any of them.
pub async fn up(
    folder: &DevnetFolder,
    executable: PathBuf,
    options: UpOptions,
    cancel: &CancellationToken,
    mut progress: impl FnMut(Progress),
) -> Result<Devnet, Failure> {
    let folder = &folder.absolute()?;
    if folder.is_held()? {
        let pid = crate::devnet::supervisor_pid(folder);
        return Err(Rejection::DevnetAlreadyUp { folder: folder.root().into(), pid }.into());
    }
    folder.prepare()?;
    let (mut child, mut orders, reports) = spawn(folder, executable)?;
    let mut reports = BufReader::new(reports);
    // A supervisor that ends at once is noticed below, by its silence.
    let _ = write_line(&mut orders, &Order::Start(options)).await;
    let verdict = tokio::select! {
        verdict = follow(&mut reports, &mut progress) => verdict,
        () = cancel.cancelled() => {
            // The end of the orders is what tells the supervisor to stop.
            drop(orders);
            let _ = timeout(STOP_LIMIT, follow(&mut reports, &mut |_| {})).await;
            finish(folder, &mut child).await?;
            return Err(Rejection::Interrupted {}.into());
        }
    };
    match verdict {
        Some(Report::Ready) => {
            let tie = (options.lifetime == Lifetime::Caller).then_some(orders);
            Ok(Devnet::started(folder.clone(), child, tie))
        }
        Some(Report::Refused(rejection)) => {
            finish(folder, &mut child).await?;
            Err(rejection.into())
        }
        Some(Report::Fault(fault)) => {
            finish(folder, &mut child).await?;
            Err(fault.into_error().into())
        }
        Some(Report::Progress(_)) | None => {
            drop(orders);
            let reason = "it ended without a word".to_owned();
            let failed = start_failed("supervisor", reason, &folder.log("supervisor"));
            finish(folder, &mut child).await?;
            Err(failed.into())
        }
    }
}

fn spawn(
    folder: &DevnetFolder,
    executable: PathBuf,
) -> Result<(Child, ChildStdin, ChildStdout), Failure> {
    let mut child = Command::new(&executable)
        .args(["devnet", "supervise", "--folder"])
        .arg(folder.root())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(folder.open_supervisor_log()?)
        .spawn()
        .map_err(|source| Error::Spawn { program: executable.clone(), source })?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(orders), Some(reports)) => Ok((child, orders, reports)),
        (None, _) | (_, None) => {
            Err(Error::Spawn { program: executable, source: std::io::ErrorKind::BrokenPipe.into() }
                .into())
        }
    }
}

/// Passes the steps on and returns the last report; `None` when the supervisor fell silent.
async fn follow(
    reports: &mut BufReader<ChildStdout>,
    progress: &mut impl FnMut(Progress),
) -> Option<Report> {
    loop {
        // A line that is no report is as good as silence: the two programs do not fit.
        match read_line(reports).await.ok().flatten()? {
            Report::Progress(step) => progress(step),
            last @ (Report::Ready | Report::Refused(_) | Report::Fault(_)) => return Some(last),
        }
    }
}

/// Waits for the supervisor's end and removes what it could not.
async fn finish(folder: &DevnetFolder, child: &mut Child) -> Result<(), Failure> {
    if timeout(STOP_LIMIT, child.wait()).await.is_err() {
        let killed = child.kill().await;
        killed.map_err(|source| Error::Process { name: "supervisor".into(), source })?;
    }
    // Another `up` may have taken it meanwhile: then it is not ours to remove.
    if folder.root().exists() {
        if let Some(held) = folder.take()? {
            held.remove()?;
        }
    }
    Ok(())
}
