//! A user's secret key: one file, one account on the side chain, one wallet on Bitcoin.

use core::fmt;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{Address, Network, PrivateKey, XOnlyPublicKey};
use farbank_contracts::EvmKey;
use farbank_types::EvmAddress;
use zeroize::{Zeroize as _, Zeroizing};

use super::file::{self, FileError};

/// 64 digits, `0x`, a line end of two bytes, and one byte more to notice a longer file.
const MAX_FILE: u64 = 69;

/// A secret key. Never printed; wiped when dropped.
pub struct UserKey(SecretKey);

/// Why a key file does not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Others than the owner may read or write it.
    #[error("key file {} has mode {mode:03o}, expected 600; run chmod 600 on it", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The content is no key.
    #[error("key file {} holds no key, expected 64 hexadecimal digits; make one with `farbank keys add`", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
}

impl UserKey {
    /// Wraps a secret key.
    #[must_use]
    pub const fn new(secret: SecretKey) -> Self {
        Self(secret)
    }

    /// Reads a key file: 64 hexadecimal digits, with or without `0x` and a line end, mode 600.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        let opened = std::fs::File::open(path).map_err(unreadable)?;
        // Asked of the open file, so that it cannot be exchanged in between.
        let mode = opened.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o177 != 0 {
            return Err(KeyFileError::OpenToOthers { path: path.to_owned(), mode });
        }
        // Room for the whole file, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(128));
        opened.take(MAX_FILE).read_to_string(&mut text).map_err(unreadable)?;
        let mut bytes = Zeroizing::new([0_u8; 32]);
        let digits = text.trim_end_matches(['\r', '\n']);
        hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), bytes.as_mut_slice())
            .ok()
            .and_then(|()| SecretKey::from_slice(bytes.as_slice()).ok())
            .map(Self)
            .ok_or_else(|| KeyFileError::NotAKey { path: path.to_owned() })
    }

    /// Writes a new key file with mode 600 and waits until it is durable.
    ///
    /// # Errors
    /// [`KeyFileError::File`] when it exists already or cannot be written.
    pub fn save_new(&self, path: &Path) -> Result<(), KeyFileError> {
        let mut secret = self.0.secret_bytes();
        let text = Zeroizing::new(hex::encode(secret) + "\n");
        secret.zeroize();
        Ok(file::write_new_private(path, text.as_bytes())?)
    }

    /// Returns the account on the side chain.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "it cannot happen")]
    pub fn evm_key(&self) -> EvmKey {
        let bytes = Zeroizing::new(self.0.secret_bytes());
        EvmKey::from_secret_bytes(&bytes)
            .expect("both libraries accept the same numbers: 1 to the order of secp256k1")
    }

    /// Returns the account's address on the side chain.
    #[must_use]
    pub fn evm_address(&self) -> EvmAddress {
        let point = self.0.public_key(&Secp256k1::new()).serialize_uncompressed();
        EvmAddress::from_raw_public_key(&point[1..])
    }

    /// Returns the one address of the key's wallet on Bitcoin: taproot, key path only (BIP-0086
    /// without a derivation path).
    #[must_use]
    pub fn bitcoin_address(&self, network: Network) -> Address {
        let secp = Secp256k1::new();
        Address::p2tr(&secp, self.0.x_only_public_key(&secp).0, None, network)
    }

    /// Returns the public key as BIP-0340 writes it: x-only.
    #[must_use]
    pub fn x_only_public_key(&self) -> XOnlyPublicKey {
        self.0.x_only_public_key(&Secp256k1::new()).0
    }

    /// Returns the key as Bitcoin wallets take it.
    pub(super) fn private_key(&self, network: Network) -> PrivateKey {
        PrivateKey::new(self.0, network)
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserKey(..)")
    }
}

impl Drop for UserKey {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> UserKey {
        UserKey::new(SecretKey::from_slice(&[7; 32]).unwrap())
    }

    #[test]
    fn key_file_is_private_and_survives_the_way_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alice");
        key().save_new(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(UserKey::load(&path).unwrap().evm_address(), key().evm_address());
        assert!(matches!(key().save_new(&path), Err(KeyFileError::File(FileError::Exists { .. }))));
    }

    #[test]
    fn key_file_open_to_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alice");
        key().save_new(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            UserKey::load(&path),
            Err(KeyFileError::OpenToOthers { mode: 0o644, .. })
        ));
    }

    #[test]
    fn file_without_a_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (at, content) in
            ["", "0x12", &"0".repeat(64), &"g".repeat(64), &"1".repeat(65)].into_iter().enumerate()
        {
            let path = folder.path().join(at.to_string());
            file::write_new_private(&path, content.as_bytes()).unwrap();
            assert!(
                matches!(UserKey::load(&path), Err(KeyFileError::NotAKey { .. })),
                "{content:?}"
            );
        }
    }
}
