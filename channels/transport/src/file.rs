//! Files that hold something nobody else may read, or that must never be overwritten.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file of the user cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {source}; check the name and the permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        #[source]
        source: io::Error,
    },
    /// It exists already: what it holds may be the only copy.
    #[error("{} exists already and is never overwritten; choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("cannot write {}: {source}; check the folder and the space on the disk", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        #[source]
        source: io::Error,
    },
}

/// Writes a new file with mode 600 and waits until it is durable; never overwrites one.
///
/// # Errors
/// [`FileError::Exists`] or [`FileError::Unwritable`].
pub fn write_new_private(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_new(path, content, 0o600)
}

/// Writes a new file that others may read and waits until it is durable; never overwrites one.
///
/// # Errors
/// [`FileError::Exists`] or [`FileError::Unwritable`].
pub fn write_new_public(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_new(path, content, 0o644)
}

fn write_new(path: &Path, content: &[u8], mode: u32) -> Result<(), FileError> {
    let unwritable = |source: io::Error| {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            FileError::Exists { path }
        } else {
            FileError::Unwritable { path, source }
        }
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(unwritable)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(unwritable)?;
    // The name of the file is durable only with its folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(unwritable)
}
