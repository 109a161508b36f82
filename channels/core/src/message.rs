//! Everything that passes between the two nodes of a channel, in its wire form.
//!
//! A message is a version byte and a postcard document. Decides what bytes are a message; leaves out
//! framing, authentication and what is done about it.

use farbank_types::{Bytes, B256};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::commit::{Commit, MAX_OPS_BYTES};
use crate::domain::{ChannelId, Digest};
use crate::locks::{LEAF_LENGTH, MAX_LOCKS_ON_CHAIN};
use crate::objects::{CoopClose, Settle, SignedProof, SignedSettle};
use crate::settlement::SettleRefusal;
use crate::signature::CompactSignature;
use crate::units::{LockId, ProofNonce, SettleSeq};

/// Version of every message that this code writes and reads: its first byte.
pub const PROTOCOL_VERSION: u8 = 1;

/// Everything but commits and restores.
const SMALL: usize = 4 * 1024;
/// Operations, proof and signature.
const COMMIT: usize = MAX_OPS_BYTES + 1_024;
/// The leaves of both directions, proofs and settles.
const RESTORE: usize = 2 * MAX_LOCKS_ON_CHAIN * LEAF_LENGTH + 8 * 1024;
/// Most settles that a restore hands back; each lives half an hour at most.
pub(crate) const MAX_RESTORED_SETTLES: usize = 16;

/// Where a node stands when a link opens. Both send it, and nothing else before the other's came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The channel.
    pub id: ChannelId,
    /// Number of the newest proof that the sender signed.
    pub out_nonce: ProofNonce,
    /// Its digest; 0 for none.
    pub out_hash: Digest,
    /// Number of the sender's newest proof that the receiver acknowledged.
    pub acked: ProofNonce,
    /// Number of the newest proof that the sender accepted from the receiver.
    pub in_nonce: ProofNonce,
    /// Its digest; 0 for none.
    pub in_hash: Digest,
    /// Whether the sender still makes commits; not once it froze or saw the channel close.
    pub is_open: bool,
    /// Greatest sequence of a settle that the sender has signed or seen; 0 for none.
    pub settle_seq: SettleSeq,
}

/// What a node hands to a counterparty that lost its newest state. Only what the counterparty signed
/// itself binds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// The channel.
    pub id: ChannelId,
    /// The counterparty's newest proof.
    pub newest: SignedProof,
    /// The leaves of its locks.
    pub newest_leaves: Bytes,
    /// The greatest id that a lock of that direction had.
    pub newest_last_lock: LockId,
    /// The sender's proof that the counterparty's newest acknowledges; nothing before the first.
    pub acked: Option<SignedProof>,
    /// The leaves of its locks.
    pub acked_leaves: Bytes,
    /// The greatest id that a lock of that direction had.
    pub acked_last_lock: LockId,
    /// Settles that the counterparty signed and that may still be paid.
    pub settles: Vec<SignedSettle>,
}

/// A refusal to sign a settle or a cooperative close, with what the refuser knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nack {
    /// The channel.
    pub id: ChannelId,
    /// Struct hash of what was proposed.
    pub object: B256,
    /// Why.
    pub why: SettleRefusal,
    /// Number of the newest proof that the refuser signed.
    pub out_nonce: ProofNonce,
    /// Number of the newest proof that it accepted.
    pub in_nonce: ProofNonce,
}

/// A signature over an object that the receiver knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countersignature {
    /// The channel.
    pub id: ChannelId,
    /// Struct hash of what is signed.
    pub object: B256,
    /// The sender's signature.
    pub signature: CompactSignature,
}

/// A message between the two nodes of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelMessage {
    /// First on every link.
    Resume(Resume),
    /// To a counterparty that lost data.
    Restore(Box<Restore>),
    /// A step of the sender's direction.
    Commit(Box<Commit>),
    /// Asks for a signature; carries none, so that the proposer signs last.
    ProposeSettle(Settle),
    /// The answerer signs first, and reserves.
    AcceptSettle(Countersignature),
    /// The proposer has signed too.
    CompleteSettle(Countersignature),
    /// Asks for a signature under a cooperative close.
    ProposeClose(CoopClose),
    /// The answerer signs first, and moves nothing any more.
    AcceptClose(Countersignature),
    /// The proposer has signed too.
    CompleteClose(Countersignature),
    /// A proposal is not signed.
    Nack(Nack),
}

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

impl ChannelMessage {
    /// Returns the channel that it is about.
    #[must_use]
    pub fn channel(&self) -> ChannelId {
        match self {
            Self::Resume(resume) => resume.id,
            Self::Restore(restore) => restore.id,
            Self::Commit(commit) => commit.proof.id,
            Self::ProposeSettle(settle) => settle.id,
            Self::ProposeClose(close) => close.id,
            Self::AcceptSettle(signed)
            | Self::CompleteSettle(signed)
            | Self::AcceptClose(signed)
            | Self::CompleteClose(signed) => signed.id,
            Self::Nack(nack) => nack.id,
        }
    }

    /// Writes the wire form.
    ///
    /// # Errors
    /// [`MessageRejection::TooLarge`].
    pub fn encode(&self) -> Result<Vec<u8>, MessageRejection> {
        let bytes = vec![PROTOCOL_VERSION];
        let bytes = postcard::to_extend(self, bytes).map_err(|_| MessageRejection::Malformed)?;
        check_size(&bytes)?;
        Ok(bytes)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// [`MessageRejection`].
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageRejection> {
        let content = check_size(bytes)?;
        let (message, rest) =
            postcard::take_from_bytes(content).map_err(|_| MessageRejection::Malformed)?;
        if !rest.is_empty() {
            return Err(MessageRejection::TrailingBytes { left: rest.len() });
        }
        Ok(message)
    }
}

/// Checks version, kind and length before anything is decoded; returns what follows the version.
fn check_size(bytes: &[u8]) -> Result<&[u8], MessageRejection> {
    let found = bytes.len();
    let Some((version, content)) = bytes.split_first() else {
        return Err(MessageRejection::TooShort { found });
    };
    if *version != PROTOCOL_VERSION {
        return Err(MessageRejection::UnknownVersion { found: *version });
    }
    let kind = *content.first().ok_or(MessageRejection::TooShort { found })?;
    let limit = match kind {
        0 | 3..=9 => SMALL,
        1 => RESTORE,
        2 => COMMIT,
        _ => return Err(MessageRejection::UnknownKind { found: kind }),
    };
    if found > limit {
        return Err(MessageRejection::TooLarge { found, limit });
    }
    Ok(content)
}
