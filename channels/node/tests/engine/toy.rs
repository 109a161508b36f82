//! A machine that adds up, and a test's end of it.

use core::time::Duration;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use farbank_channel_node::clock::Clock;
use farbank_channel_node::engine::{
    start, Effects, Engine, EngineError, EngineOptions, Machine, Started,
};
use farbank_channel_node::log::{Log, LogError, LogOptions};
use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Adds up; refuses 13.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    pub(crate) total: u64,
    pub(crate) inputs: u64,
    pub(crate) batches: u64,
    pub(crate) newest: u64,
}

/// What the toy tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Total(u64),
    Batch(u64),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unlucky;

impl Machine for Sum {
    type Input = u64;
    type Output = Told;
    type Rejection = Unlucky;
    type Signer = ();

    fn apply(&mut self, input: &u64, now: UnixTime, (): &()) -> Result<Vec<Told>, Unlucky> {
        if *input == 13 {
            return Err(Unlucky);
        }
        self.total += input;
        self.inputs += 1;
        self.newest = now.get();
        Ok(vec![Told::Total(self.total)])
    }

    fn complete(&mut self, _: UnixTime, (): &()) -> Vec<Told> {
        self.batches += 1;
        vec![Told::Batch(self.batches)]
    }
}

/// A clock that a test sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hands(pub(crate) Arc<AtomicU64>);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::new(self.0.load(Ordering::Relaxed))
    }
}

/// Remembers what was released, and how much was durable by then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) told: Arc<Mutex<Vec<Told>>>,
    pub(crate) refused: Arc<Mutex<Vec<u64>>>,
}

impl Effects<Sum> for Seen {
    fn release(&mut self, output: Told) {
        self.told.lock().unwrap().push(output);
    }

    fn refused(&mut self, input: u64, _: Unlucky) {
        self.refused.lock().unwrap().push(input);
    }
}

/// A toy that runs.
pub(crate) struct Running {
    pub(crate) engine: Engine<Sum>,
    pub(crate) seen: Seen,
    pub(crate) log: Arc<Log>,
    pub(crate) found: Sum,
    pub(crate) replayed: usize,
    stop: CancellationToken,
    task: JoinHandle<Result<(), EngineError>>,
}

pub(crate) const LOG: LogOptions =
    LogOptions { segment_bytes: 256 * 1024, group_bytes: 64 * 1024, waiting: 16 };

impl Running {
    pub(crate) fn start(folder: &Path, clock: &Hands) -> Self {
        Self::with(folder, clock, EngineOptions::default()).unwrap()
    }

    pub(crate) fn with(
        folder: &Path,
        clock: &Hands,
        options: EngineOptions,
    ) -> Result<Self, EngineError> {
        let started = loop {
            match start(folder, (LOG, options), Sum::default(), (), clock.clone()) {
                // The killed one's last task is being dropped.
                Err(EngineError::Log(LogError::Locked { .. })) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                started => break started?,
            }
        };
        let Started { engine, core, replayed } = started;
        let (found, log, seen) = (core.machine().clone(), core.log(), Seen::default());
        let stop = CancellationToken::new();
        let task = tokio::spawn(core.run(seen.clone(), stop.clone()));
        Ok(Self { engine, seen, log, found, replayed, stop, task })
    }

    /// Ends it in good order.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        drop(self.log);
        self.task.await.unwrap().unwrap();
    }

    /// Ends it as a killed process does.
    pub(crate) async fn kill(self) -> Seen {
        self.task.abort();
        let _ = self.task.await;
        drop(self.log);
        // The log's last owner may be a task that is being dropped.
        tokio::task::yield_now().await;
        self.seen
    }
}
