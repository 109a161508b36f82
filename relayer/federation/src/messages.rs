//! Everything that passes between attesters and relayers, in its wire form.
//!
//! A message is a version byte and a postcard document; a request is answered by one response. Decides
//! what bytes are a message; leaves out framing, authentication and what is done about it.

use bitcoin::XOnlyPublicKey;
use farbank_types::{BitcoinHeight, EvmBlockNumber, B256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::custody::SigningRequest;
use crate::dkg::{DkgMessage, DkgRejection};
use crate::group::GroupHash;
use crate::identity::{AttesterIndex, MAX_ATTESTERS};
use crate::policy::PolicyRefusal;
use crate::signing::{
    Commitments, SessionId, SignatureShares, SigningRefusal, SigningSet, MAX_INPUTS,
};

/// Version of every message that this code writes and reads: its first byte.
pub const PROTOCOL_VERSION: u8 = 1;

/// Hello, status, refusals, key generation (at most 64 points or hashes), shares: all below 4 KiB.
const SMALL: usize = 4 * 1024;
/// A custody transaction (10,000 vB) with its redemptions, some 100 bytes each, and deposits.
const PROPOSAL: usize = 64 * 1024;
/// Commitments to one input: a header of 5 bytes and two points.
const COMMITMENT: usize = 5 + 2 * 33;
/// The commitments of one attester, with room for lengths and names.
const COMMITTED: usize = MAX_INPUTS * COMMITMENT + 64;
/// The commitments of every attester: the most costly message to decode, at two square roots each.
const SIGNING_SET: usize = MAX_ATTESTERS as usize * COMMITTED;

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum MessageRejection {
    /// It ends before its kind.
    #[error("a message of {found} bytes has no kind")]
    TooShort {
        /// Bytes received.
        found: usize,
    },
    /// Longer than any message of its kind.
    #[error("{found} bytes for a message of at most {limit}")]
    TooLarge {
        /// Its length.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// The peer speaks another version.
    #[error("message of version {found}, this program speaks {PROTOCOL_VERSION}")]
    UnknownVersion {
        /// The version byte.
        found: u8,
    },
    /// No message has that number.
    #[error("no message has the number {found}")]
    UnknownKind {
        /// The kind's byte.
        found: u8,
    },
    /// Its content is not that of its kind, or out of range.
    #[error("the message makes no sense")]
    Malformed,
    /// Something follows the message.
    #[error("{left} bytes follow the message")]
    TrailingBytes {
        /// How many.
        left: usize,
    },
}

/// Who speaks, and about which bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Name of the bridge ("instance" of the contract); nothing before it is deployed.
    pub instance: Option<B256>,
}

/// How an attester stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttesterStatus {
    /// Its number.
    pub index: AttesterIndex,
    /// The bridge that it serves; nothing before it is deployed.
    pub instance: Option<B256>,
    /// The group whose share it has stored; nothing before the key generation. Deploy only when all
    /// attesters answer the same.
    pub group: Option<GroupHash>,
    /// Tip of its Bitcoin header chain.
    pub bitcoin_tip: Option<BitcoinHeight>,
    /// Newest side-chain block that is final for it.
    pub final_block: Option<EvmBlockNumber>,
}

/// A batch to be signed: the inputs of a custody transaction that one federation key signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The attempt.
    pub session: SessionId,
    /// Whose inputs: after a rotation a transaction spends outputs of two keys, in two sessions.
    pub key: XOnlyPublicKey,
    /// What is asked for.
    pub request: SigningRequest,
}

/// What a peer asks of an attester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Opens a connection. Answer: [`Response::Status`].
    Hello(Hello),
    /// First round of signing. Answer: [`Response::Committed`].
    Propose(Box<Proposal>),
    /// Second round. Answer: [`Response::Signed`].
    Sign(SigningSet),
    /// From another attester. Answer: [`Response::DkgTaken`].
    Dkg(DkgMessage),
}

/// What an attester answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// How it stands.
    Status(AttesterStatus),
    /// It would sign.
    Committed {
        /// The attempt.
        session: SessionId,
        /// For each input of the key, in the transaction's order.
        commitments: Commitments,
    },
    /// It has signed.
    Signed {
        /// The attempt.
        session: SessionId,
        /// For each input of the key, in the transaction's order.
        shares: SignatureShares,
    },
    /// The message reached its key generation.
    DkgTaken,
    /// It declines.
    Refused(Refusal),
}

