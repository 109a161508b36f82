//! Operations and their wire form.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::locks::Lock;
use crate::settlement::Counted;
use crate::units::{LockId, PaymentHash, Preimage, TokenAmount};

/// Most bytes of one commit's operations.
pub const MAX_OPS_BYTES: usize = 64 * 1024;
/// Most operations of one commit: bounds what decoding allocates.
pub const MAX_OPS: usize = 4_096;
/// Most locks that one commit adds.
pub const MAX_ADDS: usize = 64;
/// Most locks with a full onion that one commit adds: peeling one costs more than a signature.
pub const MAX_ONION_ADDS: usize = 16;
/// What an onion may have without counting as a full one: a payment to the direct peer, or one of a session.
pub const SHORT_ONION: usize = 512;
/// Longest onion: 1,366 bytes of BOLT #4 and a kind.
pub const MAX_ONION: usize = 1_400;
/// Longest memo of an unconditional payment.
pub const MAX_MEMO: usize = 512;
/// Longest reason of a failure: an error onion with attribution data (BOLT #4).
pub const MAX_REASON: usize = 2_048;

/// One step of a direction. The payer adds, unlocks, drops and pays; what it states as the payee of
/// the other direction (fulfil, fail, count) rides along. The position of a variant is its number on
/// the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// A new lock, with what the payee needs to carry the payment on.
    Add {
        /// The lock.
        lock: Lock,
        /// Onion or payload; the channel does not read it.
        onion: Vec<u8>,
    },
    /// A lock becomes a transfer.
    Unlock(LockId),
    /// A lock that the payee failed returns to the payer.
    Drop(LockId),
    /// An amount without a condition.
    Pay {
        /// The amount.
        amount: TokenAmount,
        /// What it is for; the channel does not read it.
        memo: Vec<u8>,
    },
    /// The payee shows the preimage of a lock of the other direction.
    Fulfil {
        /// The lock.
        lock: LockId,
        /// Its preimage.
        preimage: Preimage,
    },
    /// The payee gives up a lock of the other direction for ever.
    Fail {
        /// The lock.
        lock: LockId,
        /// Why.
        reason: FailReason,
    },
    /// The payee says what of the other direction's payer it counts: final funding, and settles that
    /// are paid or may still be. The payer spends no more than that, so the two never disagree about
    /// blocks that one of them has not seen yet.
    Count(Counted),
}

impl Op {
    /// Returns the most bytes that its wire form can have: the number of its kind, integers at their
    /// longest, and its data with a length.
    pub(crate) const fn size_bound(&self) -> usize {
        match self {
            // id, amount, expiry, hash
            Self::Add { onion, .. } => 1 + 10 + 19 + 10 + 33 + 3 + onion.len(),
            Self::Unlock(_) | Self::Drop(_) => 1 + 10,
            Self::Pay { memo, .. } => 1 + 19 + 3 + memo.len(),
            Self::Fulfil { .. } => 1 + 10 + 33,
            Self::Fail { reason: FailReason::Onion(onion), .. } => 1 + 10 + 1 + 3 + onion.len(),
            Self::Fail { reason: FailReason::Refused(_), .. } => 1 + 10 + 1 + 1 + 33,
            Self::Count(_) => 1 + 19 + 19,
        }
    }
}

/// Why a lock was failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailReason {
    /// By the channel itself, at the payee's node.
    Refused(LockRefusal),
    /// By the payee or behind it; the channel does not read it.
    Onion(Vec<u8>),
}

/// Why a channel fails a lock that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum LockRefusal {
    /// Its expiry lies beyond what a challenge period protects.
    #[error("the lock expires at {expiry}, at most {limit} is safe")]
    LockTooLong {
        /// Its expiry.
        expiry: UnixTime,
        /// The latest that is taken.
        limit: UnixTime,
    },
    /// Too little time is left to claim it.
    #[error("the lock expires at {expiry}, at least {limit} is needed")]
    LockTooShort {
        /// Its expiry.
        expiry: UnixTime,
        /// The earliest that is taken.
        limit: UnixTime,
    },
    /// The final block that the payee knows is too old to take risks on.
    #[error("the final block of {head} is too old")]
    StaleHead {
        /// Time of that block.
        head: UnixTime,
    },
    /// The preimage is on chain already: the payee could claim a new lock of that hash at once, and
    /// nobody would be told.
    #[error("the preimage of {hash} is on chain already")]
    HashRevealed {
        /// The hash.
        hash: PaymentHash,
    },
    /// A final block is later than its expiry, and nobody revealed the preimage.
    #[error("the lock expired at {expiry}")]
    LockExpired {
        /// Its expiry.
        expiry: UnixTime,
    },
}

