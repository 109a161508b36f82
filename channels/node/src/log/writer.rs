//! The one thread that writes: it takes whatever is there, and one sync makes all of it durable.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::folder::Folder;
use super::format::{encode, SegmentHeader};
use super::recovery::Continuation;
use super::segment::{Segment, Spare};
use super::{LogError, LogOptions, NewRecord, RecordNumber};

/// What the thread is asked for.
#[derive(Debug)]
pub(crate) enum Command {
    Append(Append),
    /// Tells which segments a snapshot makes superfluous.
    Forget {
        at: RecordNumber,
        answer: oneshot::Sender<Vec<PathBuf>>,
    },
}

/// Records that are durable together with others.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) records: Vec<NewRecord>,
    /// Bytes with prefixes.
    pub(crate) len: u32,
    pub(crate) answer: oneshot::Sender<Result<RecordNumber, LogError>>,
}

/// What others may read while the thread writes.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Nothing more is written.
    pub(crate) stop: AtomicBool,
    /// Newest durable record.
    pub(crate) durable: AtomicU64,
    /// Bytes written in records.
    pub(crate) bytes: AtomicU64,
    /// Syncs of groups.
    pub(crate) syncs: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Writer {
    options: LogOptions,
    current: Option<Segment>,
    next_segment: u64,
    next: RecordNumber,
    segments: Vec<SegmentHeader>,
    progress: Arc<Progress>,
    spare: Option<Spare>,
    // Last: the lock is given back when nothing of this log is written any more.
    folder: Arc<Folder>,
}

impl Writer {
    pub(crate) fn new(
        folder: Arc<Folder>,
        options: LogOptions,
        at: Continuation,
        progress: Arc<Progress>,
    ) -> Self {
        let Continuation { current, next_segment, next, segments } = at;
        let spare = Some(Spare::start(&folder, next_segment, options.segment_bytes));
        Self { options, current, next_segment, next, segments, progress, spare, folder }
    }

    /// Writes until nobody can ask any more, or until a fault.
    pub(crate) fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut first = None;
        while let Some(command) = first.take().or_else(|| commands.blocking_recv()) {
            let append = match command {
                Command::Append(append) => append,
                Command::Forget { at, answer } => {
                    // Whoever asked may be gone.
                    let _ = answer.send(self.forget(at));
                    continue;
                }
            };
            let mut len = append.len;
            let mut group = vec![append];
            while let Ok(command) = commands.try_recv() {
                match command {
                    Command::Append(append)
                        if len.saturating_add(append.len) <= self.options.group_bytes =>
                    {
                        len = len.saturating_add(append.len);
                        group.push(append);
                    }
                    later @ (Command::Append(_) | Command::Forget { .. }) => {
                        first = Some(later);
                        break;
                    }
                }
            }
            if self.progress.stop.load(Ordering::Acquire) || !self.write(group, len) {
                return;
            }
        }
    }

    /// Writes a group and answers; returns whether writing can go on.
    fn write(&mut self, group: Vec<Append>, len: u32) -> bool {
        match self.commit(&group, len) {
            Ok(()) => {
                for append in group {
                    self.next = self.next.plus(append.records.len());
                    self.progress.durable.store(self.next.before().get(), Ordering::Release);
                    let _ = append.answer.send(Ok(self.next.before()));
                }
                true
            }
            Err(error) => {
                tracing::error!(%error, "the log has stopped");
                for append in group {
                    let _ = append.answer.send(Err(error.clone()));
                }
                false
            }
        }
    }

    fn commit(&mut self, group: &[Append], len: u32) -> Result<(), LogError> {
        let room = |segment: &Segment| {
            segment.end.checked_add(len).is_some_and(|end| end <= self.options.segment_bytes)
        };
        let mut segment = match self.current.take() {
            Some(segment) if room(&segment) => segment,
            Some(_) | None => self.roll()?,
        };
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        for record in group.iter().flat_map(|append| &append.records) {
            let written = u32::try_from(bytes.len()).ok();
            let at = written.and_then(|written| segment.end.checked_add(written));
            let place = at.map(|at| (segment.number, segment.end, at));
            place
                .and_then(|place| encode(&mut bytes, place, record.version, &record.payload))
                .ok_or(LogError::Stopped)?;
        }
        segment.commit(&bytes)?;
        self.current = Some(segment);
        self.progress.syncs.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(u64::from(len), Ordering::Relaxed);
        Ok(())
    }

    /// Begins the next segment, and the making of the one after.
    fn roll(&mut self) -> Result<Segment, LogError> {
        let (number, size) = (self.next_segment, self.options.segment_bytes);
        let spare = self.spare.take().unwrap_or_else(|| Spare::start(&self.folder, number, size));
        let segment = Segment::begin(&self.folder, spare, number, self.next)?;
        self.segments.push(SegmentHeader { segment: number, first: self.next });
        self.next_segment = number.saturating_add(1);
        self.spare = Some(Spare::start(&self.folder, self.next_segment, size));
        Ok(segment)
    }

    /// Takes out the segments whose records are all up to `at`.
    fn forget(&mut self, at: RecordNumber) -> Vec<PathBuf> {
        let covered = self.segments.iter().skip(1).take_while(|later| later.first <= at.next());
        let forgotten = covered.count();
        let paths = self.segments.drain(..forgotten);
        paths.map(|segment| self.folder.segment(segment.segment)).collect()
    }
}