/// Why an attester declines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum Refusal {
    /// Not a message.
    #[error(transparent)]
    Message(#[from] MessageRejection),
    /// The peer serves another bridge.
    #[error("the peer serves bridge {theirs:?}, this attester {ours:?}")]
    WrongInstance {
        /// The attester's.
        ours: Option<B256>,
        /// The peer's.
        theirs: Option<B256>,
    },
    /// The peer's role does not allow that request.
    #[error("this request is not the peer's to make")]
    NotAllowed,
    /// The attester holds no share of that key.
    #[error("no share of the federation key {key}")]
    NoShare {
        /// The key asked for.
        key: XOnlyPublicKey,
    },
    /// No key generation runs here.
    #[error("no key generation runs here")]
    NoCeremony,
    /// A fault of the attester's own disk or nodes; ask again later.
    #[error("this attester has a fault of its own; ask again later")]
    Unavailable,
    /// It must not be signed, or not now.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// The round was not followed.
    #[error(transparent)]
    Signing(#[from] SigningRefusal),
    /// The key generation does not take it.
    #[error(transparent)]
    Dkg(#[from] DkgRejection),
}

impl Refusal {
    /// Returns the refusal's own name, such as `UnknownSession`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Message(rejection) => rejection.into(),
            Self::Policy(refusal) => refusal.name(),
            Self::Signing(refusal) => refusal.into(),
            Self::Dkg(rejection) => rejection.into(),
            Self::WrongInstance { .. }
            | Self::NotAllowed
            | Self::NoShare { .. }
            | Self::NoCeremony
            | Self::Unavailable => self.into(),
        }
    }
}

impl Request {
    /// Writes the wire form. Zeroised on drop, since it may carry a secret share.
    ///
    /// # Errors
    /// [`MessageRejection::TooLarge`].
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, MessageRejection> {
        encode(self, Self::limit)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// [`MessageRejection`].
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageRejection> {
        decode(bytes, Self::limit)
    }

    /// The most bytes of a message, by its kind: the variant's number.
    const fn limit(kind: u8) -> Option<usize> {
        match kind {
            0 | 3 => Some(SMALL),
            1 => Some(PROPOSAL),
            2 => Some(SIGNING_SET),
            _ => None,
        }
    }
}

impl Response {
    /// Writes the wire form.
    ///
    /// # Errors
    /// [`MessageRejection::TooLarge`].
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, MessageRejection> {
        encode(self, Self::limit)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// [`MessageRejection`].
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageRejection> {
        decode(bytes, Self::limit)
    }

    const fn limit(kind: u8) -> Option<usize> {
        match kind {
            0 | 2..=4 => Some(SMALL),
            1 => Some(COMMITTED),
            _ => None,
        }
    }
}

fn encode(
    message: &impl Serialize,
    limit: fn(u8) -> Option<usize>,
) -> Result<Zeroizing<Vec<u8>>, MessageRejection> {
    // Room for every message that carries a secret: a buffer that grows leaves copies behind.
    let mut bytes = Vec::with_capacity(SMALL);
    bytes.push(PROTOCOL_VERSION);
    let bytes = postcard::to_extend(message, bytes).map_err(|_| MessageRejection::Malformed)?;
    let bytes = Zeroizing::new(bytes);
    check_size(&bytes, limit)?;
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    limit: fn(u8) -> Option<usize>,
) -> Result<T, MessageRejection> {
    let content = check_size(bytes, limit)?;
    let (message, rest) =
        postcard::take_from_bytes(content).map_err(|_| MessageRejection::Malformed)?;
    if !rest.is_empty() {
        return Err(MessageRejection::TrailingBytes { left: rest.len() });
    }
    Ok(message)
}

/// Checks version, kind and length before anything is decoded; returns what follows the version.
fn check_size(bytes: &[u8], limit: fn(u8) -> Option<usize>) -> Result<&[u8], MessageRejection> {
    let found = bytes.len();
    let Some((version, content)) = bytes.split_first() else {
        return Err(MessageRejection::TooShort { found });
    };
    if *version != PROTOCOL_VERSION {
        return Err(MessageRejection::UnknownVersion { found: *version });
    }
    let kind = *content.first().ok_or(MessageRejection::TooShort { found })?;
    let limit = limit(kind).ok_or(MessageRejection::UnknownKind { found: kind })?;
    if found > limit {
        return Err(MessageRejection::TooLarge { found, limit });
    }
    Ok(content)
}
