//! [`FileHeaderStore`]: an append-only file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bitcoin::block::Header;
use bitcoin::Network;
use farbank_types::{BitcoinHeight, BlockCount};

use super::format::{self, Prologue, PROLOGUE_SIZE, RECORD_MARK, VERSION};
use super::{HeaderStore, StoreError, NO_FUTURE_BOUND};
use crate::chain::HeaderChain;
use crate::checkpoint::Checkpoint;
use crate::rules::ChainRules;

/// A store in one append-only file, locked for as long as it is open.
///
/// A write that a crash cut off is the last record of the file and is cut away on opening. Whatever
/// else does not hold is [`StoreError::Damaged`]: the file is left as it is.
#[derive(Debug)]
pub struct FileHeaderStore {
    file: File,
    path: PathBuf,
    rules: ChainRules,
    checkpoint: Checkpoint,
    end: BitcoinHeight,
    /// Bytes that hold; the next record goes there.
    size: u64,
    cut_bytes: u64,
}

impl FileHeaderStore {
    /// Opens the store at `path`, or makes it.
    ///
    /// # Errors
    /// Refuses a store that is in use, damaged, or of another network or checkpoint; faults of the
    /// disk.
    pub fn open(
        path: &Path,
        rules: ChainRules,
        checkpoint: &Checkpoint,
    ) -> Result<Self, StoreError> {
        HeaderChain::new(rules, checkpoint.clone())?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|source| fault("open", path, source))?;
        file.try_lock().map_err(|refusal| match refusal {
            TryLockError::WouldBlock => StoreError::Locked { path: path.to_path_buf() },
            TryLockError::Error(source) => fault("lock", path, source),
        })?;
        let (path, checkpoint) = (path.to_path_buf(), checkpoint.clone());
        let end = checkpoint.height;
        let mut store = Self { file, path, rules, checkpoint, end, size: 0, cut_bytes: 0 };
        let mut bytes = store.read_all()?;
        let prologue = format::prologue(rules.network(), &store.checkpoint);
        // A part of the prologue is what a crash while making the file leaves.
        if bytes.len() < PROLOGUE_SIZE && prologue.starts_with(&bytes) {
            store.append(&prologue)?;
            sync_folder(&store.path)
                .map_err(|source| fault("sync the folder of", &store.path, source))?;
            bytes = prologue;
        }
        store.check_prologue(&bytes)?;
        let (headers, size) = store.read_records(&bytes)?;
        store.end = store.height_above(headers.len()).unwrap_or(end);
        store.size = to_u64(size);
        store.cut_bytes = to_u64(bytes.len() - size);
        if store.cut_bytes > 0 {
            store.cut().map_err(|source| fault("cut", &store.path, source))?;
        }
        Ok(store)
    }

    /// Returns the height of the last header stored.
    #[must_use]
    pub const fn end(&self) -> BitcoinHeight {
        self.end
    }

    /// Returns how many bytes of an unfinished write opening cut away.
    #[must_use]
    pub const fn cut_bytes(&self) -> u64 {
        self.cut_bytes
    }

    fn read_all(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let read =
            self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|source| fault("read", &self.path, source))
    }

    fn check_prologue(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let path = || self.path.clone();
        match format::read_prologue(bytes) {
            Prologue::Unknown => Err(StoreError::UnknownFormat { path: path(), version: VERSION }),
            Prologue::Damaged => Err(StoreError::Damaged { path: path(), offset: 0 }),
            Prologue::Known(found, _) if found != self.rules.network() => {
                let expected: Network = self.rules.network();
                Err(StoreError::OtherNetwork { path: path(), found, expected })
            }
            Prologue::Known(_, stored) if *stored != self.checkpoint => {
                Err(StoreError::OtherCheckpoint { path: path(), found: stored.height })
            }
            Prologue::Known(..) => Ok(()),
        }
    }

    /// Replays the records: the best chain's headers above the checkpoint, and how many bytes hold.
    fn read_records(&self, bytes: &[u8]) -> Result<(Vec<Header>, usize), StoreError> {
        let mut headers = Vec::new();
        let mut at = PROLOGUE_SIZE;
        while at < bytes.len() {
            let damaged = StoreError::Damaged { path: self.path.clone(), offset: to_u64(at) };
            let Some(record) = format::read_record(&bytes[at..]) else {
                // Records are synced one by one: only the last can be the trace of a crash.
                if has_record(&bytes[at + 1..]) {
                    return Err(damaged);
                }
                break;
            };
            match self.place(record.first).filter(|place| *place <= headers.len()) {
                Some(place) => headers.truncate(place),
                None => return Err(damaged),
            }
            headers.extend(record.headers);
            at += record.size;
        }
        Ok((headers, at))
    }

    /// Returns where the header of a height is among those above the checkpoint.
    fn place(&self, height: BitcoinHeight) -> Option<usize> {
        let above = height.since(self.checkpoint.height)?.get().checked_sub(1)?;
        usize::try_from(above).ok()
    }

    fn height_above(&self, headers: usize) -> Option<BitcoinHeight> {
        self.checkpoint.height.checked_add(BlockCount::new(u32::try_from(headers).ok()?))
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
        self.size += to_u64(bytes.len());
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.size)?;
        self.file.sync_all()
    }
}

impl HeaderStore for FileHeaderStore {
    fn load(&mut self) -> Result<HeaderChain, StoreError> {
        let bytes = self.read_all()?;
        let (headers, _) = self.read_records(&bytes)?;
        let mut chain = HeaderChain::new(self.rules, self.checkpoint.clone())?;
        chain
            .import(&headers, NO_FUTURE_BOUND)
            .map_err(|source| StoreError::Invalid { path: self.path.clone(), source })?;
        Ok(chain)
    }

    fn replace_from(&mut self, first: BitcoinHeight, headers: &[Header]) -> Result<(), StoreError> {
        let gap = StoreError::Gap { first, end: self.end };
        let stored = self.place(self.end).map_or(0, |place| place + 1);
        let Some(place) = self.place(first).filter(|place| *place <= stored) else {
            return Err(gap);
        };
        let (Ok(count), Some(end)) =
            (u32::try_from(headers.len()), self.height_above(place.saturating_add(headers.len())))
        else {
            return Err(gap);
        };
        if count == 0 {
            return Ok(());
        }
        self.append(&format::record(first, count, headers))?;
        self.end = end;
        Ok(())
    }
}

fn fault(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { action, path: path.to_path_buf(), source }
}

fn to_u64(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// Tells whether a whole record begins anywhere in these bytes.
fn has_record(bytes: &[u8]) -> bool {
    bytes
        .windows(RECORD_MARK.len())
        .enumerate()
        .any(|(at, mark)| mark == RECORD_MARK && format::read_record(&bytes[at..]).is_some())
}

/// Makes the file's name durable, where folders can be synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}
