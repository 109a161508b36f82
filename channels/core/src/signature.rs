//! Keys of channel nodes and their signatures.
//!
//! A signature is what `ecrecover` takes, in the compact form of EIP-2098: `r ‖ yParityAndS`, 64
//! bytes. It is checked by recovering its signer, never only against a known key: the contract has
//! nothing but the recovered address, so a wrong parity bit must fail here already.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use farbank_types::{keccak256, EvmAddress, B256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey, SecretKey, SECP256K1};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::domain::Digest;
use crate::onion::{HopSecret, OnionKey};

/// Why bytes are no key or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum SignatureRejection {
    /// A secret key is 32 bytes from 1 to the group's order less 1.
    #[error("not a secret key of secp256k1")]
    BadSecretKey,
    /// A public key is 33 bytes, a point of the curve.
    #[error("not a compressed public key of secp256k1")]
    BadPublicKey,
    /// `s` lies in the upper half (EIP-2), so the contract would refuse it.
    #[error("the signature has a high s")]
    HighS,
    /// No key can have made it.
    #[error("no key recovers from the signature")]
    Unrecoverable,
}

/// A channel node: its public key on secp256k1, 33 bytes compressed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(PublicKey);

impl NodeId {
    /// Reads the compressed form (SEC 1, section 2.3.3).
    ///
    /// # Errors
    /// [`SignatureRejection::BadPublicKey`].
    pub fn from_bytes(bytes: &[u8; 33]) -> Result<Self, SignatureRejection> {
        PublicKey::from_slice(bytes).map(Self).map_err(|_| SignatureRejection::BadPublicKey)
    }

    /// Returns the compressed form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 33] {
        self.0.serialize()
    }

    /// Returns the point.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.0
    }

    /// Returns the account of that key: the low 20 bytes of keccak256 of the point.
    #[must_use]
    pub fn address(&self) -> EvmAddress {
        let hash = keccak256(&self.0.serialize_uncompressed()[1..]);
        EvmAddress::from_slice(&hash[12..])
    }
}

impl From<PublicKey> for NodeId {
    fn from(key: PublicKey) -> Self {
        Self(key)
    }
}

impl Hash for NodeId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bytes().hash(state);
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

impl fmt::Display for NodeId {
    /// Writes 66 hexadecimal digits, as Lightning nodes are named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for NodeId {
    type Err = SignatureRejection;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| SignatureRejection::BadPublicKey)
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            let bytes = self.to_bytes();
            (bytes[0], B256::from_slice(&bytes[1..])).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            let (parity, x) = <(u8, B256)>::deserialize(deserializer)?;
            let mut bytes = [parity; 33];
            bytes[1..].copy_from_slice(x.as_slice());
            Self::from_bytes(&bytes).map_err(D::Error::custom)
        }
    }
}

/// A signature in the form of EIP-2098.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactSignature {
    /// The x coordinate of the nonce point.
    pub r: B256,
    /// `s`, with the parity of the nonce point's y in the top bit.
    pub vs: B256,
}

impl CompactSignature {
    /// Returns `r ‖ vs`.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(self.r.as_slice());
        bytes[32..].copy_from_slice(self.vs.as_slice());
        bytes
    }

    /// Returns who signed the digest.
    ///
    /// # Errors
    /// [`SignatureRejection::HighS`] and [`SignatureRejection::Unrecoverable`].
    pub fn recover(&self, digest: Digest) -> Result<NodeId, SignatureRejection> {
        let signature = self.to_recoverable()?;
        let plain = signature.to_standard();
        let mut low = plain;
        low.normalize_s();
        if low != plain {
            return Err(SignatureRejection::HighS);
        }
        SECP256K1
            .recover_ecdsa(&message(digest), &signature)
            .map(NodeId)
            .map_err(|_| SignatureRejection::Unrecoverable)
    }

    /// Returns the form that the curve's library recovers from.
    pub(crate) fn to_recoverable(self) -> Result<RecoverableSignature, SignatureRejection> {
        let mut bytes = self.to_bytes();
        let parity = i32::from(bytes[32] >> 7);
        bytes[32] &= 0x7f;
        let parity = RecoveryId::from_i32(parity).map_err(|_| SignatureRejection::Unrecoverable)?;
        RecoverableSignature::from_compact(&bytes, parity)
            .map_err(|_| SignatureRejection::Unrecoverable)
    }

    /// Whether that node signed the digest.
    #[must_use]
    pub fn is_by(&self, signer: NodeId, digest: Digest) -> bool {
        self.recover(digest) == Ok(signer)
    }
}

fn message(digest: Digest) -> Message {
    Message::from_digest(digest.get().0)
}

/// Signs for one channel node.
///
/// The same digest always gives the same signature (RFC 6979): outputs are derived again from the log
/// after a crash and have to be the bytes that were sent before it.
pub trait ChannelSigner {
    /// Returns whose signatures these are.
    fn node_id(&self) -> NodeId;

    /// Signs a digest.
    fn sign(&self, digest: Digest) -> CompactSignature;
}

/// The secret key of a channel node. Erased on drop, never printed.
pub struct NodeKey {
    secret: SecretKey,
    id: NodeId,
}

impl NodeKey {
    /// Takes 32 secret bytes, big-endian.
    ///
    /// # Errors
    /// [`SignatureRejection::BadSecretKey`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SignatureRejection> {
        let secret = SecretKey::from_slice(bytes).map_err(|_| SignatureRejection::BadSecretKey)?;
        let id = NodeId(PublicKey::from_secret_key(SECP256K1, &secret));
        Ok(Self { secret, id })
    }
}

impl OnionKey for NodeKey {
    fn agree(&self, point: &PublicKey) -> HopSecret {
        HopSecret::between(point, &self.secret)
    }
}

impl ChannelSigner for NodeKey {
    fn node_id(&self) -> NodeId {
        self.id
    }

    fn sign(&self, digest: Digest) -> CompactSignature {
        let signature = SECP256K1.sign_ecdsa_recoverable(&message(digest), &self.secret);
        let (parity, bytes) = signature.serialize_compact();
        let (r, mut vs) = (B256::from_slice(&bytes[..32]), B256::from_slice(&bytes[32..]));
        // An id of 2 or 3 means r above the group's order: nobody has ever met one.
        if parity.to_i32() & 1 == 1 {
            vs[0] |= 0x80;
        }
        CompactSignature { r, vs }
    }
}

impl Drop for NodeKey {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeKey").field("id", &self.id).finish_non_exhaustive()
    }
}
