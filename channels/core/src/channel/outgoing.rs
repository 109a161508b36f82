//! The direction that the holder pays.

use std::collections::{BTreeMap, VecDeque};

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::parameters::{MAX_UNACKED, MAX_UNACKED_WITH_ACKS};
use crate::commit::{Commit, FailReason, Op};
use crate::domain::Digest;
use crate::locks::{Lock, LockSet};
use crate::objects::SignedProof;
use crate::settlement::Counted;
use crate::units::{LockId, ProofNonce, TokenAmount};

/// State of a lock that the holder offers; nothing is kept once it is unlocked or dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OutState {
    /// Waits to be signed.
    Queued,
    /// Signed, undecided.
    Live,
    /// The payee failed it; dropped once it acknowledges a proof without it.
    Failed(FailReason),
    /// Can never be claimed, as final blocks say; stays in the proofs until the payee fails it.
    Expired,
    /// Came back from the counterparty after data was lost.
    Orphan {
        /// Whether the payee failed it; it is dropped only after it expired.
        failed: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OutLock {
    pub(super) lock: Lock,
    pub(super) unlock_until: UnixTime,
    pub(super) state: OutState,
}

/// A commit that is not acknowledged, with what its ack will mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) commit: Commit,
    pub(super) digest: Digest,
    /// The locks of its proof: the counterparty may post any proof that it holds.
    pub(super) locks: LockSet,
    pub(super) last_lock: LockId,
    pub(super) added: Vec<LockId>,
    pub(super) dropped: Vec<LockId>,
    /// Commits with operations that the holder had accepted when it signed.
    pub(super) accepted: u64,
}

/// The newest proof that the counterparty is known to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acked {
    pub(super) nonce: ProofNonce,
    pub(super) digest: Digest,
    pub(super) proof: Option<SignedProof>,
    pub(super) locks: LockSet,
    pub(super) last_lock: LockId,
    /// Commits with operations that the holder had accepted when it signed; unknown after data was lost.
    pub(super) accepted: Option<u64>,
    /// The counterparty's proof that acknowledges it.
    pub(super) evidence: Option<SignedProof>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outgoing {
    /// As of the newest signed proof.
    pub(super) ledger: Ledger,
    pub(super) newest: Option<SignedProof>,
    pub(super) unacked: VecDeque<Sent>,
    pub(super) acked: Acked,
    pub(super) locks: BTreeMap<LockId, OutLock>,
    /// Operations for the next commits.
    pub(super) queue: VecDeque<Op>,
    /// Sum of queued locks and payments.
    pub(super) queued: TokenAmount,
    pub(super) queued_adds: usize,
    /// Greatest id given out, signed or queued.
    pub(super) last_given: LockId,
    /// What the counterparty said that it counts.
    pub(super) counted: Counted,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        let acked = Acked { accepted: Some(0), ..Acked::default() };
        Self { acked, ..Self::default() }
    }

    /// Whether another commit may be signed; `carries` when it has operations.
    pub(super) fn window_is_open(&self, carries: bool) -> bool {
        let count = |commits: usize| u64::try_from(commits).unwrap_or(u64::MAX);
        let carrying = self.unacked.iter().filter(|sent| !sent.commit.ops.is_empty()).count();
        count(self.unacked.len()) < MAX_UNACKED_WITH_ACKS
            && (!carries || count(carrying) < MAX_UNACKED)
    }

    /// Queues an operation that changes no sum.
    pub(super) fn push(&mut self, op: Op) {
        self.queue.push_back(op);
    }

    /// Queues a lock or a payment.
    pub(super) fn push_value(&mut self, op: Op, amount: TokenAmount) {
        if matches!(op, Op::Add { .. }) {
            self.queued_adds = self.queued_adds.saturating_add(1);
        }
        self.queued = self.queued.saturating_add(amount);
        self.queue.push_back(op);
    }

    /// Takes a queued lock or payment off the sums.
    pub(super) fn unqueue(&mut self, op: &Op) {
        let amount = match op {
            Op::Add { lock, .. } => {
                self.queued_adds = self.queued_adds.saturating_sub(1);
                lock.amount
            }
            Op::Pay { amount, .. } => *amount,
            Op::Unlock(_) | Op::Drop(_) | Op::Fulfil { .. } | Op::Fail { .. } | Op::Count(_) => {
                TokenAmount::ZERO
            }
        };
        self.queued = TokenAmount::new(self.queued.get().saturating_sub(amount.get()));
    }

    /// Returns the digest of one of the holder's proofs that the counterparty may hold.
    pub(super) fn digest_of(&self, nonce: ProofNonce) -> Option<Digest> {
        if nonce == self.acked.nonce {
            return Some(self.acked.digest);
        }
        self.sent(nonce).map(|sent| sent.digest)
    }

    /// Returns how many commits with operations had been accepted when a proof was signed.
    pub(super) fn accepted_at(&self, nonce: ProofNonce) -> Option<u64> {
        if nonce == self.acked.nonce {
            return self.acked.accepted;
        }
        self.sent(nonce).map(|sent| sent.accepted)
    }

    /// Returns the locks of one of the holder's proofs that the counterparty may post.
    pub(super) fn locks_of(&self, nonce: ProofNonce) -> Option<&LockSet> {
        if nonce == self.acked.nonce {
            return Some(&self.acked.locks);
        }
        self.sent(nonce).map(|sent| &sent.locks)
    }

    fn sent(&self, nonce: ProofNonce) -> Option<&Sent> {
        self.unacked.iter().find(|sent| sent.commit.proof.nonce == nonce)
    }
}
