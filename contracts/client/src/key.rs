//! The key of an account of the side chain.

use core::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ethers::core::k256::ecdsa::SigningKey;
use ethers::core::rand;
use ethers::signers::{LocalWallet, Signer as _};
use farbank_types::EvmAddress;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::convert;

/// Longest key file that is read: 64 digits, `0x`, a line end of two bytes, and one byte more to
/// notice a longer one.
const MAX_FILE: u64 = 69;

/// Secret key of an account. Never printed; wiped from memory when dropped.
#[derive(Clone)]
pub struct EvmKey {
    wallet: LocalWallet,
}

impl fmt::Debug for EvmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvmKey").field("address", &self.address()).finish_non_exhaustive()
    }
}

/// Why a key file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the key file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        source: io::Error,
    },
    /// Others than the owner may read or write it.
    #[error("key file {} has mode {mode:03o}, expected 600; run chmod 600 on it", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The content is no key.
    #[error(
        "key file {} holds no key: expected 64 hexadecimal digits, a number from 1 to the order of \
         secp256k1",
        path.display()
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
}

/// The bytes are zero or not below the order of secp256k1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a secret key: expected a number from 1 to the order of secp256k1")]
pub struct InvalidKey;

impl EvmKey {
    /// Makes a new key from the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let signer = SigningKey::random(&mut rand::rngs::OsRng);
        Self { wallet: LocalWallet::from(signer) }
    }

    /// Takes 32 big-endian bytes.
    ///
    /// # Errors
    ///
    /// When they are no secret key.
    pub fn from_secret_bytes(secret: &[u8; 32]) -> Result<Self, InvalidKey> {
        LocalWallet::from_bytes(secret).map(|wallet| Self { wallet }).map_err(|_| InvalidKey)
    }

    /// Reads a key file: 64 hexadecimal digits, with or without `0x` and a line end, mode 600.
    ///
    /// # Errors
    ///
    /// When it cannot be read, others may read it, or it holds no key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let fault = |source| KeyError::File { path: path.to_owned(), source };
        let file = OpenOptions::new().read(true).open(path).map_err(fault)?;
        // Asked of the open file, so that it cannot be exchanged in between.
        let mode = file.metadata().map_err(fault)?.permissions().mode() & 0o777;
        if mode & 0o177 != 0 {
            return Err(KeyError::OpenToOthers { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::with_capacity(128));
        file.take(MAX_FILE).read_to_string(&mut text).map_err(fault)?;
        Self::from_hex(text.trim_end_matches(['\r', '\n']))
            .ok_or_else(|| KeyError::NotAKey { path: path.to_owned() })
    }

    /// Writes a new key file with mode 600 and waits until it is durable.
    ///
    /// # Errors
    ///
    /// When the file exists already or cannot be written.
    pub fn save_new(&self, path: &Path) -> Result<(), KeyError> {
        let fault = |source| KeyError::File { path: path.to_owned(), source };
        let mut secret: [u8; 32] = self.wallet.signer().to_bytes().into();
        let text = Zeroizing::new(hex::encode(secret) + "\n");
        secret.zeroize();
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(fault)?;
        file.write_all(text.as_bytes()).map_err(fault)?;
        file.sync_all().map_err(fault)
    }

    /// Returns the account's address.
    #[must_use]
    pub fn address(&self) -> EvmAddress {
        convert::address(self.wallet.address())
    }

    pub(crate) const fn wallet(&self) -> &LocalWallet {
        &self.wallet
    }

    fn from_hex(text: &str) -> Option<Self> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), secret.as_mut_slice())
            .ok()?;
        Self::from_secret_bytes(&secret).ok()
    }
}