/// Why bytes are no operations of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum MalformedOps {
    /// Longer than a commit may be.
    #[error("{found} bytes of operations, at most {MAX_OPS_BYTES}")]
    TooLarge {
        /// The length.
        found: usize,
    },
    /// More than a commit may have.
    #[error("{found} operations, at most {limit} of that kind")]
    TooManyOps {
        /// How many.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// Not in the wire form.
    #[error("the operations make no sense")]
    Malformed,
    /// A preimage is exactly 32 bytes.
    #[error("a preimage of {found} bytes, not of 32")]
    BadPreimageLength {
        /// Its length.
        found: usize,
    },
    /// Onion, memo or reason are bounded.
    #[error("{found} bytes of data with an operation, at most {limit}")]
    DataTooLarge {
        /// The length.
        found: usize,
        /// The bound.
        limit: usize,
    },
    /// A payment pays something.
    #[error("a lock or a payment of nothing")]
    ZeroAmount,
}

/// The wire form of [`Op`] as it is read: borrows from the frame, and keeps a preimage's length for
/// the refusal.
#[derive(Deserialize)]
enum WireOp<'a> {
    Add { lock: Lock, onion: &'a [u8] },
    Unlock(LockId),
    Drop(LockId),
    Pay { amount: TokenAmount, memo: &'a [u8] },
    Fulfil { lock: LockId, preimage: &'a [u8] },
    Fail { lock: LockId, reason: WireReason<'a> },
    Count(Counted),
}

#[derive(Deserialize)]
enum WireReason<'a> {
    Refused(LockRefusal),
    Onion(&'a [u8]),
}

pub(super) fn encode(ops: &[Op]) -> Result<Vec<u8>, MalformedOps> {
    if ops.is_empty() {
        return Ok(Vec::new());
    }
    check_counts(ops)?;
    let bytes = postcard::to_allocvec(ops).map_err(|_| MalformedOps::Malformed)?;
    check_size(&bytes)?;
    Ok(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Op>, MalformedOps> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    check_size(bytes)?;
    let (wire, rest) =
        postcard::take_from_bytes::<Vec<WireOp<'_>>>(bytes).map_err(|_| MalformedOps::Malformed)?;
    // No operations are no bytes, so that an ack has one form only.
    if !rest.is_empty() || wire.is_empty() {
        return Err(MalformedOps::Malformed);
    }
    let ops = wire.into_iter().map(from_wire).collect::<Result<Vec<_>, _>>()?;
    check_counts(&ops)?;
    Ok(ops)
}

fn check_size(bytes: &[u8]) -> Result<(), MalformedOps> {
    let found = bytes.len();
    if found > MAX_OPS_BYTES {
        return Err(MalformedOps::TooLarge { found });
    }
    Ok(())
}

fn check_counts(ops: &[Op]) -> Result<(), MalformedOps> {
    let onions = |op: &Op| matches!(op, Op::Add { onion, .. } if onion.len() > SHORT_ONION);
    let bounds = [
        (ops.len(), MAX_OPS),
        (ops.iter().filter(|op| matches!(op, Op::Add { .. })).count(), MAX_ADDS),
        (ops.iter().filter(|op| onions(op)).count(), MAX_ONION_ADDS),
    ];
    for (found, limit) in bounds {
        if found > limit {
            return Err(MalformedOps::TooManyOps { found, limit });
        }
    }
    ops.iter().try_for_each(check)
}

fn check(op: &Op) -> Result<(), MalformedOps> {
    let (data, limit, amount) = match op {
        Op::Add { lock, onion } => (onion.len(), MAX_ONION, Some(lock.amount)),
        Op::Pay { amount, memo } => (memo.len(), MAX_MEMO, Some(*amount)),
        Op::Fail { reason: FailReason::Onion(reason), .. } => (reason.len(), MAX_REASON, None),
        Op::Fail { reason: FailReason::Refused(_), .. }
        | Op::Unlock(_)
        | Op::Drop(_)
        | Op::Fulfil { .. }
        | Op::Count(_) => return Ok(()),
    };
    if data > limit {
        return Err(MalformedOps::DataTooLarge { found: data, limit });
    }
    if amount == Some(TokenAmount::ZERO) {
        return Err(MalformedOps::ZeroAmount);
    }
    Ok(())
}

fn from_wire(op: WireOp<'_>) -> Result<Op, MalformedOps> {
    Ok(match op {
        WireOp::Add { lock, onion } => Op::Add { lock, onion: onion.to_vec() },
        WireOp::Unlock(id) => Op::Unlock(id),
        WireOp::Drop(id) => Op::Drop(id),
        WireOp::Pay { amount, memo } => Op::Pay { amount, memo: memo.to_vec() },
        WireOp::Fulfil { lock, preimage } => {
            let found = preimage.len();
            let preimage =
                preimage.try_into().map_err(|_| MalformedOps::BadPreimageLength { found })?;
            Op::Fulfil { lock, preimage: Preimage::new(preimage) }
        }
        WireOp::Fail { lock, reason } => Op::Fail {
            lock,
            reason: match reason {
                WireReason::Refused(refusal) => FailReason::Refused(refusal),
                WireReason::Onion(onion) => FailReason::Onion(onion.to_vec()),
            },
        },
        WireOp::Count(counted) => Op::Count(counted),
    })
}
