//! A log beside a naive model of it: a list, and where each record ends.

use core::future::Future;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use farbank_channel_node::log::{
    Log, LogOptions, NewRecord, PayloadVersion, Record, RecordNumber, Recovery, Snapshot,
};
use proptest::prelude::*;
use tempfile::TempDir;

/// Bytes of a segment's header and of a record's prefix with its version, as documented.
const HEADER: usize = 28;
const PREFIX: usize = 13;

pub(crate) const OPTIONS: LogOptions =
    LogOptions { segment_bytes: 700, group_bytes: 400, waiting: 4 };

/// What is done with a log, one after the other.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Appends payloads of these lengths, as one group.
    Append(Vec<usize>),
    /// Writes a snapshot of all.
    Snapshot,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        9 => prop::collection::vec(0_usize..70, 1..5).prop_map(Step::Append),
        1 => Just(Step::Snapshot),
    ];
    prop::collection::vec(step, 1..14)
}

/// Where a record lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) number: u64,
    pub(crate) segment: u64,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Start of its group.
    pub(crate) group: usize,
}

/// A closed log, and what its model says about it.
#[derive(Debug)]
pub(crate) struct Twin {
    pub(crate) folder: TempDir,
    pub(crate) records: Vec<Record>,
    pub(crate) places: Vec<Place>,
    /// Newest snapshot: records up to it are in it.
    pub(crate) snapshot: u64,
}

impl Twin {
    pub(crate) fn new(steps: &[Step]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut twin = Self { folder, records: vec![], places: vec![], snapshot: 0 };
        run(async {
            let (log, found) = Log::open(twin.path(), OPTIONS).unwrap();
            assert_eq!(found, Recovery::default());
            for step in steps {
                match step {
                    Step::Append(lengths) => twin.append(&log, lengths).await,
                    // Of nothing there is none.
                    Step::Snapshot if twin.records.is_empty() => {}
                    Step::Snapshot => twin.take_snapshot(&log).await,
                }
            }
            log.close().await.unwrap();
        });
        twin
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    async fn append(&mut self, log: &Log, lengths: &[usize]) {
        let (mut segment, mut end) =
            self.places.last().map_or((1, HEADER), |last| (last.segment, last.end));
        let group: usize = lengths.iter().map(|length| length + PREFIX).sum();
        if end + group > usize::try_from(OPTIONS.segment_bytes).unwrap() {
            (segment, end) = (segment + 1, HEADER);
        }
        let (first, group) = (self.records.len(), end);
        for length in lengths {
            let number = u64::try_from(self.records.len()).unwrap() + 1;
            let start = end;
            end += PREFIX + length;
            self.records.push(record(number, *length));
            self.places.push(Place { number, segment, start, end, group });
        }
        let new = self.records[first..]
            .iter()
            .map(|record| NewRecord { version: record.version, payload: record.payload.clone() });
        let last = log.append(new.collect()).await.unwrap().durable().await.unwrap();
        assert_eq!(last, self.records.last().unwrap().number);
    }

    async fn take_snapshot(&mut self, log: &Log) {
        self.snapshot = u64::try_from(self.records.len()).unwrap();
        log.snapshot(snapshot(self.snapshot)).await.unwrap();
    }

    /// The files of the log, copied, and without what the twin will not look at.
    pub(crate) fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(self.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        copy
    }

    /// What a start has to find when only the records before `until` are left.
    pub(crate) fn expected(&self, until: u64) -> Vec<Record> {
        let left = self.records.iter().filter(|record| record.number.get() < until);
        left.filter(|record| record.number.get() > self.snapshot).cloned().collect()
    }
}

fn record(number: u64, length: usize) -> Record {
    let byte = u8::try_from(number % 251).unwrap() + 1;
    let payload = Bytes::from(vec![byte; length]);
    Record { number: RecordNumber::new(number), version: PayloadVersion::new(3), payload }
}

pub(crate) fn snapshot(at: u64) -> Snapshot {
    let payload = Bytes::from(format!("all up to {at}"));
    Snapshot { at: RecordNumber::new(at), version: PayloadVersion::new(2), payload }
}

pub(crate) fn segment(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:016}.segment"))
}

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// How many cases to try.
pub(crate) fn cases() -> u32 {
    let wanted = std::env::var("FARBANK_LOG_CUTS").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(100)
}
