//! The secret shared with a hop, and the keys that come from it (BOLT #4, "Key Generation").

use core::fmt;

use chacha20::cipher::{KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};
use chacha20::ChaCha20;
use hmac::{Hmac, Mac as _};
use secp256k1::ecdh::SharedSecret;
use secp256k1::{PublicKey, Scalar};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroize as _;

/// Who can agree on a secret with a point: a node's key, wherever it is kept.
pub trait OnionKey {
    /// Returns sha256 of the product of this key and `point`, compressed.
    fn agree(&self, point: &PublicKey) -> HopSecret;
}

/// What a payer and one hop of its route share, and nobody else knows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HopSecret([u8; 32]);

impl HopSecret {
    /// Wraps the bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn between(point: &PublicKey, scalar: &secp256k1::SecretKey) -> Self {
        Self(SharedSecret::new(point, scalar).secret_bytes())
    }

    /// By which the packet's key is multiplied for the next hop. `None` with a chance of 2^-128.
    pub(super) fn blinding(&self, ephemeral: &PublicKey) -> Option<Scalar> {
        let digest = Sha256::new().chain_update(ephemeral.serialize()).chain_update(self.0);
        Scalar::from_be_bytes(digest.finalize().into()).ok()
    }

    pub(super) fn key(&self, kind: KeyKind) -> StreamKey {
        StreamKey::derive(kind, &self.0)
    }
}

impl Drop for HopSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for HopSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HopSecret(..)")
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyKind {
    /// Hides the packet's content.
    Rho,
    /// Authenticates the packet.
    Mu,
    /// Authenticates a failure.
    Um,
    /// Hides a failure.
    Ammag,
    /// Fills a new packet, so that its length says nothing.
    Pad,
    /// Names a packet that was seen; ours, not BOLT #4's.
    Seen,
}

impl KeyKind {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Rho => b"rho",
            Self::Mu => b"mu",
            Self::Um => b"um",
            Self::Ammag => b"ammag",
            Self::Pad => b"pad",
            Self::Seen => b"seen",
        }
    }
}

/// A key of one kind.
pub(super) struct StreamKey([u8; 32]);

impl StreamKey {
    pub(super) fn derive(kind: KeyKind, secret: &[u8; 32]) -> Self {
        Self(hmac(kind.label()).chain_update(secret).finalize().into_bytes().into())
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Adds the key's stream to `data`, beginning `skip` bytes into the stream.
    pub(super) fn apply(&self, skip: u32, data: &mut [u8]) {
        let mut stream = ChaCha20::new(&self.0.into(), &[0; 12].into());
        stream.seek(skip);
        stream.apply_keystream(data);
    }

    /// Starts the code that authenticates what is fed to it.
    pub(super) fn authenticate(&self, parts: [&[u8]; 2]) -> Hmac<Sha256> {
        hmac(&self.0).chain_update(parts[0]).chain_update(parts[1])
    }
}

impl Drop for StreamKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}
