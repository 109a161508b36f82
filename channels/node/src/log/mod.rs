//! The log of a node: records that are durable before anything that follows from them leaves the
//! process.
//!
//! Decides when a record is durable and what a start finds again; leaves out what a record says:
//! payloads are bytes with a version.
//!
//! Files of fixed size, full of zeros when they are begun, take records from front to back. One thread
//! writes; what is asked of it while a sync runs goes into the next group, and one `fdatasync` makes a
//! group durable. A snapshot is a file of its own; segments that it covers are removed. One process at
//! a time has the folder.
//!
//! A start reads from the newest snapshot on. Behind the last sound record there may be the remains of
//! a group that was never durable, in any order that the disk chose: they are cut. Where a later record
//! proves that an unreadable place was durable, nothing is cut and the place is named.
//! After a fault of the disk nothing more is written: what a failed sync left behind is only known
//! after a start.

mod error;
mod folder;
mod format;
mod recovery;
mod segment;
mod snapshot;
mod writer;

use core::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use folder::Folder;
use format::{record_len, HEADER};
use writer::{Append, Command, Progress, Writer};

pub use error::{Damage, DiskStep, LogError};
pub use recovery::{Record, Recovery};
pub use snapshot::Snapshot;

/// Place of a record in the log, from 1, without gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNumber(u64);

impl RecordNumber {
    /// The first record's.
    pub const FIRST: Self = Self(1);

    /// Wraps a number; 0 stands for "before the first one".
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the number behind it. A log ends before 2^64 records.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    fn plus(self, records: usize) -> Self {
        Self(self.0.saturating_add(u64::try_from(records).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Tells whoever reads a payload later how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadVersion(u8);

impl PayloadVersion {
    /// Wraps a version.
    #[must_use]
    pub const fn new(version: u8) -> Self {
        Self(version)
    }

    /// Returns the version.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A record to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// Version of the payload.
    pub version: PayloadVersion,
    /// What it says; may be empty.
    pub payload: Bytes,
}

/// Sizes of a log. They may differ from start to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// Bytes of a segment.
    pub segment_bytes: u32,
    /// Most bytes of a group, prefixes included.
    pub group_bytes: u32,
    /// Appends that may wait for the thread.
    pub waiting: usize,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            // A second of records at 200,000/s; filled with zeros in a tenth of one.
            segment_bytes: 64 * 1024 * 1024,
            // Beyond it a sync takes longer by writing than by waiting.
            group_bytes: 4 * 1024 * 1024,
            waiting: 1_024,
        }
    }
}

/// A log that is open for appending. Dropped without [`Log::close`] it stops as a killed process does:
/// what is not durable by then may be lost.
#[derive(Debug)]
pub struct Log {
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    progress: Arc<Progress>,
    folder: Arc<Folder>,
    group_bytes: u32,
}

/// An append under way.
#[derive(Debug)]
pub struct Ticket(oneshot::Receiver<Result<RecordNumber, LogError>>);

impl Ticket {
    /// Waits until the records are durable and returns the number of the last one.
    ///
    /// # Errors
    /// [`LogError::Disk`], or [`LogError::Stopped`] behind a fault: the records may be found by the next
    /// start or not.
    pub async fn durable(self) -> Result<RecordNumber, LogError> {
        self.0.await.unwrap_or(Err(LogError::Stopped))
    }
}

impl Log {
    /// Takes the folder, which is made when there is none, and reads what it holds. Blocks.
    ///
    /// # Errors
    /// [`LogError::Locked`], [`LogError::Damaged`], [`LogError::Disk`], [`LogError::SmallSegments`].
    pub fn open(path: &Path, options: LogOptions) -> Result<(Self, Recovery), LogError> {
        let (segment, group) = (options.segment_bytes, options.group_bytes);
        if group.checked_add(HEADER).is_none_or(|least| least > segment) {
            return Err(LogError::SmallSegments { segment, group });
        }
        let folder = Arc::new(Folder::take(path)?);
        let (recovery, at) = recovery::recover(&folder, segment)?;
        let progress = Arc::new(Progress::default());
        progress.durable.store(at.next.before().get(), Ordering::Release);
        let writer = Writer::new(Arc::clone(&folder), options, at, Arc::clone(&progress));
        let (commands, received) = mpsc::channel(options.waiting.max(1));
        let thread = std::thread::spawn(move || writer.run(received));
        let (commands, thread) = (Some(commands), Some(thread));
        Ok((Self { commands, thread, progress, folder, group_bytes: group }, recovery))
    }

