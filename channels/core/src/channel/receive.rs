//! Accepting a commit: everything is checked on a draft before anything changes.

use farbank_types::UnixTime;

use super::incoming::{InLock, InState};
use super::ledger::Ledger;
use super::outgoing::OutState;
use super::output::{ChannelOutput, DropCause};
use super::parameters::{MAX_LOCKS, MAX_UNACKED};
use super::phase::{ChannelPhase, FreezeCause};
use super::rejection::{ChannelRejection, CommitRejection};
use super::Channel;
use crate::commit::{Commit, FailReason, Op};
use crate::locks::Lock;
use crate::objects::SignedProof;
use crate::units::{fits, LockId, Preimage, ProofNonce};

/// A commit that is accepted.
struct Accepted {
    ledger: Ledger,
    ops: Vec<Op>,
}

impl Channel {
    pub(super) fn receive_commit(
        &mut self,
        commit: &Commit,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        if self.phase != ChannelPhase::Open {
            return Err(ChannelRejection::NotOpen);
        }
        match self.check_commit(commit) {
            Ok(accepted) => Ok(self.accept_commit(commit, accepted, now)),
            Err(rejection @ CommitRejection::ForkedProof { .. }) => {
                Ok(self.freeze(FreezeCause::Forked(rejection.into()), rejection.into()))
            }
            Err(rejection) if rejection.freezes() => {
                Ok(self.freeze(FreezeCause::Refused(rejection.into()), rejection.into()))
            }
            Err(rejection) => Err(rejection.into()),
        }
    }

    /// Stops everything that is off chain.
    pub(super) fn freeze(
        &mut self,
        cause: FreezeCause,
        why: ChannelRejection,
    ) -> Vec<ChannelOutput> {
        self.phase = ChannelPhase::Frozen { cause };
        let mut outputs = vec![ChannelOutput::Freeze { why }];
        outputs.extend(self.give_up_queue());
        outputs
    }

    fn check_commit(&self, commit: &Commit) -> Result<Accepted, CommitRejection> {
        let proof = &commit.proof;
        if proof.payer == self.holder {
            return Err(CommitRejection::WrongDirection { payer: proof.payer });
        }
        self.check_nonce(commit)?;
        let digest = proof.digest(self.terms.domain());
        if !commit.signature.is_by(self.peer_id, digest) {
            return Err(CommitRejection::WrongSigner);
        }
        let ops = commit.ops.decode()?;
        let mut ledger = self.incoming.ledger.clone();
        for op in &ops {
            ledger.apply(op)?;
            self.check_op(op)?;
        }
        let ack = (proof.ack_nonce, proof.ack_hash);
        let expected = ledger.seal(&self.terms, proof.payer, proof.nonce, &commit.ops, ack);
        if (expected.transferred, expected.locked) != (proof.transferred, proof.locked) {
            let (transferred, locked) = (proof.transferred, proof.locked);
            return Err(CommitRejection::WrongTotals { transferred, locked });
        }
        if expected.locks_root != proof.locks_root {
            return Err(CommitRejection::WrongLocksRoot);
        }
        if expected.meta_hash != proof.meta_hash {
            return Err(CommitRejection::WrongMetaHash);
        }
        self.check_limits(&ledger)?;
        self.check_ack(commit)?;
        Ok(Accepted { ledger, ops })
    }

    fn check_nonce(&self, commit: &Commit) -> Result<(), CommitRejection> {
        let (found, newest) = (commit.proof.nonce, self.incoming.ledger.nonce);
        if Some(found) == newest.next() {
            return Ok(());
        }
        if found > newest {
            return Err(CommitRejection::SkippedNonce { found, newest });
        }
        let digest = commit.proof.digest(self.terms.domain());
        let forked = found == newest
            && digest != self.incoming.ledger.digest
            && commit.signature.is_by(self.peer_id, digest);
        if forked {
            return Err(CommitRejection::ForkedProof { nonce: found });
        }
        Err(CommitRejection::StaleNonce { found, newest })
    }

