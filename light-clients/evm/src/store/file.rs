//! [`FileHeaderStore`]: an append-only file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use farbank_types::UnixTime;

use super::format::{self, Prologue, HEAD_BYTES, MAX_RECORD_BYTES, RECORD_MARK, VERSION};
use super::StoreError;
use crate::clique::{CliqueChain, CliqueRules, ImportOutcome};
use crate::header::SideHeader;

/// Stored headers met the bound when they came in; today's clock may be behind.
const NO_FUTURE_BOUND: UnixTime = UnixTime::new(u64::MAX);

/// A store in one append-only file, locked for as long as it is open.
///
/// A write that a crash cut off is the last record of the file and is cut away on opening. Whatever
/// else does not hold is [`StoreError::Damaged`]: the file is left as it is. However long the file
/// is, one record of it is in memory at a time.
#[derive(Debug)]
pub struct FileHeaderStore {
    file: File,
    path: PathBuf,
    rules: CliqueRules,
    checkpoint: SideHeader,
    /// Bytes of the prologue; the first record follows.
    start: u64,
    /// Bytes that hold; the next record goes there.
    size: u64,
    cut_bytes: u64,
}

impl FileHeaderStore {
    /// Opens the store at `path`, or makes it.
    ///
    /// # Errors
    /// Refuses a store that is in use, damaged, or of another chain; faults of the disk.
    pub fn open(
        path: &Path,
        rules: CliqueRules,
        checkpoint: &SideHeader,
    ) -> Result<Self, StoreError> {
        CliqueChain::new(rules, checkpoint.clone())?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|source| fault("open", path, source))?;
        file.try_lock().map_err(|refusal| match refusal {
            TryLockError::WouldBlock => StoreError::Locked { path: path.to_path_buf() },
            TryLockError::Error(source) => fault("lock", path, source),
        })?;
        let (path, checkpoint) = (path.to_path_buf(), checkpoint.clone());
        let mut store = Self { file, path, rules, checkpoint, start: 0, size: 0, cut_bytes: 0 };
        let mut begin = store.read_at(0, MAX_RECORD_BYTES)?;
        let prologue = format::prologue(rules, &store.checkpoint);
        // A part of the prologue is what a crash while making the file leaves.
        if begin.len() < prologue.len() && prologue.starts_with(&begin) {
            store.append(&prologue)?;
            sync_folder(&store.path)
                .map_err(|source| fault("sync the folder of", &store.path, source))?;
            begin = prologue;
        }
        store.start = store.check_prologue(&begin)?;
        let length = store.file.metadata().map(|data| data.len());
        let length = length.map_err(|source| fault("read", &store.path, source))?;
        store.size = store.each_record(|_, _| Ok(()))?;
        store.cut_bytes = length.saturating_sub(store.size);
        if store.cut_bytes > 0 {
            store.cut().map_err(|source| fault("cut", &store.path, source))?;
        }
        Ok(store)
    }

    /// Returns how many bytes of an unfinished write opening cut away.
    #[must_use]
    pub const fn cut_bytes(&self) -> u64 {
        self.cut_bytes
    }

    /// Builds the chain from what is stored, all rules but the clock's checked again.
    ///
    /// # Errors
    /// Faults of the disk, damage, and headers that break a rule.
    pub fn load(&mut self) -> Result<CliqueChain, StoreError> {
        let mut chain = CliqueChain::new(self.rules, self.checkpoint.clone())?;
        let path = self.path.clone();
        self.each_record(|offset, content| {
            let damaged = || StoreError::Damaged { path: path.clone(), offset };
            let headers = format::headers_of(content).ok_or_else(damaged)?;
            let taken = chain.import(&headers, NO_FUTURE_BOUND);
            taken.map_err(|source| StoreError::Invalid { path: path.clone(), source })?;
            Ok(())
        })?;
        Ok(chain)
    }

    /// Saves what an import into `chain` changed; durable when it returns. Doing it twice does no harm,
    /// and a crash in between leaves a part that loads. The order for a caller is: import into the
    /// chain, save the outcome, act on it.
    ///
    /// # Errors
    /// Faults of the disk; an outcome that a later import overtook.
    pub fn save(&mut self, chain: &CliqueChain, outcome: &ImportOutcome) -> Result<(), StoreError> {
        let headers = match outcome {
            ImportOutcome::Extended { connected }
            | ImportOutcome::Reorganized { connected, .. } => connected
                .iter()
                .map(|block| {
                    let stale = StoreError::Stale { number: block.number };
                    let header = chain.header_at(block.number);
                    header.filter(|header| header.hash() == block.hash).ok_or(stale)
                })
                .collect::<Result<Vec<_>, _>>()?,
            ImportOutcome::SideBranch { end, sealed_twice } if !sealed_twice.is_empty() => {
                chain.side_branch(&end.hash)
            }
            ImportOutcome::SideBranch { .. } | ImportOutcome::Unchanged => return Ok(()),
        };
        format::records(headers).iter().try_for_each(|record| self.append(record))
    }

    /// Reads at most `most` bytes from `offset` on.
    fn read_at(&mut self, offset: u64, most: usize) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| (&self.file).take(to_u64(most)).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|source| fault("read", &self.path, source))
    }

    fn check_prologue(&self, bytes: &[u8]) -> Result<u64, StoreError> {
        let path = || self.path.clone();
        match format::read_prologue(bytes) {
            Prologue::Unknown => Err(StoreError::UnknownFormat { path: path(), version: VERSION }),
            Prologue::Damaged => Err(StoreError::Damaged { path: path(), offset: 0 }),
            Prologue::Known(rules, first, size) => {
                if rules == self.rules && *first == self.checkpoint {
                    Ok(to_u64(size))
                } else {
                    Err(StoreError::OtherChain { path: path(), found: first.number() })
                }
            }
        }
    }

    /// Calls `visit` with offset and content of every record that holds; returns where they end.
    fn each_record(
        &mut self,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let mut offset = self.start;
        loop {
            let head = self.read_at(offset, HEAD_BYTES)?;
            if head.is_empty() {
                return Ok(offset);
            }
            let size = format::size_of(&head, RECORD_MARK).unwrap_or(HEAD_BYTES);
            let record = self.read_at(offset, size)?;
            let Some(content) = format::content_of(&record, RECORD_MARK) else {
                self.check_torn(offset)?;
                return Ok(offset);
            };
            visit(offset, content)?;
            offset = offset.saturating_add(to_u64(record.len()));
        }
    }

    /// Checks that what begins at `offset` can be a write that a crash cut off. Records are synced one
    /// by one: no whole record follows such a write.
    fn check_torn(&mut self, offset: u64) -> Result<(), StoreError> {
        let mut at = offset;
        loop {
            let bytes = self.read_at(at, 2 * MAX_RECORD_BYTES)?;
            let last = bytes.len() < 2 * MAX_RECORD_BYTES;
            let starts = if last { bytes.len() } else { MAX_RECORD_BYTES };
            let skip = usize::from(at == offset);
            let whole = bytes.windows(RECORD_MARK.len()).enumerate().take(starts).skip(skip).any(
                |(at, mark)| {
                    mark == RECORD_MARK && format::content_of(&bytes[at..], RECORD_MARK).is_some()
                },
            );
            if whole {
                return Err(StoreError::Damaged { path: self.path.clone(), offset });
            }
            if last {
                return Ok(());
            }
            at = at.saturating_add(to_u64(starts));
        }
    }

    /// Writes at the end of what holds, and syncs.
    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self
            .file
            .seek(SeekFrom::Start(self.size))
            .and_then(|_| self.file.write_all(bytes))
            .and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // What is left behind is cut on the next opening when this fails as well.
            let _ = self.cut();
            return Err(fault("write", &self.path, source));
        }
        self.size = self.size.saturating_add(to_u64(bytes.len()));
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.size)?;
        self.file.sync_all()
    }
}

fn fault(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { action, path: path.to_path_buf(), source }
}

fn to_u64(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// Makes the file's name durable, where folders can be synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}
