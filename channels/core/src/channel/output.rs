//! What follows from an input, and what is to be done on chain while a state lasts.

use farbank_types::{Bytes, UnixTime};
use serde::{Deserialize, Serialize};

use super::rejection::ChannelRejection;
use crate::commit::{FailReason, LockRefusal};
use crate::domain::Sides;
use crate::locks::Lock;
use crate::message::ChannelMessage;
use crate::objects::{CoopClose, Settle, SignedProof};
use crate::settlement::SettleRefusal;
use crate::signature::CompactSignature;
use crate::units::{LockId, PaymentHash, Preimage, TokenAmount};

/// What an input leads to, in order. Derived again, byte for byte, when the log is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelOutput {
    /// To the counterparty, once the input is durable.
    Send(ChannelMessage),
    /// Both ends know where the other stands: payments flow.
    Resumed,
    /// The holder's lock has that id, and goes with the next commit.
    LockQueued(LockId),
    /// An incoming lock is held, signed by its payer: it may be forwarded or claimed.
    LockOffered {
        /// The lock.
        lock: Lock,
        /// What its payer sent with it.
        onion: Vec<u8>,
    },
    /// The counterparty acknowledged the holder's lock.
    LockAccepted(LockId),
    /// The holder's lock was claimed in time, by a message or on chain: the preimage is good upstream.
    Fulfilled {
        /// The lock.
        lock: LockId,
        /// Its hash.
        hash: PaymentHash,
        /// The preimage.
        preimage: Preimage,
    },
    /// The counterparty gave the holder's lock up. Not yet safe to fail upstream.
    Failed {
        /// The lock.
        lock: LockId,
        /// Why.
        reason: FailReason,
    },
    /// The holder's lock can never be claimed any more: now it is safe to fail upstream.
    Dropped {
        /// The lock.
        lock: LockId,
        /// How that is known.
        cause: DropCause,
    },
    /// Data was lost, and with it what became of the holder's lock: it was paid or dropped. To be
    /// treated as paid: never paid again, never failed upstream.
    Vanished(LockId),
    /// Data was lost while an unconditional payment waited to be signed. To be treated as paid.
    PaymentVanished {
        /// The amount.
        amount: TokenAmount,
        /// What it was for.
        memo: Vec<u8>,
    },
    /// An incoming lock became a transfer.
    Claimed(LockId),
    /// An unconditional payment came.
    PaymentReceived {
        /// The amount.
        amount: TokenAmount,
        /// What its payer sent with it.
        memo: Vec<u8>,
    },
    /// Both signed: anybody may post it until its deadline.
    SettleReady {
        /// The settle.
        settle: Settle,
        /// The signatures of A and of B.
        signatures: Sides<CompactSignature>,
    },
    /// The holder's proposal is not signed.
    SettleRefused {
        /// The proposal.
        settle: Settle,
        /// Why.
        why: SettleRefusal,
    },
    /// Both signed: anybody may post it until its deadline. Nothing is paid off chain any more.
    CloseReady {
        /// The close.
        close: CoopClose,
        /// The signatures of A and of B.
        signatures: Sides<CompactSignature>,
    },
    /// The holder's proposal is not signed.
    CloseRefused {
        /// Why.
        why: SettleRefusal,
    },
    /// Nothing is signed and nothing accepted any more; the holder should close.
    Freeze {
        /// Why.
        why: ChannelRejection,
    },
    /// The newest state came back from the counterparty.
    Restored,
}

/// How it is known that a lock can never be claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DropCause {
    /// The payee gave it up, and acknowledged a proof without it.
    Failed(FailReason),
    /// A final block is later than its expiry, and nobody revealed the preimage.
    Expired,
    /// It was never signed.
    NotSent(LockRefusal),
    /// It was never signed, since the channel is not open any more.
    Unsendable,
}

/// What is to be done on chain while the state lasts. Idempotent: asked for again after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainDuty {
    /// Reveal by that time, or the lock is lost.
    Reveal {
        /// What to reveal.
        preimage: Preimage,
        /// The last second that counts.
        by: UnixTime,
    },
    /// Close the channel with the counterparty's newest proof; nothing, when it never paid.
    Close {
        /// The proof.
        newest: Option<Box<SignedProof>>,
    },
    /// Show a newer proof before that time.
    Counter {
        /// The proof.
        proof: Box<SignedProof>,
        /// The payee's proof that acknowledges it; needed when the payee does not post it itself.
        ack: Option<Box<SignedProof>>,
        /// End of the challenge period.
        by: UnixTime,
    },
    /// Pay out.
    Finalise {
        /// What was posted for each direction.
        directions: Sides<FinaliseClaim>,
    },
}

/// The preimage of what the contract keeps of a direction; the default stands for no proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinaliseClaim {
    /// Transferred by the posted proof.
    pub transferred: TokenAmount,
    /// The leaves of its locks.
    pub leaves: Bytes,
}

/// A proof that a watcher can post, with what it needs for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedProof {
    /// The proof.
    pub proof: SignedProof,
    /// The leaves of its locks.
    pub leaves: Bytes,
    /// The payee's proof that acknowledges it.
    pub ack: SignedProof,
}

/// What a watcher of the holder keeps. It replaces what it had of the channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchUpdate {
    /// The newest proof to the holder that the holder acknowledged.
    pub incoming: Option<WatchedProof>,
    /// The newest proof of the holder that the counterparty acknowledged.
    pub outgoing: Option<WatchedProof>,
    /// The leaves of the holder's proofs that the counterparty may post and has not acknowledged.
    pub unacked_leaves: Vec<Bytes>,
    /// Preimages of incoming locks that are not paid, each with its last moment off chain.
    pub claims: Vec<(Preimage, UnixTime)>,
}
