//! The token of the HTTP interface.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use bitcoin::secp256k1::rand::{rngs::OsRng, RngCore as _};
use zeroize::Zeroizing;

use super::RelayerError;

/// Bytes of a new token; nobody guesses 256 bits.
const TOKEN_BYTES: usize = 32;
/// Shortest token that is accepted from a file: 128 bits as hexadecimal digits.
const LEAST_TOKEN: usize = 32;

/// Reads the token, or makes one that only the owner can read.
pub(super) fn token(path: &Path) -> Result<Zeroizing<String>, RelayerError> {
    let fault = |source| RelayerError::Token { path: path.to_owned(), source };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let token = Zeroizing::new(Zeroizing::new(text).trim().to_owned());
            if token.len() < LEAST_TOKEN {
                let words = "expected at least 32 characters";
                return Err(fault(std::io::Error::new(ErrorKind::InvalidData, words)));
            }
            Ok(token)
        }
        Err(source) if source.kind() == ErrorKind::NotFound => {
            let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
            OsRng.fill_bytes(bytes.as_mut_slice());
            let token = Zeroizing::new(hex::encode(bytes.as_slice()));
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(fault)?;
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(fault)?;
            file.write_all(token.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
            tracing::info!(file = %path.display(), "made a token for the HTTP interface");
            Ok(token)
        }
        Err(source) => Err(fault(source)),
    }
}
