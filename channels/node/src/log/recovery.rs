//! Reading a log at a start: what is sound comes back, a torn tail is cut, damage is named.

use std::fs::{self, File};
use std::io::Read as _;

use bytes::Bytes;

use super::error::{disk, Damage, DiskStep};
use super::folder::{remove, Folder};
use super::format::{decode, Found, SegmentHeader, HEADER};
use super::segment::Segment;
use super::snapshot::Snapshot;
use super::{LogError, PayloadVersion, RecordNumber};

/// A record as it was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log.
    pub number: RecordNumber,
    /// Version of the payload.
    pub version: PayloadVersion,
    /// What was appended.
    pub payload: Bytes,
}

/// What a log holds when it is opened. All of it is durable by then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The newest snapshot.
    pub snapshot: Option<Snapshot>,
    /// All records behind it, in order. Of what was not durable at a crash, some first records may be
    /// there.
    pub records: Vec<Record>,
    /// Bytes of a torn tail that were cut.
    pub cut: usize,
}

/// Where writing goes on.
#[derive(Debug)]
pub(crate) struct Continuation {
    pub(crate) current: Option<Segment>,
    /// Number of the next segment.
    pub(crate) next_segment: u64,
    pub(crate) next: RecordNumber,
    /// All segments with their first records, in order.
    pub(crate) segments: Vec<SegmentHeader>,
}

/// Reads the folder and makes its last segment, of `size` bytes, fit to be continued.
pub(crate) fn recover(folder: &Folder, size: u32) -> Result<(Recovery, Continuation), LogError> {
    folder.tidy()?;
    let listing = folder.list()?;
    let newest = listing.snapshots.last();
    let snapshot = newest.map(|at| Snapshot::read(folder, *at)).transpose()?;
    let mut recovery = Recovery { snapshot, ..Recovery::default() };
    let begin = recovery.snapshot.as_ref().map_or(RecordNumber::FIRST, |kept| kept.at.next());
    let segments = headers(folder, &listing.segments)?;
    let next_segment = segments.last().map_or(1, |last| last.segment.saturating_add(1));
    // What lies before this one is in the snapshot.
    let from = segments.iter().rposition(|segment| segment.first <= begin);
    if let (None, Some(oldest)) = (from, segments.first()) {
        return Err(gap(folder, oldest, begin));
    }
    let (mut next, mut current) = (begin, None);
    for (place, segment) in segments.iter().enumerate().skip(from.unwrap_or(0)) {
        let scan = Scan::of(folder, *segment)?;
        next = scan.collect(begin, &mut recovery.records);
        match segments.get(place.saturating_add(1)) {
            Some(following) if following.first == next => {}
            Some(_) => return Err(scan.damaged(folder)),
            None => {
                recovery.cut = scan.torn(folder)?;
                current = Some(scan);
            }
        }
    }
    // A tail that was lost may be in a snapshot; then a new segment begins behind that.
    let continued = current.filter(|_| next >= begin).map(|scan| scan.resume(folder, size));
    let current = continued.transpose()?;
    let next = next.max(begin);
    Ok((recovery, Continuation { current, next_segment, next, segments }))
}

/// Reads what the segments say about themselves.
fn headers(folder: &Folder, numbers: &[u64]) -> Result<Vec<SegmentHeader>, LogError> {
    let mut headers = Vec::with_capacity(numbers.len());
    for number in numbers {
        let path = folder.segment(*number);
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(u64::from(HEADER)).read_to_end(&mut bytes))
            .map_err(disk(&path, DiskStep::Read))?;
        match SegmentHeader::decode(&bytes) {
            Some(header) if header.segment == *number => headers.push(header),
            // No room for a record: nothing is lost.
            None if Some(number) == numbers.last()
                && u32::try_from(bytes.len()).is_ok_and(|len| len < HEADER) =>
            {
                remove(&path)?;
            }
            Some(_) | None => {
                return Err(LogError::Damaged { path, offset: 0, damage: Damage::Header });
            }
        }
    }
    Ok(headers)
}

fn gap(folder: &Folder, oldest: &SegmentHeader, expected: RecordNumber) -> LogError {
    let damage = Damage::Gap { expected, found: oldest.first };
    LogError::Damaged { path: folder.segment(oldest.segment), offset: 0, damage }
}

/// Returns where the zeros begin that a segment ends with.
fn written(bytes: &[u8]) -> usize {
    const ZEROS: [u8; 4_096] = [0; 4_096];
    // Whole blocks at a time: most of a segment is zeros.
    let mut end = bytes.len();
    for block in bytes.rchunks(ZEROS.len()) {
        if *block != ZEROS[..block.len()] {
            let last = block.iter().rposition(|byte| *byte != 0);
            return end.saturating_sub(block.len()).saturating_add(last.map_or(0, |at| at + 1));
        }
        end = end.saturating_sub(block.len());
    }
    0
}

/// The sound records of a segment, up to the first place where there is none.
struct Scan {
    header: SegmentHeader,
    bytes: Bytes,
    found: Vec<Found>,
    end: usize,
}

impl Scan {
    fn of(folder: &Folder, header: SegmentHeader) -> Result<Self, LogError> {
        let path = folder.segment(header.segment);
        let bytes = Bytes::from(fs::read(&path).map_err(disk(&path, DiskStep::Read))?);
        let (mut found, mut end) = (Vec::new(), usize::try_from(HEADER).unwrap_or(usize::MAX));
        while let Some(record) = decode(&bytes, header.segment, end) {
            end = record.payload.end;
            found.push(record);
        }
        Ok(Self { header, bytes, found, end })
    }

    /// Adds the records from `begin` on; returns the number that the next one would have.
    fn collect(&self, begin: RecordNumber, records: &mut Vec<Record>) -> RecordNumber {
        let mut number = self.header.first;
        for found in &self.found {
            if number >= begin {
                let payload = self.bytes.slice(found.payload.clone());
                records.push(Record { number, version: found.version, payload });
            }
            number = number.next();
        }
        number
    }

    /// Returns how many bytes of a torn tail lie behind the records.
    fn torn(&self, folder: &Folder) -> Result<usize, LogError> {
        let written = written(&self.bytes);
        for at in self.end..written {
            let later = decode(&self.bytes, self.header.segment, at);
            // It was written after this place was durable.
            if later.is_some_and(|record| {
                usize::try_from(record.group).is_ok_and(|group| group > self.end)
            }) {
                return Err(self.damaged(folder));
            }
        }
        Ok(written.saturating_sub(self.end))
    }

    fn damaged(&self, folder: &Folder) -> LogError {
        LogError::Damaged {
            path: folder.segment(self.header.segment),
            offset: u64::try_from(self.end).unwrap_or(u64::MAX),
            damage: Damage::Record,
        }
    }

    fn resume(self, folder: &Folder, size: u32) -> Result<Segment, LogError> {
        let clean = written(&self.bytes) <= self.end;
        let whole = u32::try_from(self.bytes.len()).map_or(true, |len| len >= size);
        // Offsets fit: a sound record's offset is a u32, and so is every length.
        let end = u32::try_from(self.end).map_err(|_| self.damaged(folder))?;
        Segment::resume(folder, self.header.segment, end, size, !(clean && whole))
    }
}
