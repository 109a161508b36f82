//! The loop itself.

use core::fmt;
use std::sync::Arc;

use farbank_types::UnixTime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::handle::Ask;
use super::record::{Growing, VERSION};
use super::release::{release, Batch, Done};
use super::{Effects, EngineError, EngineOptions, Machine};
use crate::clock::Clock;
use crate::log::{Log, NewRecord, RecordNumber, Snapshot};

/// Batches that wait for their sync while the next one is applied. One suffices: what comes meanwhile
/// makes the next batch larger, which costs fewer signatures.
const UNDER_WAY: usize = 1;

/// The machine and what it needs to run.
pub struct EngineLoop<M: Machine, C> {
    machine: M,
    signer: M::Signer,
    clock: C,
    /// Never goes back, whatever the clock does.
    newest: UnixTime,
    log: Arc<Log>,
    options: EngineOptions,
    asks: mpsc::Receiver<Ask<M>>,
    /// Bytes logged at the last snapshot.
    snapshot_at: u64,
    /// Bytes of the newest snapshot that this process wrote.
    snapshot_len: u64,
    snapshots: JoinSet<Result<u64, EngineError>>,
    /// Number of the newest record.
    last: RecordNumber,
}

impl<M: Machine, C: Clock> EngineLoop<M, C> {
    pub(super) fn new(
        machine: M,
        signer: M::Signer,
        clock: C,
        newest: UnixTime,
        log: Arc<Log>,
        options: EngineOptions,
        asks: mpsc::Receiver<Ask<M>>,
    ) -> Self {
        let (snapshots, last) = (JoinSet::new(), log.durable());
        Self {
            machine,
            signer,
            clock,
            newest,
            log,
            options,
            asks,
            snapshot_at: 0,
            snapshot_len: 0,
            snapshots,
            last,
        }
    }

    /// Returns the state, before the loop runs.
    #[must_use]
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// Returns the log, for its figures.
    #[must_use]
    pub fn log(&self) -> Arc<Log> {
        Arc::clone(&self.log)
    }

    /// Runs until `stop`, or until nobody can bring inputs any more; then writes a snapshot, so that the
    /// next start replays nothing.
    ///
    /// # Errors
    /// [`EngineError`]: nothing behind the fault was released.
    pub async fn run(
        mut self,
        effects: impl Effects<M>,
        stop: CancellationToken,
    ) -> Result<(), EngineError> {
        let (batches, received) = mpsc::channel(UNDER_WAY);
        // Ends with the loop, also when that is dropped.
        let mut releasing = JoinSet::new();
        releasing.spawn(release(received, effects));
        loop {
            let first = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                ask = self.asks.recv() => match ask {
                    Some(ask) => ask,
                    None => break,
                },
            };
            // Before anything is applied: what comes until then joins this batch.
            let Ok(place) = batches.reserve().await else { break };
            place.send(self.batch(first).await?);
        }
        drop(batches);
        while let Some(released) = releasing.join_next().await {
            released.unwrap_or(Err(EngineError::Stopped))?;
        }
        self.finish().await
    }

    /// Applies what waits, and queues its record.
    async fn batch(&mut self, first: Ask<M>) -> Result<Batch<M>, EngineError> {
        let now = self.clock.now().max(self.newest);
        self.newest = now;
        let (mut record, mut done) = (Growing::new(now), Vec::new());
        let (mut next, mut taken) = (Some(first), 0_usize);
        while let Some(ask) = next.take() {
            match ask {
                Ask::Look(look) => done.push(Done::Looked(look(&self.machine))),
                Ask::Input { input, answer } => {
                    match self.machine.apply(&input, now, &self.signer) {
                        Ok(outputs) => {
                            record.add(&input)?;
                            done.extend(outputs.into_iter().map(Done::Output));
                            done.extend(answer.map(Done::Accepted));
                        }
                        Err(why) => done.push(Done::Refused { input, why, answer }),
                    }
                }
            }
            taken = taken.saturating_add(1);
            if taken < self.options.batch && record.len() < self.options.batch_bytes {
                next = self.asks.try_recv().ok();
            }
        }
        if record.is_empty() {
            return Ok(Batch { ticket: None, done });
        }
        let outputs = self.machine.complete(now, &self.signer);
        done.extend(outputs.into_iter().map(Done::Output));
        let record = NewRecord { version: VERSION, payload: record.finish() };
        let ticket = Some(self.log.append(vec![record]).await?);
        self.last = self.last.next();
        self.snapshot_if_due(&mut done);
        Ok(Batch { ticket, done })
    }

    /// Has a snapshot of this batch written once the batch is durable, when enough was logged.
    fn snapshot_if_due(&mut self, done: &mut Vec<Done<M>>) {
        while let Some(ended) = self.snapshots.try_join_next() {
            match ended.unwrap_or(Err(EngineError::Stopped)) {
                Ok(len) => self.snapshot_len = len,
                Err(error) => tracing::warn!(%error, "a snapshot failed; the log keeps growing"),
            }
        }
        let logged = self.log.bytes_logged();
        // A large state is written less often, so that snapshots never cost more than the log.
        let enough = self.options.snapshot_bytes.max(self.snapshot_len);
        let due = logged.saturating_sub(self.snapshot_at) >= enough;
        if !due || !self.snapshots.is_empty() {
            return;
        }
        self.snapshot_at = logged;
        let (durable, ready) = oneshot::channel();
        done.push(Done::Looked(Box::new(move || {
            // Whoever writes it may be gone.
            let _ = durable.send(());
        })));
        let (machine, newest, at) = (self.machine.clone(), self.newest, self.last);
        let log = Arc::clone(&self.log);
        self.snapshots.spawn(async move {
            ready.await.map_err(|_| EngineError::Stopped)?;
            let payload = tokio::task::spawn_blocking(move || payload(&machine, newest)).await;
            let payload = payload.unwrap_or(Err(EngineError::Stopped))?;
            let len = u64::try_from(payload.len()).unwrap_or(u64::MAX);
            log.snapshot(Snapshot { at, version: VERSION, payload }).await?;
            Ok(len)
        });
    }

    async fn finish(mut self) -> Result<(), EngineError> {
        while self.snapshots.join_next().await.is_some() {}
        if self.log.bytes_logged() > self.snapshot_at {
            let payload = payload(&self.machine, self.newest)?;
            self.log.snapshot(Snapshot { at: self.last, version: VERSION, payload }).await?;
        }
        Ok(())
    }
}

fn payload<M: Machine>(machine: &M, newest: UnixTime) -> Result<bytes::Bytes, EngineError> {
    let mut growing = Growing::new(newest);
    growing.add(machine)?;
    Ok(growing.finish())
}

impl<M: Machine, C> fmt::Debug for EngineLoop<M, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineLoop").field("newest", &self.newest).finish_non_exhaustive()
    }
}
