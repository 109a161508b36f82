//! An attester's share of the federation key, and its sealed form at rest.
//!
//! Decides what a share file holds and when it opens; leaves out where the file lies and where the
//! passphrase comes from. Sealed with ChaCha20-Poly1305 (RFC 8439) under a key from Argon2id (RFC 9106).

use core::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use bitcoin::hashes::{sha256, Hash as _};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use frost::keys::{EvenY as _, KeyPackage};
use frost_secp256k1_tr as frost;
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::group::Group;
use crate::identity::AttesterIndex;

/// Version of the form of a share file that this code writes and reads.
pub const SHARE_VERSION: u32 = 1;

/// Most memory that opening a file may ask for: a file is input like any other.
const MAX_MEMORY_KIB: u32 = 1 << 20;
/// Most passes, for the same reason.
const MAX_PASSES: u32 = 16;
/// Most lanes, for the same reason.
const MAX_LANES: u32 = 16;

/// Why a share does not open, or is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShareRejection {
    /// Written by another version of this program.
    #[error("share file of version {found}, this program reads {SHARE_VERSION}")]
    UnknownVersion {
        /// The version it names.
        found: u32,
    },
    /// Bytes were lost or changed since it was written: restore a backup.
    #[error("the share file is damaged: its checksum differs")]
    Damaged,
    /// No share file, or one that was cut off or changed: restore a backup.
    #[error("the share file is damaged: it makes no sense at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The file is as it was written, and this passphrase does not open it.
    #[error("wrong passphrase for the share of attester {index}")]
    WrongPassphrase {
        /// Whose share.
        index: AttesterIndex,
    },
    /// An empty passphrase seals nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// Argon2 refuses the cost, or it is beyond what opening a file may take.
    #[error("key derivation of {memory_kib} KiB, {passes} passes, {lanes} lanes is out of bounds")]
    CostOutOfBounds {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// The secret is not that of the attester's verifying share in the group.
    #[error("the share is not the one of attester {index} in its group")]
    ForeignShare {
        /// Whose share it should be.
        index: AttesterIndex,
    },
}

/// What unlocks a share. Zeroised on drop, never printed.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes of a passphrase.
    ///
    /// # Errors
    /// [`ShareRejection::EmptyPassphrase`].
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, ShareRejection> {
        if bytes.is_empty() {
            return Err(ShareRejection::EmptyPassphrase);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// What deriving the key costs (Argon2id, version 0x13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl KdfCost {
    /// The second recommended option of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes.
    pub const RECOMMENDED: Self = Self { memory_kib: 1 << 16, passes: 3, lanes: 4 };

    fn out_of_bounds(self) -> ShareRejection {
        let Self { memory_kib, passes, lanes } = self;
        ShareRejection::CostOutOfBounds { memory_kib, passes, lanes }
    }

    fn derive(
        self,
        passphrase: &Passphrase,
        salt: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, ShareRejection> {
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES || self.lanes > MAX_LANES {
            return Err(self.out_of_bounds());
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| self.out_of_bounds())?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&passphrase.0, salt, key.as_mut())
            .map_err(|_| self.out_of_bounds())?;
        Ok(key)
    }
}

/// One attester's share of the federation key. Zeroised on drop.
pub struct KeyShare {
    index: AttesterIndex,
    key: KeyPackage,
    group: Group,
}

impl fmt::Debug for KeyShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyShare").field("index", &self.index).finish_non_exhaustive()
    }
}

impl KeyShare {
    /// Takes what FROST computed; normalises to the key of even y, as the group is.
    pub(crate) fn new(
        index: AttesterIndex,
        key: KeyPackage,
        group: Group,
    ) -> Result<Self, ShareRejection> {
        let key = key.into_even_y(None);
        let package = group.package();
        let public = frost::keys::VerifyingShare::from(*key.signing_share());
        if *key.identifier() != index.identifier()
            || package.verifying_shares().get(&index.identifier()) != Some(&public)
            || key.verifying_share() != &public
            || key.verifying_key() != package.verifying_key()
            || *key.min_signers() != group.threshold().signers()
        {
            return Err(ShareRejection::ForeignShare { index });
        }
        Ok(Self { index, key, group })
    }

    /// Returns whose share it is.
    #[must_use]
    pub const fn index(&self) -> AttesterIndex {
        self.index
    }

    /// Returns the public side.
    #[must_use]
    pub const fn group(&self) -> &Group {
        &self.group
    }

    pub(crate) const fn key(&self) -> &KeyPackage {
        &self.key
    }

