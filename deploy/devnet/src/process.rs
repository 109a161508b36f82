//! Child processes: started so that they die with their parent, stopped within bounds, reaped.

use core::future::Future;
use core::time::Duration;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{kill_process, Pid, Signal};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::failure::{Error, Failure, Rejection};
use crate::folder::{make_private_dir, open_private, tail};
use crate::tools::{Tool, ToolPaths};

/// Time to end after SIGTERM: bitcoind flushes its chain state, geth its database.
const GRACE: Duration = Duration::from_secs(10);
/// Lines of a log that go with a failed start.
const LOG_TAIL: usize = 15;

/// What to run. The arguments hold no secrets: everybody can list them.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Name within the devnet.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Working folder, made when missing.
    pub(crate) folder: PathBuf,
    /// Receives standard output and standard error.
    pub(crate) log: PathBuf,
    /// Port that it serves.
    pub(crate) port: u16,
}

/// How a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ProcessState {
    /// It runs.
    Running {
        /// Its id.
        pid: u32,
    },
    /// It ended by itself.
    Died {
        /// Exit code, when it had one.
        code: Option<i32>,
        /// Signal that ended it, when one did.
        signal: Option<i32>,
    },
    /// The lever `kill` ended it.
    Killed,
}

#[derive(Debug)]
struct Entry {
    program: Program,
    child: Option<Child>,
    state: ProcessState,
}

impl Entry {
    /// Notes when the process has ended by itself.
    fn look(&mut self) -> ProcessState {
        if let Some(Ok(Some(status))) = self.child.as_mut().map(Child::try_wait) {
            self.child = None;
            self.state = died(status);
            tracing::warn!(process = self.program.name, %status, "process ended by itself");
        }
        self.state
    }
}

/// All child processes of one supervisor, by name.
#[derive(Debug)]
pub(crate) struct Processes {
    setpriv: PathBuf,
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl Processes {
    pub(crate) fn new(tools: &ToolPaths) -> Result<Self, Rejection> {
        Ok(Self { setpriv: tools.find(Tool::Setpriv)?, entries: Mutex::default() })
    }

    /// Starts a program. It is known from here on, whatever becomes of the caller.
    pub(crate) fn start(&self, program: Program) -> Result<(), Failure> {
        make_private_dir(&program.folder)?;
        let log = open_private(&program.log, OpenOptions::new().append(true).create(true))?;
        let errors = log.try_clone().map_err(Error::file("open", &program.log))?;
        let child = self
            .command(&program.path)
            .args(&program.arguments)
            .current_dir(&program.folder)
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|source| Error::Spawn { program: program.path.clone(), source })?;
        let state = ProcessState::Running { pid: child.id().unwrap_or_default() };
        tracing::info!(process = program.name, ?state, "process started");
        let entry = Entry { state, child: Some(child), program };
        self.entries().insert(entry.program.name.clone(), entry);
        Ok(())
    }

