//! The state of one direction, as both ends compute it.

use farbank_types::B256;
use serde::{Deserialize, Serialize};

use super::rejection::CommitRejection;
use crate::commit::{Op, OpBytes};
use crate::domain::{ChannelTerms, Digest, Party};
use crate::locks::LockSet;
use crate::objects::Proof;
use crate::units::{LockId, ProofNonce, TokenAmount};

/// What the proofs of one direction add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub(super) nonce: ProofNonce,
    pub(super) transferred: TokenAmount,
    pub(super) locks: LockSet,
    /// Greatest id that a lock had.
    pub(super) last_lock: LockId,
    pub(super) meta_hash: B256,
    /// Digest of the proof of `nonce`.
    pub(super) digest: Digest,
}

impl Ledger {
    /// What the payer owes at most: transfers and locks.
    pub(super) const fn committed(&self) -> TokenAmount {
        self.transferred.saturating_add(self.locks.total())
    }

    /// Applies an operation of the payer; statements of a payee change nothing here.
    pub(super) fn apply(&mut self, op: &Op) -> Result<(), CommitRejection> {
        match op {
            Op::Add { lock, .. } => {
                if lock.id <= self.last_lock {
                    return Err(CommitRejection::LockIdReused { id: lock.id });
                }
                self.locks.insert(*lock).map_err(|_| CommitRejection::AmountOverflow)?;
                self.last_lock = lock.id;
            }
            Op::Unlock(id) => {
                let amount = self.take(*id)?;
                self.transfer(amount)?;
            }
            Op::Drop(id) => {
                self.take(*id)?;
            }
            Op::Pay { amount, .. } => self.transfer(*amount)?,
            Op::Fulfil { .. } | Op::Fail { .. } | Op::Count(_) => {}
        }
        Ok(())
    }

    /// Numbers the state after operations, and returns its proof.
    pub(super) fn seal(
        &mut self,
        terms: &ChannelTerms,
        payer: Party,
        nonce: ProofNonce,
        ops: &OpBytes,
        ack: (ProofNonce, Digest),
    ) -> Proof {
        self.nonce = nonce;
        self.meta_hash = ops.meta_hash(self.meta_hash);
        let proof = Proof {
            id: terms.id(),
            payer,
            nonce,
            transferred: self.transferred,
            locked: self.locks.total(),
            locks_root: self.locks.root(),
            meta_hash: self.meta_hash,
            ack_nonce: ack.0,
            ack_hash: ack.1,
        };
        self.digest = proof.digest(terms.domain());
        proof
    }

    /// Takes over a proof from elsewhere, whose locks are known.
    pub(super) const fn adopted(
        proof: &Proof,
        digest: Digest,
        locks: LockSet,
        last_lock: LockId,
    ) -> Self {
        Self {
            nonce: proof.nonce,
            transferred: proof.transferred,
            locks,
            last_lock,
            meta_hash: proof.meta_hash,
            digest,
        }
    }

    fn take(&mut self, id: LockId) -> Result<TokenAmount, CommitRejection> {
        let lock = self.locks.remove(id).map_err(|_| CommitRejection::UnknownLock { id })?;
        Ok(lock.amount)
    }

    fn transfer(&mut self, amount: TokenAmount) -> Result<(), CommitRejection> {
        let sum = self.transferred.checked_add(amount).ok_or(CommitRejection::AmountOverflow)?;
        self.transferred = sum;
        Ok(())
    }
}
