//! The folder of a log: names, lock, and what makes a name durable.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::{disk, DiskStep};
use super::{LogError, RecordNumber};

const LOCK: &str = "lock";
const SEGMENT: &str = ".segment";
const SNAPSHOT: &str = ".snapshot";
/// What is not finished yet has this ending; a start removes it.
pub(crate) const UNFINISHED: &str = ".new";
const ENDING: &[u8] = UNFINISHED.as_bytes();

/// A folder that this process alone writes.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Held by being open.
    _lock: File,
}

/// What lies in the folder, in ascending order.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) segments: Vec<u64>,
    pub(crate) snapshots: Vec<RecordNumber>,
}

impl Folder {
    /// Takes the folder, which is made when there is none.
    pub(crate) fn take(path: &Path) -> Result<Self, LogError> {
        fs::create_dir_all(path).map_err(disk(path, DiskStep::Open))?;
        let name = path.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&name)
            .map_err(disk(&name, DiskStep::Open))?;
        lock.try_lock().map_err(|refused| match refused {
            TryLockError::WouldBlock => LogError::Locked { path: path.to_owned() },
            TryLockError::Error(source) => disk(&name, DiskStep::Open)(source),
        })?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        folder.sync()?;
        // The folder's own name, where it was made just now.
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_folder(parent)?;
        }
        Ok(folder)
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:016}{SEGMENT}"))
    }

    pub(crate) fn snapshot(&self, at: RecordNumber) -> PathBuf {
        self.path.join(format!("{:020}{SNAPSHOT}", at.get()))
    }

    /// Removes what was not finished; only at a start, when nothing is being made.
    pub(crate) fn tidy(&self) -> Result<(), LogError> {
        let unfinished = |path: &PathBuf| path.as_os_str().as_encoded_bytes().ends_with(ENDING);
        self.files()?.iter().filter(|path| unfinished(path)).try_for_each(|path| remove(path))
    }

    fn files(&self) -> Result<Vec<PathBuf>, LogError> {
        let listed = fs::read_dir(&self.path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
        listed.map_err(disk(&self.path, DiskStep::Read))
    }

    /// Lists the folder.
    pub(crate) fn list(&self) -> Result<Listing, LogError> {
        let mut listing = Listing::default();
        for path in self.files()? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = |ending| {
                let digits: &str = name.strip_suffix(ending)?;
                digits.parse::<u64>().ok()
            };
            if let Some(segment) = number(SEGMENT) {
                listing.segments.push(segment);
            } else if let Some(at) = number(SNAPSHOT) {
                listing.snapshots.push(RecordNumber::new(at));
            }
        }
        listing.segments.sort_unstable();
        listing.snapshots.sort_unstable();
        Ok(listing)
    }

    /// Gives a finished file its name, durably.
    pub(crate) fn publish(&self, from: &Path, to: &Path) -> Result<(), LogError> {
        fs::rename(from, to).map_err(disk(to, DiskStep::Rename))?;
        self.sync()
    }

    /// Waits until the folder's names are durable.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        sync_folder(&self.path)
    }
}

fn sync_folder(path: &Path) -> Result<(), LogError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(disk(path, DiskStep::Sync))
}

pub(crate) fn remove(path: &Path) -> Result<(), LogError> {
    fs::remove_file(path).map_err(disk(path, DiskStep::Rename))
}
