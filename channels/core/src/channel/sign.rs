//! Signing: what waits becomes commits, as many operations under one signature as one commit holds.

use std::collections::BTreeMap;

use farbank_types::UnixTime;

use super::incoming::InState;
use super::outgoing::{OutState, Sent};
use super::output::{ChannelOutput, DropCause};
use super::phase::{ChannelPhase, FreezeCause, Link};
use super::rejection::ChannelRejection;
use super::Channel;
use crate::commit::{
    Commit, LockRefusal, Op, OpBytes, MAX_ADDS, MAX_ONION_ADDS, MAX_OPS, MAX_OPS_BYTES, SHORT_ONION,
};
use crate::message::ChannelMessage;
use crate::objects::SignedProof;
use crate::settlement::Counted;
use crate::signature::ChannelSigner;
use crate::units::LockId;

/// The longest length prefix of a sequence of operations.
const PREFIX: usize = 3;

impl Channel {
    pub(super) fn tick(
        &mut self,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Vec<ChannelOutput> {
        let mut outputs = Vec::new();
        if self.phase != ChannelPhase::Open {
            return outputs;
        }
        if let Some(id) = self.unpaid(now) {
            let why = ChannelRejection::UnpaidReveal { id };
            return self.freeze(FreezeCause::UnpaidReveal(id), why);
        }
        self.drop_unsendable(now, &mut outputs);
        if self.link != Link::Up {
            return outputs;
        }
        self.tell_counted();
        loop {
            let carries = !self.outgoing.queue.is_empty() && self.outgoing.window_is_open(true);
            let acks = self.incoming.ack_owed && self.outgoing.window_is_open(false);
            if !carries && !acks {
                return outputs;
            }
            let ops = if carries { self.take_batch() } else { Vec::new() };
            outputs.extend(self.sign_commit(&ops, signer));
        }
    }

    /// Says what of the counterparty the holder counts, when that changed.
    fn tell_counted(&mut self) {
        let payer = self.holder.other();
        let counted =
            Counted { funded: *self.funded.of(payer), reserved: self.settlement.promised(payer) };
        if counted != self.incoming.told {
            self.incoming.told = counted;
            self.outgoing.push(Op::Count(counted));
        }
    }

    /// Takes locks out that waited too long to be signed.
    fn drop_unsendable(&mut self, now: UnixTime, outputs: &mut Vec<ChannelOutput>) {
        let (parameters, head) = (self.parameters, self.head);
        let challenge = self.terms.raw().challenge;
        let refusal = |op: &Op| match op {
            Op::Add { lock, .. } => {
                let checked = parameters.check_lock(lock, challenge, head, now);
                checked.err().map(|refusal| (lock.id, refusal))
            }
            Op::Unlock(_)
            | Op::Drop(_)
            | Op::Pay { .. }
            | Op::Fulfil { .. }
            | Op::Fail { .. }
            | Op::Count(_) => None,
        };
        let late: BTreeMap<LockId, LockRefusal> =
            self.outgoing.queue.iter().filter_map(refusal).collect();
        if late.is_empty() {
            return;
        }
        for op in core::mem::take(&mut self.outgoing.queue) {
            if refusal(&op).is_none() {
                self.outgoing.queue.push_back(op);
                continue;
            }
            self.outgoing.unqueue(&op);
        }
        for id in late.keys() {
            self.outgoing.locks.remove(id);
        }
        outputs.extend(late.into_iter().map(|(lock, refusal)| ChannelOutput::Dropped {
            lock,
            cause: DropCause::NotSent(refusal),
        }));
    }

    /// Takes off the queue what was never signed, as the channel is not open any more.
    pub(super) fn give_up_queue(&mut self) -> Vec<ChannelOutput> {
        let queue = core::mem::take(&mut self.outgoing.queue);
        let mut outputs = Vec::new();
        for op in queue {
            self.outgoing.unqueue(&op);
            if let Op::Add { lock, .. } = op {
                self.outgoing.locks.remove(&lock.id);
                let cause = DropCause::Unsendable;
                outputs.push(ChannelOutput::Dropped { lock: lock.id, cause });
            }
        }
        outputs
    }

    /// Takes from the queue what one commit holds.
    fn take_batch(&mut self) -> Vec<Op> {
        let mut batch = Vec::new();
        let (mut bytes, mut adds, mut onions) = (PREFIX, 0_usize, 0_usize);
        while let Some(op) = self.outgoing.queue.front() {
            let size = op.size_bound();
            let (add, onion) = match op {
                Op::Add { onion, .. } => (1, usize::from(onion.len() > SHORT_ONION)),
                Op::Unlock(_)
                | Op::Drop(_)
                | Op::Pay { .. }
                | Op::Fulfil { .. }
                | Op::Fail { .. }
                | Op::Count(_) => (0, 0),
            };
            let fits = bytes + size <= MAX_OPS_BYTES
                && adds + add <= MAX_ADDS
                && onions + onion <= MAX_ONION_ADDS
                && batch.len() < MAX_OPS;
            if !fits {
                break;
            }
            (bytes, adds, onions) = (bytes + size, adds + add, onions + onion);
            batch.extend(self.outgoing.queue.pop_front());
        }
        batch
    }

    fn sign_commit(&mut self, ops: &[Op], signer: &impl ChannelSigner) -> Option<ChannelOutput> {
        // A batch is made so that it can be written down, and a nonce never ends.
        let bytes = OpBytes::encode(ops).ok()?;
        let nonce = self.outgoing.ledger.nonce.next()?;
        let (mut added, mut dropped) = (Vec::new(), Vec::new());
        for op in ops {
            self.outgoing.unqueue(op);
            // What is queued was checked; the ledger refuses nothing of it.
            if self.outgoing.ledger.apply(op).is_ok() {
                self.signed(op, &mut added, &mut dropped);
            }
        }
        let ack = (self.incoming.ledger.nonce, self.incoming.ledger.digest);
        let proof = self.outgoing.ledger.seal(&self.terms, self.holder, nonce, &bytes, ack);
        let digest = self.outgoing.ledger.digest;
        let signature = signer.sign(digest);
        let commit = Commit { proof, ops: bytes, signature };
        self.outgoing.newest = Some(SignedProof { proof, signature });
        self.incoming.ack_owed = false;
        self.incoming.acknowledged =
            self.incoming.newest.map(|newest| (newest, self.incoming.ledger.locks.clone()));
        self.outgoing.unacked.push_back(Sent {
            commit: commit.clone(),
            digest,
            locks: self.outgoing.ledger.locks.clone(),
            last_lock: self.outgoing.ledger.last_lock,
            added,
            dropped,
            accepted: self.incoming.accepted,
        });
        Some(ChannelOutput::Send(ChannelMessage::Commit(Box::new(commit))))
    }

    /// What the holder's signature under an operation means for its locks.
    fn signed(&mut self, op: &Op, added: &mut Vec<LockId>, dropped: &mut Vec<LockId>) {
        match op {
            Op::Add { lock, .. } => {
                if let Some(kept) = self.outgoing.locks.get_mut(&lock.id) {
                    kept.state = OutState::Live;
                }
                added.push(lock.id);
            }
            Op::Drop(id) => dropped.push(*id),
            Op::Fail { lock, .. } => {
                if let Some(kept) = self.incoming.locks.get_mut(lock) {
                    kept.state = InState::Failed;
                }
            }
            Op::Unlock(_) | Op::Pay { .. } | Op::Fulfil { .. } | Op::Count(_) => {}
        }
    }
}
