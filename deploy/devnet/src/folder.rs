//! The devnet's folder: where everything is, who owns it, how it is cleared.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::failure::{Error, Failure, Rejection};

const LOCK: &str = "supervisor.lock";
const SUPERVISOR_LOG: &str = "supervisor.log";
/// Greatest length of the path of a Unix socket on Linux, without its final zero.
const MAX_SOCKET_PATH: usize = 107;
const SOCKET: &str = "control.sock";

/// The folder of one devnet; it need not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevnetFolder {
    root: PathBuf,
}

impl DevnetFolder {
    /// Names a folder.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns `deployment.json`.
    #[must_use]
    pub fn deployment(&self) -> PathBuf {
        self.root.join("deployment.json")
    }

    /// Returns the folder of the secrets.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Returns the folder of a process.
    #[must_use]
    pub fn process(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Returns the log of a process, or of the supervisor.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        if name == "supervisor" {
            return self.root.join(SUPERVISOR_LOG);
        }
        self.process(name).join(format!("{name}.log"))
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("devnet.json")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.root.join(SOCKET)
    }

    /// Returns the same folder by a name that holds from anywhere.
    pub(crate) fn absolute(&self) -> Result<Self, Failure> {
        let root = std::path::absolute(&self.root).map_err(Error::file("find", &self.root))?;
        let folder = Self { root };
        let length = folder.socket().as_os_str().len();
        if length > MAX_SOCKET_PATH {
            let excess = length.saturating_sub(MAX_SOCKET_PATH);
            return Err(Rejection::FolderNameTooLong { folder: folder.root, excess }.into());
        }
        Ok(folder)
    }

    /// Returns whether a supervisor holds the folder.
    ///
    /// # Errors
    /// [`Error::File`] when the lock cannot be asked.
    pub fn is_held(&self) -> Result<bool, Error> {
        let path = self.root.join(LOCK);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::file("open", path)(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", path)(error)),
        }
    }

    /// Makes the folder where it is missing; a folder that no devnet made is refused.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        make_private_dir(&self.root)?;
        let mut entries = fs::read_dir(&self.root).map_err(Error::file("read", &self.root))?;
        let marked = [LOCK, SUPERVISOR_LOG].iter().any(|mark| self.root.join(mark).exists());
        if entries.next().is_some() && !marked {
            return Err(Rejection::ForeignFolder { folder: self.root.clone() }.into());
        }
        Ok(())
    }

    /// Opens the supervisor's log for appending.
    pub(crate) fn open_supervisor_log(&self) -> Result<File, Error> {
        let path = self.root.join(SUPERVISOR_LOG);
        open_private(&path, OpenOptions::new().append(true).create(true))
    }

    /// Takes the folder for this process, as long as the answer lives, and clears what a killed
    /// supervisor left behind. `None`: another supervisor has it.
    pub(crate) fn take(&self) -> Result<Option<HeldFolder>, Failure> {
        loop {
            self.prepare()?;
            let path = self.root.join(LOCK);
            let lock = open_private(&path, OpenOptions::new().write(true).create(true))?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => {
                    return Err(Error::file("lock", path)(error).into())
                }
            }
            // The former owner may have moved the folder away between opening and locking.
            let ours = lock.metadata().map_err(Error::file("read", &path))?.ino();
            if fs::metadata(&path).is_ok_and(|there| there.ino() == ours) {
                self.clear_leftovers()?;
                return Ok(Some(HeldFolder { folder: self.clone(), _lock: lock }));
            }
        }
    }

    fn clear_leftovers(&self) -> Result<(), Error> {
        let entries = fs::read_dir(&self.root).map_err(Error::file("read", &self.root))?;
        for entry in entries {
            let entry = entry.map_err(Error::file("read", &self.root))?;
            if entry.file_name() == LOCK || entry.file_name() == SUPERVISOR_LOG {
                continue;
            }
            let path = entry.path();
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = if is_dir { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(Error::file("remove", path))?;
        }
        Ok(())
    }
}

/// A folder that this process holds; it is free again when dropped.
#[derive(Debug)]
pub(crate) struct HeldFolder {
    folder: DevnetFolder,
    _lock: File,
}

impl HeldFolder {
    /// Removes the folder with all that is in it, in one step for whoever looks at its name.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let root = &self.folder.root;
        let mut name = root.file_name().unwrap_or_default().to_owned();
        name.push(format!(".removed-{}", std::process::id()));
        let aside = root.with_file_name(name);
        fs::rename(root, &aside).map_err(Error::file("move", root))?;
        fs::remove_dir_all(&aside).map_err(Error::file("remove", aside))
    }
}

/// Makes a folder that only its owner can look into, with all above it.
pub(crate) fn make_private_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::file("make", path))
}

/// Opens a file that only its owner can read.
pub(crate) fn open_private(path: &Path, options: &mut OpenOptions) -> Result<File, Error> {
    options.mode(0o600).open(path).map_err(Error::file("open", path))
}

/// Writes a private file so that a reader sees the old content or the new one, never half of it.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(Error::file("write in", folder))?;
    file.write_all(content).map_err(Error::file("write", path))?;
    file.persist(path).map_err(|error| Error::file("write", path)(error.error))?;
    Ok(())
}

pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| Error::DamagedFile { path: path.to_owned(), source })?;
    text.push(b'\n');
    write_private(path, &text)
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(Error::file("read", path))?;
    serde_json::from_slice(&bytes)
        .map_err(|source| Error::DamagedFile { path: path.to_owned(), source })
}

/// Returns the last `count` lines of a file, oldest first; none when it cannot be read.
pub(crate) fn tail(path: &Path, count: usize) -> Vec<String> {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(count);
    lines.into_iter().skip(skipped).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_folder_is_refused_and_free_after_its_removal() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DevnetFolder::new(parent.path().join("devnet"));
        assert!(!folder.is_held().unwrap());
        let held = folder.take().unwrap().unwrap();
        assert!(folder.is_held().unwrap());
        assert!(folder.take().unwrap().is_none());
        held.remove().unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        assert!(folder.take().unwrap().is_some());
    }

    #[test]
    fn leftovers_of_a_killed_supervisor_are_cleared() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DevnetFolder::new(parent.path().join("devnet"));
        drop(folder.take().unwrap());
        fs::create_dir_all(folder.process("bitcoind")).unwrap();
        fs::write(folder.state(), "{}").unwrap();
        let _held = folder.take().unwrap().unwrap();
        assert!(!folder.process("bitcoind").exists() && !folder.state().exists());
    }

    #[test]
    fn folder_of_somebody_else_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("thesis.txt"), "years of work").unwrap();
        let folder = DevnetFolder::new(parent.path());
        assert!(matches!(folder.take(), Err(Failure::Refused(Rejection::ForeignFolder { .. }))));
        assert!(parent.path().join("thesis.txt").exists());
    }

    #[test]
    fn tail_gives_the_last_lines_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 2), ["two", "three"]);
        assert_eq!(tail(&folder.path().join("none"), 2), Vec::<String>::new());
    }
}