    /// Seals the share under a passphrase, with a salt and nonce of its own each time.
    ///
    /// # Errors
    /// [`ShareRejection::CostOutOfBounds`].
    pub fn seal(
        &self,
        passphrase: &Passphrase,
        cost: KdfCost,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<SealedShare, ShareRejection> {
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let mut sealed = SealedShare {
            version: SHARE_VERSION,
            index: self.index,
            group: self.group.clone(),
            kdf: Kdf::Argon2id(cost),
            salt,
            nonce,
            ciphertext: Vec::new(),
            checksum: [0; 32],
        };
        let secret = Zeroizing::new(self.key.signing_share().serialize());
        let payload = Payload { msg: &secret, aad: &sealed.header() };
        sealed.ciphertext = sealed
            .cipher(passphrase)?
            .encrypt(Nonce::from_slice(&nonce), payload)
            .map_err(|_| ShareRejection::Damaged)?;
        sealed.checksum = sealed.digest();
        Ok(sealed)
    }
}

/// How the key of a share file is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kdf {
    Argon2id(KdfCost),
}

/// A share at rest: a JSON document. The scalar alone is secret; everything else is authenticated with
/// it. The checksum tells a damaged file from a wrong passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedShare {
    version: u32,
    index: AttesterIndex,
    group: Group,
    kdf: Kdf,
    #[serde(with = "hex::serde")]
    salt: [u8; 16],
    #[serde(with = "hex::serde")]
    nonce: [u8; 12],
    #[serde(with = "hex::serde")]
    ciphertext: Vec<u8>,
    #[serde(with = "hex::serde")]
    checksum: [u8; 32],
}

impl SealedShare {
    /// Reads the JSON document.
    ///
    /// # Errors
    /// [`ShareRejection::UnknownVersion`] and [`ShareRejection::Malformed`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ShareRejection> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let malformed = |error: serde_json::Error| ShareRejection::Malformed {
            line: error.line(),
            column: error.column(),
        };
        let found = serde_json::from_slice::<Versioned>(bytes).map_err(malformed)?.version;
        if found != SHARE_VERSION {
            return Err(ShareRejection::UnknownVersion { found });
        }
        serde_json::from_slice(bytes).map_err(malformed)
    }

    /// Returns whose share it is, without opening it.
    #[must_use]
    pub const fn index(&self) -> AttesterIndex {
        self.index
    }

    /// Returns the public side, without opening it. Authenticated only once opened.
    #[must_use]
    pub const fn group(&self) -> &Group {
        &self.group
    }

    /// Opens the share.
    ///
    /// # Errors
    /// [`ShareRejection`]: damage, a wrong passphrase, a cost out of bounds, or a share that is not the
    /// group's.
    pub fn open(&self, passphrase: &Passphrase) -> Result<KeyShare, ShareRejection> {
        if self.checksum != self.digest() {
            return Err(ShareRejection::Damaged);
        }
        let index = self.index;
        let payload = Payload { msg: &self.ciphertext, aad: &self.header() };
        let secret = self
            .cipher(passphrase)?
            .decrypt(Nonce::from_slice(&self.nonce), payload)
            .map_err(|_| ShareRejection::WrongPassphrase { index })?;
        let secret = Zeroizing::new(secret);
        let share = frost::keys::SigningShare::deserialize(&secret)
            .map_err(|_| ShareRejection::ForeignShare { index })?;
        let package = self.group.package();
        let key = KeyPackage::new(
            index.identifier(),
            share,
            frost::keys::VerifyingShare::from(share),
            *package.verifying_key(),
            self.group.threshold().signers(),
        );
        KeyShare::new(index, key, self.group.clone())
    }

    fn cipher(&self, passphrase: &Passphrase) -> Result<ChaCha20Poly1305, ShareRejection> {
        let Kdf::Argon2id(cost) = self.kdf;
        let key = cost.derive(passphrase, &self.salt)?;
        Ok(ChaCha20Poly1305::new(Key::from_slice(key.as_ref())))
    }

    /// Everything but ciphertext and checksum, as the cipher authenticates it.
    fn header(&self) -> Vec<u8> {
        let Kdf::Argon2id(cost) = self.kdf;
        let mut header = b"farbank/key-share".to_vec();
        header.extend(self.version.to_be_bytes());
        header.extend(self.index.get().to_be_bytes());
        header.extend(self.group.hash().get());
        for value in [cost.memory_kib, cost.passes, cost.lanes] {
            header.extend(value.to_be_bytes());
        }
        header.extend(self.salt);
        header.extend(self.nonce);
        header
    }

    fn digest(&self) -> [u8; 32] {
        let mut content = self.header();
        content.extend(&self.ciphertext);
        sha256::Hash::hash(&content).to_byte_array()
    }
}