    /// Checks what an operation says about locks beyond the ledger's own rules.
    fn check_op(&self, op: &Op) -> Result<(), CommitRejection> {
        match op {
            Op::Drop(id) => self.check_drop(*id),
            Op::Fulfil { lock: id, preimage } => {
                self.check_stated(*id)?;
                let wrong = |hash| preimage.hash() != hash;
                if self.outgoing.locks.get(id).is_some_and(|kept| wrong(kept.lock.hash)) {
                    return Err(CommitRejection::WrongPreimage { id: *id });
                }
                Ok(())
            }
            Op::Fail { lock: id, .. } => self.check_stated(*id),
            Op::Add { .. } | Op::Unlock(_) | Op::Pay { .. } | Op::Count(_) => Ok(()),
        }
    }

    /// The counterparty can only speak of a lock that was signed; one that is gone does not matter.
    fn check_stated(&self, id: LockId) -> Result<(), CommitRejection> {
        if id > self.outgoing.ledger.last_lock {
            return Err(CommitRejection::UnknownLock { id });
        }
        Ok(())
    }

    fn check_drop(&self, id: LockId) -> Result<(), CommitRejection> {
        let Some(kept) = self.incoming.locks.get(&id) else {
            return Err(CommitRejection::UnjustifiedDrop { id });
        };
        let lock = self.incoming.ledger.locks.get(id);
        let is_revealed = matches!(kept.state, InState::Fulfilled { revealed: true, .. });
        let is_expired = !is_revealed && lock.is_some_and(|lock| lock.expiry < self.head);
        if kept.state == InState::Failed || (kept.uncertain && is_expired) {
            return Ok(());
        }
        if kept.uncertain {
            return Err(CommitRejection::OrphanDropped { id });
        }
        Err(CommitRejection::UnjustifiedDrop { id })
    }

    fn check_limits(&self, ledger: &Ledger) -> Result<(), CommitRejection> {
        let (found, limit) = (ledger.locks.len(), MAX_LOCKS);
        if found > limit {
            return Err(CommitRejection::TooManyLocks { found, limit });
        }
        let before = &self.incoming.ledger;
        let moved = (ledger.transferred, &ledger.locks) != (before.transferred, &before.locks);
        if moved && self.leaving.is_agreed {
            return Err(CommitRejection::MovedWhileLeaving);
        }
        let payer = self.holder.other();
        let owed = [ledger.transferred, ledger.locks.total(), self.settlement.reserved(payer)];
        if !fits(&owed, &[*self.funded.of(payer), self.outgoing.ledger.transferred]) {
            return Err(CommitRejection::CapacityExceeded { committed: ledger.committed() });
        }
        Ok(())
    }

    /// An ack names a proof that was signed, never an older one than before, and the payer waits for
    /// acks of its own.
    fn check_ack(&self, commit: &Commit) -> Result<(), CommitRejection> {
        let proof = &commit.proof;
        let ack_nonce = proof.ack_nonce;
        if ack_nonce < self.incoming.ack_nonce || ack_nonce > self.outgoing.ledger.nonce {
            return Err(CommitRejection::WrongAck { ack_nonce });
        }
        match self.outgoing.digest_of(ack_nonce) {
            Some(digest) if digest != proof.ack_hash => {
                return Err(CommitRejection::WrongAck { ack_nonce });
            }
            // Without a digest: proofs of the holder's own that it lost.
            Some(_) | None => {}
        }
        let Some(known) = self.outgoing.accepted_at(ack_nonce) else { return Ok(()) };
        let accepted = self.incoming.accepted.saturating_add(u64::from(!commit.ops.is_empty()));
        let found = accepted.saturating_sub(known);
        if found > MAX_UNACKED {
            return Err(CommitRejection::TooManyUnacked { found, limit: MAX_UNACKED });
        }
        Ok(())
    }

    fn accept_commit(
        &mut self,
        commit: &Commit,
        accepted: Accepted,
        now: UnixTime,
    ) -> Vec<ChannelOutput> {
        let Accepted { ledger, ops } = accepted;
        let signed = commit.signed_proof();
        self.incoming.ledger = ledger;
        self.incoming.newest = Some(signed);
        if !ops.is_empty() {
            self.incoming.accepted = self.incoming.accepted.saturating_add(1);
            self.incoming.ack_owed = true;
        }
        let mut outputs = Vec::new();
        self.take_ack(commit.proof.ack_nonce, signed, &mut outputs);
        for op in ops {
            self.accept_op(op, now, &mut outputs);
        }
        outputs
    }

