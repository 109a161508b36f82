//! Why the machine refuses an input, by name.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::commit::{LockRefusal, MalformedOps};
use crate::domain::{ChannelId, Party};
use crate::settlement::SettleRefusal;
use crate::units::{LockId, ProofNonce, TokenAmount};

/// Why an input changes nothing, or what froze a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum ChannelRejection {
    /// The message is about another channel.
    #[error("the message is about channel {id}")]
    ForeignChannel {
        /// The channel named.
        id: ChannelId,
    },
    /// The channel froze, closes, or is closed.
    #[error("the channel is not open")]
    NotOpen,
    /// The link is down, or the two ends have not compared where they stand.
    #[error("the link is not resumed")]
    NotResumed,
    /// The signer holds another key than the one the channel was made with.
    #[error("the signer is not the holder of the channel")]
    WrongHolder,
    /// The commit is refused.
    #[error(transparent)]
    Commit(#[from] CommitRejection),
    /// The command is refused.
    #[error(transparent)]
    Intent(#[from] IntentRejection),
    /// The two ends do not fit together.
    #[error(transparent)]
    Resume(#[from] ResumeRejection),
    /// The settle or cooperative close is refused.
    #[error(transparent)]
    Settle(#[from] SettleRefusal),
    /// A signature under a settle or a cooperative close is not the counterparty's.
    #[error("the signature is not the counterparty's")]
    WrongCountersigner,
    /// A lock was revealed on chain in time, and its payer did not pay it.
    #[error("lock {id} was revealed in time and is not paid")]
    UnpaidReveal {
        /// The lock.
        id: LockId,
    },
    /// No proposal fits an answer.
    #[error("no such proposal waits for an answer")]
    UnknownProposal,
}

impl ChannelRejection {
    /// Returns the refusal's own name, such as `SkippedNonce`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Commit(CommitRejection::Malformed(malformed)) => malformed.into(),
            Self::Commit(rejection) => rejection.into(),
            Self::Intent(IntentRejection::Lock(refusal)) => refusal.into(),
            Self::Intent(IntentRejection::Malformed(malformed)) => malformed.into(),
            Self::Intent(rejection) => rejection.into(),
            Self::Resume(rejection) => rejection.into(),
            Self::Settle(refusal) => refusal.into(),
            Self::ForeignChannel { .. }
            | Self::NotOpen
            | Self::NotResumed
            | Self::WrongHolder
            | Self::WrongCountersigner
            | Self::UnpaidReveal { .. }
            | Self::UnknownProposal => self.into(),
        }
    }
}

/// Why a commit is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum CommitRejection {
    /// Its direction is the holder's own.
    #[error("party {payer} does not pay the holder")]
    WrongDirection {
        /// The payer named.
        payer: Party,
    },
    /// It was accepted already, or is older.
    #[error("commit {found} after {newest}")]
    StaleNonce {
        /// Its nonce.
        found: ProofNonce,
        /// The newest accepted.
        newest: ProofNonce,
    },
    /// One is missing before it.
    #[error("commit {found} instead of the one after {newest}")]
    SkippedNonce {
        /// Its nonce.
        found: ProofNonce,
        /// The newest accepted.
        newest: ProofNonce,
    },
    /// The payer signed another proof with that nonce.
    #[error("the payer signed two proofs with the nonce {nonce}")]
    ForkedProof {
        /// The nonce.
        nonce: ProofNonce,
    },
    /// The signature is not the counterparty's.
    #[error("the commit is not signed by the counterparty")]
    WrongSigner,
    /// Its operations make no sense, or are too many.
    #[error(transparent)]
    Malformed(#[from] MalformedOps),
    /// The proof's totals do not follow from the operations.
    #[error(
        "the proof has {transferred} transferred and {locked} locked, other than its operations"
    )]
    WrongTotals {
        /// Transferred by the proof.
        transferred: TokenAmount,
        /// Locked by the proof.
        locked: TokenAmount,
    },
    /// The proof's root does not follow from the operations.
    #[error("the proof's locks are not those of its operations")]
    WrongLocksRoot,
    /// The proof's meta hash does not cover the operations.
    #[error("the proof does not cover its operations")]
    WrongMetaHash,
    /// It acknowledges what was not sent, or less than before.
    #[error("the commit acknowledges {ack_nonce} wrongly")]
    WrongAck {
        /// The nonce acknowledged.
        ack_nonce: ProofNonce,
    },
    /// The payer did not wait for acks.
    #[error("{found} commits without an ack, at most {limit}")]
    TooManyUnacked {
        /// How many.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// The payer does not have what it promises.
    #[error("the payer promises {committed} in total, more than it has")]
    CapacityExceeded {
        /// Transfers and locks of the proof.
        committed: TokenAmount,
    },
    /// More locks at once than allowed.
    #[error("{found} locks at once, at most {limit}")]
    TooManyLocks {
        /// How many.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// Lock ids ascend and are never used twice.
    #[error("the id of lock {id} was used before")]
    LockIdReused {
        /// The id.
        id: LockId,
    },
    /// No lock has that id.
    #[error("there is no lock {id}")]
    UnknownLock {
        /// The id.
        id: LockId,
    },
    /// A sum leaves the range of an amount.
    #[error("a total exceeds 2^128 - 1")]
    AmountOverflow,
    /// The preimage is not the lock's.
    #[error("the preimage is not that of lock {id}")]
    WrongPreimage {
        /// The lock.
        id: LockId,
    },
    /// A payer may drop a lock only when its payee failed it.
    #[error("lock {id} is dropped, and its payee did not fail it")]
    UnjustifiedDrop {
        /// The lock.
        id: LockId,
    },
    /// After data was lost nobody knows whether the lock was failed: it stays until it expires.
    #[error("lock {id} is dropped before its expiry, and the log that knew it is lost")]
    OrphanDropped {
        /// The lock.
        id: LockId,
    },
    /// A cooperative close is signed: nothing moves any more.
    #[error("a cooperative close is signed")]
    MovedWhileLeaving,
}

impl CommitRejection {
    /// Whether the commit contradicts what its payer signed or may sign, so that the channel freezes.
    /// Otherwise the link is to be opened anew: the two ends then compare where they stand.
    #[must_use]
    pub const fn freezes(&self) -> bool {
        !matches!(
            self,
            Self::WrongDirection { .. }
                | Self::StaleNonce { .. }
                | Self::SkippedNonce { .. }
                | Self::OrphanDropped { .. }
        )
    }
}

/// Why a command of the holder is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum IntentRejection {
    /// More than can be paid now.
    #[error("{asked} is more than the {available} that can be paid now")]
    CapacityExceeded {
        /// The amount asked for.
        asked: TokenAmount,
        /// What can be paid.
        available: TokenAmount,
    },
    /// More locks at once than allowed.
    #[error("{limit} locks are under way")]
    TooManyLocks {
        /// The bound.
        limit: usize,
    },
    /// The lock would not be safe for its payee.
    #[error(transparent)]
    Lock(#[from] LockRefusal),
    /// The operation cannot be written down.
    #[error(transparent)]
    Malformed(#[from] MalformedOps),
    /// No incoming lock has that id.
    #[error("there is no incoming lock {id}")]
    UnknownLock {
        /// The id.
        id: LockId,
    },
    /// The preimage is not the lock's.
    #[error("the preimage is not that of lock {id}")]
    WrongPreimage {
        /// The lock.
        id: LockId,
    },
    /// The lock was fulfilled or failed before.
    #[error("lock {id} is decided")]
    LockDecided {
        /// The lock.
        id: LockId,
    },
    /// Data was lost: the lock may be forwarded, so it is not failed before it expires.
    #[error("lock {id} came before data was lost and may be forwarded")]
    OrphanLock {
        /// The lock.
        id: LockId,
    },
    /// Too much waits to be sent.
    #[error("{limit} operations wait to be sent")]
    QueueFull {
        /// The bound.
        limit: usize,
    },
    /// A cooperative close is proposed or signed.
    #[error("the channel is about to be closed")]
    Leaving,
    /// The channel is not on chain in a way that allows it.
    #[error("the channel closes already")]
    AlreadyClosing,
}

/// Why a link does not resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum ResumeRejection {
    /// It comes once, when a link opens.
    #[error("a resume in the middle of a link")]
    UnexpectedResume,
    /// Nothing was lost, so nothing is taken over.
    #[error("a restore that was not needed")]
    UnexpectedRestore,
    /// Both ends know a proof of that number, and not the same one.
    #[error("the ends know different proofs with the nonce {nonce}")]
    ForkedState {
        /// The nonce.
        nonce: ProofNonce,
    },
    /// The restored proof is not signed by the holder, or older than what the holder has.
    #[error("the restored proof {nonce} is not the holder's newest")]
    NotOwnProof {
        /// Its nonce.
        nonce: ProofNonce,
    },
    /// The proof handed back with it is not the one that the holder acknowledged.
    #[error("the restored proof acknowledges another one")]
    NotAcknowledged,
    /// Leaves do not give the root of their proof.
    #[error("the restored locks are not those of the proof")]
    WrongLeaves,
}