    /// Runs a program to its end, within its folder; its output goes to the end of its log.
    pub(crate) async fn run(&self, program: &Program, limit: Duration) -> Result<(), Failure> {
        make_private_dir(&program.folder)?;
        let log = open_private(&program.log, OpenOptions::new().append(true).create(true))?;
        let errors = log.try_clone().map_err(Error::file("open", &program.log))?;
        let mut child = self
            .command(&program.path)
            .args(&program.arguments)
            .current_dir(&program.folder)
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| Error::Spawn { program: program.path.clone(), source })?;
        let reason = match timeout(limit, child.wait()).await {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => format!("{} ended with {status}", program.path.display()),
            Ok(Err(source)) => {
                return Err(Error::Process { name: program.name.clone(), source }.into())
            }
            Err(_) => format!("{} took over {} s", program.path.display(), limit.as_secs()),
        };
        Err(start_failed(&program.name, reason, &program.log).into())
    }

    /// A command that the kernel kills with this process, however that ends.
    ///
    /// The tie is to the *thread* that starts it, so this is called on the main thread only: the
    /// supervisor's runtime has no other.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.setpriv);
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            // Settings of the user's own services must not reach the devnet's.
            if name.to_string_lossy().starts_with("FARBANK_") {
                command.env_remove(name);
            }
        }
        command.env("NO_PROXY", "127.0.0.1");
        command
    }

    /// Waits until `ready` says so, as long as the process lives and `limit` allows.
    pub(crate) async fn wait_ready<F>(
        &self,
        name: &str,
        limit: Duration,
        mut ready: impl FnMut() -> F,
    ) -> Result<(), Failure>
    where
        F: Future<Output = bool>,
    {
        let deadline = tokio::time::Instant::now() + limit;
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            poll.tick().await;
            if ready().await {
                return Ok(());
            }
            let reason = match self.state(name)? {
                ProcessState::Running { .. } if tokio::time::Instant::now() < deadline => continue,
                ProcessState::Running { .. } => format!("not ready after {} s", limit.as_secs()),
                ProcessState::Died { code: Some(code), .. } => format!("it ended with code {code}"),
                ProcessState::Died { .. } => "a signal ended it".to_owned(),
                ProcessState::Killed => "it was killed".to_owned(),
            };
            let log = self.entries().get(name).map(|entry| entry.program.log.clone());
            return Err(start_failed(name, reason, &log.unwrap_or_default()).into());
        }
    }

    pub(crate) fn state(&self, name: &str) -> Result<ProcessState, Rejection> {
        let mut entries = self.entries();
        if let Some(entry) = entries.get_mut(name) {
            return Ok(entry.look());
        }
        let known = entries.keys().cloned().collect();
        Err(Rejection::UnknownProcess { name: name.to_owned(), known })
    }

    /// Returns the port that a process serves.
    pub(crate) fn port(&self, name: &str) -> Option<u16> {
        self.entries().get(name).map(|entry| entry.program.port)
    }

    /// Reaps what ended by itself.
    pub(crate) fn reap(&self) {
        for entry in self.entries().values_mut() {
            entry.look();
        }
    }

    /// Returns name, state, port and log of every process, ordered by name.
    pub(crate) fn list(&self) -> Vec<(String, ProcessState, u16, PathBuf)> {
        self.entries()
            .iter_mut()
            .map(|(name, entry)| {
                (name.clone(), entry.look(), entry.program.port, entry.program.log.clone())
            })
            .collect()
    }

    /// Ends a process at once, as a power cut would.
    pub(crate) async fn kill(&self, name: &str) -> Result<(), Failure> {
        if !matches!(self.state(name)?, ProcessState::Running { .. }) {
            return Err(Rejection::ProcessNotRunning { name: name.to_owned() }.into());
        }
        let child = self.entries().get_mut(name).and_then(|entry| {
            entry.state = ProcessState::Killed;
            entry.child.take()
        });
        if let Some(mut child) = child {
            let killed = child.kill().await;
            killed.map_err(|source| Error::Process { name: name.to_owned(), source })?;
        }
        Ok(())
    }

    /// Starts a process again that was killed or has died.
    pub(crate) fn restart(&self, name: &str) -> Result<(), Failure> {
        if let ProcessState::Running { pid } = self.state(name)? {
            return Err(Rejection::ProcessRunning { name: name.to_owned(), pid }.into());
        }
        let program = self.entries().get(name).map(|entry| entry.program.clone());
        program.map_or(Ok(()), |program| {
            crate::ports::free_ports([(name, Some(program.port))])?;
            self.start(program)
        })
    }

    /// Stops and reaps these processes side by side: SIGTERM, a bounded wait, SIGKILL.
    pub(crate) async fn stop(&self, chosen: impl Fn(&str) -> bool) {
        let mut stopping = tokio::task::JoinSet::new();
        for (name, entry) in self.entries().iter_mut().filter(|(name, _)| chosen(name)) {
            if let Some(child) = entry.child.take() {
                entry.state = ProcessState::Killed;
                stopping.spawn(terminate(name.clone(), child));
            }
        }
        while stopping.join_next().await.is_some() {}
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        // A poisoned table is still the table: its children must be stopped all the same.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(50);

async fn terminate(name: String, mut child: Child) {
    let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    // The process may just have ended; the wait below tells.
    let signalled = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
    if signalled && timeout(GRACE, child.wait()).await.is_ok() {
        return;
    }
    tracing::warn!(process = name, "process does not end by itself and is killed");
    if let Err(error) = child.kill().await {
        tracing::error!(process = name, %error, "process cannot be killed");
    }
}

pub(crate) fn start_failed(part: &str, reason: String, log: &Path) -> Rejection {
    Rejection::StartFailed { part: part.to_owned(), reason, log_tail: tail(log, LOG_TAIL) }
}

fn died(status: ExitStatus) -> ProcessState {
    ProcessState::Died { code: status.code(), signal: status.signal() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(folder: &Path, script: &str) -> Program {
        Program {
            name: "shell".into(),
            path: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            folder: folder.to_owned(),
            log: folder.join("shell.log"),
            port: 0,
        }
    }

    fn processes() -> Processes {
        Processes::new(&ToolPaths::from_environment()).unwrap()
    }

    #[tokio::test]
    async fn process_that_ends_before_it_is_ready_fails_with_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let processes = processes();
        processes.start(shell(folder.path(), "echo no disk; exit 7")).unwrap();
        let failed =
            processes.wait_ready("shell", Duration::from_secs(5), || async { false }).await;
        let Err(Failure::Refused(Rejection::StartFailed { part, reason, log_tail })) = failed
        else {
            panic!("{failed:?}");
        };
        assert_eq!((part.as_str(), log_tail), ("shell", vec!["no disk".to_owned()]));
        assert!(reason.contains('7'), "{reason}");
    }

    #[tokio::test]
    async fn process_that_ignores_nothing_is_stopped_and_reaped() {
        let folder = tempfile::tempdir().unwrap();
        let processes = processes();
        processes.start(shell(folder.path(), "exec sleep 600")).unwrap();
        let ProcessState::Running { pid } = processes.state("shell").unwrap() else { panic!() };
        processes.stop(|_| true).await;
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
        assert_eq!(processes.state("shell").unwrap(), ProcessState::Killed);
    }

    #[tokio::test]
    async fn death_is_noticed_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let processes = processes();
        processes.start(shell(folder.path(), "kill -KILL $$")).unwrap();
        while matches!(processes.state("shell").unwrap(), ProcessState::Running { .. }) {
            tokio::time::sleep(POLL).await;
        }
        let died = ProcessState::Died { code: None, signal: Some(9) };
        assert_eq!(processes.state("shell").unwrap(), died);
        assert!(matches!(
            processes.kill("shell").await,
            Err(Failure::Refused(Rejection::ProcessNotRunning { .. }))
        ));
        assert!(matches!(processes.state("geth"), Err(Rejection::UnknownProcess { .. })));
    }
}
