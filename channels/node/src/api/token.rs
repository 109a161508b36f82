//! The token of the HTTP interface.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use farbank_transport::file::{write_new_private, FileError};
use farbank_types::bitcoin::hex::DisplayHex as _;
use farbank_types::bitcoin::secp256k1::rand::{rngs::OsRng, RngCore as _};
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of a new token; nobody guesses 256 bits.
const BYTES: usize = 32;
/// Shortest token that is taken from a file: 128 bits as hexadecimal digits.
const LEAST: usize = 32;
/// Longest file that is read.
const MOST: u64 = 4_096;

/// Why there is no token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Anybody could guess it.
    #[error("the token in {} has {found} characters, expected at least {LEAST}", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: usize,
    },
}

/// Reads the token, or makes one that only the owner can read.
///
/// # Errors
/// [`TokenError`].
pub fn token(path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    let mut text = Zeroizing::new(String::with_capacity(LEAST * 4));
    match std::fs::File::open(path) {
        Ok(file) => {
            file.take(MOST).read_to_string(&mut text).map_err(unreadable)?;
        }
        Err(source) if source.kind() == ErrorKind::NotFound => {
            let mut bytes = Zeroizing::new([0; BYTES]);
            OsRng.fill_bytes(bytes.as_mut_slice());
            *text = bytes.as_slice().to_lower_hex_string();
            write_new_private(path, text.as_bytes())?;
        }
        Err(source) => return Err(unreadable(source).into()),
    }
    let token = Zeroizing::new(text.trim().to_owned());
    if token.len() < LEAST {
        return Err(TokenError::TooShort { path: path.to_owned(), found: token.len() });
    }
    Ok(token)
}
