//! The file with the private key behind a peer's identity.

use core::fmt;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use farbank_types::PeerIdentity;
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::credential::sealed::Parts;
use crate::file::{write_new_private, FileError};

/// Name in the certificate; nobody reads it, the key counts.
const SUBJECT: &str = "farbank-peer";
/// An Ed25519 key in PEM takes less than 200 bytes.
const MAX_FILE: u64 = 4_096;

/// An Ed25519 key that a peer proves itself with, and its self-signed certificate. Never printed.
pub struct IdentityKey {
    key: KeyPair,
    certificate: CertificateDer<'static>,
    identity: PeerIdentity,
}

/// Why an identity key does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Others than the owner may read or write it.
    #[error("identity key {} has mode {mode:03o}, expected 600; run chmod 600 on it", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key that can be used.
    #[error("identity key {} is damaged: {source}; restore it, or remove it and tell the other members the new identity", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        source: rcgen::Error,
    },
    /// No key or certificate can be made.
    #[error("no identity can be made: {0}")]
    Unmade(#[from] rcgen::Error),
}

impl IdentityKey {
    /// Makes a key that lives in memory only.
    ///
    /// # Errors
    /// [`IdentityError::Unmade`] when the operating system has no randomness.
    pub fn generate() -> Result<Self, IdentityError> {
        Self::of_pair(KeyPair::generate_for(&PKCS_ED25519)?)
    }

    /// Reads the key file (PKCS #8 in PEM, mode 600), or makes one, with its folder, when there is
    /// none.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn open_or_make(path: &Path) -> Result<Self, IdentityError> {
        match Self::load(path) {
            Err(IdentityError::File(FileError::Unreadable { source, .. }))
                if source.kind() == ErrorKind::NotFound =>
            {
                let made = Self::generate()?;
                if let Some(folder) = path.parent() {
                    let unwritable =
                        |source| FileError::Unwritable { path: folder.to_owned(), source };
                    std::fs::create_dir_all(folder).map_err(unwritable)?;
                }
                let pem = Zeroizing::new(made.key.serialize_pem());
                write_new_private(path, pem.as_bytes())?;
                tracing::info!(file = %path.display(), identity = %made.identity, "made an identity");
                Ok(made)
            }
            read => read,
        }
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
        let opened = std::fs::File::open(path).map_err(unreadable)?;
        // Asked of the open file, so that it cannot be exchanged in between.
        let mode = opened.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o177 != 0 {
            return Err(IdentityError::OpenToOthers { path: path.to_owned(), mode });
        }
        // Room for the whole file, so that growing leaves no copy behind.
        let mut pem = Zeroizing::new(String::with_capacity(4_096));
        opened.take(MAX_FILE).read_to_string(&mut pem).map_err(unreadable)?;
        let key = KeyPair::from_pem(&pem)
            .map_err(|source| IdentityError::Damaged { path: path.to_owned(), source })?;
        Self::of_pair(key)
    }

    fn of_pair(key: KeyPair) -> Result<Self, IdentityError> {
        let params = CertificateParams::new(vec![SUBJECT.to_owned()])?;
        let certificate = params.self_signed(&key)?.der().clone();
        let identity = PeerIdentity::of_spki(&key.subject_public_key_info());
        Ok(Self { key, certificate, identity })
    }

    /// Returns what others pin.
    #[must_use]
    pub const fn identity(&self) -> PeerIdentity {
        self.identity
    }
}

impl Parts for IdentityKey {
    fn parts(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        (vec![self.certificate.clone()], key.into())
    }
}

impl fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({})", self.identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/identity.pem");
        let made = IdentityKey::open_or_make(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = IdentityKey::open_or_make(&path).unwrap();
        assert_eq!(read.identity(), made.identity());
        assert!(!format!("{made:?}").contains("PRIVATE"));
    }

    #[test]
    fn identity_key_open_to_others_or_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.pem");
        IdentityKey::open_or_make(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = IdentityKey::open_or_make(&path);
        assert!(matches!(refused, Err(IdentityError::OpenToOthers { mode: 0o640, .. })));
        let path = folder.path().join("other.pem");
        write_new_private(&path, b"-----BEGIN PRIVATE KEY-----\nAAAA\n").unwrap();
        let refused = IdentityKey::open_or_make(&path);
        assert!(matches!(refused, Err(IdentityError::Damaged { .. })), "{refused:?}");
    }
}