    /// The counterparty holds that proof of the holder, and shows it under its signature.
    fn take_ack(
        &mut self,
        ack_nonce: ProofNonce,
        evidence: SignedProof,
        outputs: &mut Vec<ChannelOutput>,
    ) {
        self.incoming.ack_nonce = ack_nonce;
        while let Some(sent) = self.outgoing.unacked.front() {
            if sent.commit.proof.nonce > ack_nonce {
                break;
            }
            let Some(sent) = self.outgoing.unacked.pop_front() else { break };
            outputs.extend(sent.added.into_iter().map(ChannelOutput::LockAccepted));
            for lock in sent.dropped {
                if let Some(OutState::Failed(reason)) =
                    self.outgoing.locks.remove(&lock).map(|kept| kept.state)
                {
                    let cause = DropCause::Failed(reason);
                    outputs.push(ChannelOutput::Dropped { lock, cause });
                }
            }
            let acked = &mut self.outgoing.acked;
            acked.nonce = sent.commit.proof.nonce;
            acked.digest = sent.digest;
            acked.proof = Some(sent.commit.signed_proof());
            acked.locks = sent.locks;
            acked.last_lock = sent.last_lock;
            acked.accepted = Some(sent.accepted);
            acked.evidence = None;
        }
        if ack_nonce == self.outgoing.acked.nonce && ack_nonce != ProofNonce::NONE {
            self.outgoing.acked.evidence = Some(evidence);
        }
    }

    fn accept_op(&mut self, op: Op, now: UnixTime, outputs: &mut Vec<ChannelOutput>) {
        match op {
            Op::Add { lock, onion } => self.take_lock(lock, onion, now, outputs),
            Op::Unlock(lock) => {
                self.incoming.locks.remove(&lock);
                outputs.push(ChannelOutput::Claimed(lock));
            }
            Op::Drop(lock) => {
                self.incoming.locks.remove(&lock);
            }
            Op::Pay { amount, memo } => {
                outputs.push(ChannelOutput::PaymentReceived { amount, memo });
            }
            Op::Fulfil { lock, preimage } => self.peer_fulfilled(lock, preimage, now, outputs),
            Op::Fail { lock, reason } => self.peer_failed(lock, reason, outputs),
            Op::Count(counted) => self.outgoing.counted = counted,
        }
    }

    fn take_lock(
        &mut self,
        lock: Lock,
        onion: Vec<u8>,
        now: UnixTime,
        outputs: &mut Vec<ChannelOutput>,
    ) {
        let challenge = self.terms.raw().challenge;
        let refusal = self.parameters.check_lock(&lock, challenge, self.head, now).err();
        let state = match refusal {
            Some(refusal) => {
                let reason = FailReason::Refused(refusal);
                self.outgoing.push(Op::Fail { lock: lock.id, reason });
                InState::Failing
            }
            None => {
                outputs.push(ChannelOutput::LockOffered { lock, onion });
                InState::Offered
            }
        };
        self.incoming.locks.insert(lock.id, InLock { state, uncertain: false });
    }

    fn peer_fulfilled(
        &mut self,
        id: LockId,
        preimage: Preimage,
        now: UnixTime,
        outputs: &mut Vec<ChannelOutput>,
    ) {
        let Some(kept) = self.outgoing.locks.get(&id) else { return };
        let answers = match kept.state {
            OutState::Live | OutState::Orphan { failed: false } => now <= kept.unlock_until,
            OutState::Queued
            | OutState::Failed(_)
            | OutState::Expired
            | OutState::Orphan { failed: true } => false,
        };
        if answers {
            let hash = kept.lock.hash;
            self.outgoing.locks.remove(&id);
            self.outgoing.push(Op::Unlock(id));
            outputs.push(ChannelOutput::Fulfilled { lock: id, hash, preimage });
        }
    }

    fn peer_failed(&mut self, id: LockId, reason: FailReason, outputs: &mut Vec<ChannelOutput>) {
        let Some(kept) = self.outgoing.locks.get_mut(&id) else { return };
        match &mut kept.state {
            OutState::Live => {
                kept.state = OutState::Failed(reason.clone());
                self.outgoing.push(Op::Drop(id));
                outputs.push(ChannelOutput::Failed { lock: id, reason });
            }
            OutState::Expired => {
                self.outgoing.locks.remove(&id);
                self.outgoing.push(Op::Drop(id));
            }
            OutState::Orphan { failed } => *failed = true,
            OutState::Queued | OutState::Failed(_) => {}
        }
    }
}
