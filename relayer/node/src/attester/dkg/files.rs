//! The two files that key generation leaves: the sealed share and the public group.
//!
//! Both appear whole or not at all, the share first: a group without a share is never written, and a
//! share without a group is completed, because a share holds its group.

use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use farbank_federation::group::Group;
use farbank_federation::share::{KeyShare, Passphrase, SealedShare, ShareRejection};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::client::file::FileError;

/// A share or a group takes less than 20 KiB with 64 members.
const MAX_FILE: u64 = 1024 * 1024;
/// Longest passphrase.
const MAX_PASSPHRASE: usize = 1024;

/// What is wrong with the files of a share.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ShareFileError {
    /// One cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Others than the owner may read or write a secret.
    #[error("{} has mode {mode:03o}, expected 600; run chmod 600 on it", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The passphrase is longer than a passphrase.
    #[error("{} holds more than {MAX_PASSPHRASE} bytes; give the file with the passphrase", path.display())]
    LongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The share does not open, or cannot be sealed.
    #[error("{}: {source}", path.display())]
    Share {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ShareRejection,
    },
    /// The public file is none, or of no consistent federation.
    #[error("{} is no federation file: {source}; take it from another member", path.display())]
    Group {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// The public file cannot be written as JSON.
    #[error("the federation cannot be written as JSON: {0}")]
    Unwritable(serde_json::Error),
}

/// Reads a passphrase: the file's content without the line ends behind it, mode 600.
///
/// # Errors
/// [`ShareFileError`].
pub(crate) fn passphrase(path: &Path) -> Result<Passphrase, ShareFileError> {
    // Room for the whole file, so that growing leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_PASSPHRASE));
    let limit = u64::try_from(MAX_PASSPHRASE).unwrap_or(u64::MAX).saturating_add(2);
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    private(path)?.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    while matches!(bytes.last(), Some(b'\n' | b'\r')) {
        bytes.pop();
    }
    if bytes.len() > MAX_PASSPHRASE {
        return Err(ShareFileError::LongPassphrase { path: path.to_owned() });
    }
    Passphrase::new(bytes).map_err(|source| ShareFileError::Share { path: path.to_owned(), source })
}

/// Opens a file that nobody else may read.
fn private(path: &Path) -> Result<File, ShareFileError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    let opened = File::open(path).map_err(unreadable)?;
    // Asked of the open file, so that it cannot be exchanged in between.
    let mode = opened.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o177 != 0 {
        return Err(ShareFileError::OpenToOthers { path: path.to_owned(), mode });
    }
    Ok(opened)
}

/// Reads a share file and opens it; nothing when there is no such file. Takes the time that deriving
/// its key takes.
///
/// # Errors
/// [`ShareFileError`].
pub(crate) fn read_share(
    path: &Path,
    passphrase: &Passphrase,
) -> Result<Option<KeyShare>, ShareFileError> {
    let mut json = Vec::new();
    match private(path) {
        Ok(file) => {
            let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
            file.take(MAX_FILE).read_to_end(&mut json).map_err(unreadable)?;
        }
        Err(ShareFileError::File(FileError::Unreadable { source, .. }))
            if source.kind() == ErrorKind::NotFound =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let opened = SealedShare::from_json(&json).and_then(|sealed| sealed.open(passphrase));
    opened.map(Some).map_err(|source| ShareFileError::Share { path: path.to_owned(), source })
}

/// Reads the public file; nothing when there is none.
///
/// # Errors
/// [`ShareFileError`].
pub(crate) fn read_group(path: &Path) -> Result<Option<Group>, ShareFileError> {
    let json = match std::fs::read(path) {
        Ok(json) => json,
        Err(source) if source.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(FileError::Unreadable { path: path.to_owned(), source }.into());
        }
    };
    let group = serde_json::from_slice(&json);
    group.map(Some).map_err(|source| ShareFileError::Group { path: path.to_owned(), source })
}

/// Writes a sealed share, readable by its owner only.
///
/// # Errors
/// [`ShareFileError::File`], also when the file exists.
pub(crate) fn write_share(path: &Path, share: &SealedShare) -> Result<(), ShareFileError> {
    let json = serde_json::to_vec_pretty(share).map_err(ShareFileError::Unwritable)?;
    Ok(write_whole(path, &json, 0o600)?)
}

/// Writes the public file.
///
/// # Errors
/// [`ShareFileError::File`], also when the file exists.
pub(crate) fn write_group(path: &Path, group: &Group) -> Result<(), ShareFileError> {
    let json = serde_json::to_vec_pretty(group).map_err(ShareFileError::Unwritable)?;
    Ok(write_whole(path, &json, 0o644)?)
}

/// Writes a new file under another name, waits until it is durable and only then gives it its own.
fn write_whole(path: &Path, content: &[u8], mode: u32) -> Result<(), FileError> {
    let unwritable = |source: io::Error| {
        let path = path.to_owned();
        if source.kind() == ErrorKind::AlreadyExists {
            FileError::Exists { path }
        } else {
            FileError::Unwritable { path, source }
        }
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let mut file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
        .map_err(unwritable)?;
    file.write_all(content).map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist_noclobber(path).map_err(|error| unwritable(error.error))?;
    // The name of the file is durable only with its folder.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)
}