    /// Queues records behind all earlier ones; waits only for a place in the queue. They become durable
    /// together or, at a crash, a first part of them may.
    ///
    /// # Errors
    /// [`LogError::TooLarge`], [`LogError::Stopped`].
    pub async fn append(&self, records: Vec<NewRecord>) -> Result<Ticket, LogError> {
        let bytes = records.iter().map(|record| record.payload.len());
        let len = bytes.clone().try_fold(0_u32, |sum, payload| {
            record_len(payload).and_then(|len| sum.checked_add(len))
        });
        let max = self.group_bytes;
        let len = len
            .filter(|len| *len <= max)
            .ok_or_else(|| LogError::TooLarge { len: bytes.fold(0, usize::saturating_add), max })?;
        let (answer, ticket) = oneshot::channel();
        self.ask(Command::Append(Append { records, len, answer })).await?;
        Ok(Ticket(ticket))
    }

    /// Writes the state after the durable record `snapshot.at`, and removes what it replaces.
    ///
    /// # Errors
    /// [`LogError::Ahead`], [`LogError::Disk`]; the log can still be appended to.
    pub async fn snapshot(&self, snapshot: Snapshot) -> Result<(), LogError> {
        let (at, durable) = (snapshot.at, self.durable());
        if at > durable {
            return Err(LogError::Ahead { at, durable });
        }
        let folder = Arc::clone(&self.folder);
        blocking(move || snapshot.write(&folder)).await?;
        let (answer, forgotten) = oneshot::channel();
        self.ask(Command::Forget { at, answer }).await?;
        let mut paths = forgotten.await.map_err(|_| LogError::Stopped)?;
        let folder = Arc::clone(&self.folder);
        blocking(move || {
            let older = folder.list()?.snapshots.into_iter().filter(|older| *older < at);
            paths.extend(older.map(|older| folder.snapshot(older)));
            paths.iter().try_for_each(|path| folder::remove(path))
        })
        .await
    }

    /// Returns the newest durable record's number.
    #[must_use]
    pub fn durable(&self) -> RecordNumber {
        RecordNumber(self.progress.durable.load(Ordering::Acquire))
    }

    /// Returns the bytes of records that this process wrote.
    #[must_use]
    pub fn bytes_logged(&self) -> u64 {
        self.progress.bytes.load(Ordering::Relaxed)
    }

    /// Returns how often this process waited for the disk to make a group durable.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.progress.syncs.load(Ordering::Relaxed)
    }

    /// Writes what is queued, and gives the folder back.
    ///
    /// # Errors
    /// [`LogError::Stopped`] when the thread broke down.
    pub async fn close(mut self) -> Result<(), LogError> {
        drop(self.commands.take());
        let thread = self.thread.take();
        blocking(move || match thread.map(JoinHandle::join) {
            Some(Err(_)) => Err(LogError::Stopped),
            Some(Ok(())) | None => Ok(()),
        })
        .await
    }

    async fn ask(&self, command: Command) -> Result<(), LogError> {
        let commands = self.commands.as_ref().ok_or(LogError::Stopped)?;
        commands.send(command).await.map_err(|_| LogError::Stopped)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.progress.stop.store(true, Ordering::Release);
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            // It has logged why, if it broke down.
            let _ = thread.join();
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(LogError::Stopped))
}
