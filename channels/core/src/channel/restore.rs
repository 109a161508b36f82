//! After a loss of data: taking one's own newest state back from the counterparty.
//!
//! The counterparty's word counts for nothing here: the proof carries the holder's own signature, and
//! the counterparty's proof is the one that it acknowledges. What the lost log knew about locks is
//! gone, so no incoming lock is given up before it expired, and no outgoing lock that vanished is
//! taken for unpaid.

use std::collections::BTreeSet;

use farbank_types::UnixTime;

use super::incoming::{InLock, InState};
use super::ledger::Ledger;
use super::outgoing::{Acked, OutLock, OutState, Outgoing};
use super::output::ChannelOutput;
use super::phase::{ChannelPhase, Link};
use super::rejection::{ChannelRejection, ResumeRejection};
use super::Channel;
use crate::commit::Op;
use crate::domain::Digest;
use crate::locks::LockSet;
use crate::message::{Restore, MAX_RESTORED_SETTLES};
use crate::objects::Proof;
use crate::settlement::{Counted, LiveSettle};
use crate::signature::NodeId;
use crate::units::LockId;

/// A restore that is taken over.
struct Checked {
    digest: Digest,
    locks: LockSet,
    acked: Option<(Digest, LockSet)>,
}

impl Channel {
    pub(super) fn restore(
        &mut self,
        restore: &Restore,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        if self.link != Link::AwaitsRestore || self.phase != ChannelPhase::Open {
            return Err(ResumeRejection::UnexpectedRestore.into());
        }
        let Checked { digest, locks, acked } = self.check_restore(restore)?;
        let ledger =
            Ledger::adopted(&restore.newest.proof, digest, locks, restore.newest_last_lock);
        let mut outputs = vec![ChannelOutput::Restored];
        self.adopt_outgoing(ledger, restore, &mut outputs);
        if let Some((digest, locks)) = acked {
            self.adopt_incoming(digest, locks, restore);
        }
        for kept in self.incoming.locks.values_mut() {
            kept.uncertain = true;
        }
        let inn = &mut self.incoming;
        inn.acknowledged = inn.newest.map(|newest| (newest, inn.ledger.locks.clone()));
        self.adopt_settles(restore);
        self.incoming.told = Counted::default();
        self.incoming.ack_owed = false;
        (self.link, self.resumed_at) = (Link::Up, now);
        outputs.push(ChannelOutput::Resumed);
        Ok(outputs)
    }

    fn check_restore(&self, restore: &Restore) -> Result<Checked, ResumeRejection> {
        let newest = &restore.newest.proof;
        let not_own = ResumeRejection::NotOwnProof { nonce: newest.nonce };
        let is_newer = newest.payer == self.holder && newest.nonce > self.outgoing.ledger.nonce;
        if !is_newer || !self.is_signed(newest, restore, self.own_id) {
            return Err(not_own);
        }
        let locks = leaves_of(newest, &restore.newest_leaves)?;
        let known = &self.incoming.ledger;
        if newest.ack_nonce < known.nonce {
            return Err(ResumeRejection::NotAcknowledged);
        }
        let digest = newest.digest(self.terms.domain());
        if newest.ack_nonce == known.nonce {
            if newest.ack_hash != known.digest {
                return Err(ResumeRejection::ForkedState { nonce: known.nonce });
            }
            return Ok(Checked { digest, locks, acked: None });
        }
        let acked = restore.acked.ok_or(ResumeRejection::NotAcknowledged)?;
        let acked_digest = acked.proof.digest(self.terms.domain());
        let fits = acked.proof.payer == self.holder.other()
            && (acked.proof.nonce, acked_digest) == (newest.ack_nonce, newest.ack_hash)
            && acked.signature.is_by(self.peer_id, acked_digest);
        if !fits {
            return Err(ResumeRejection::NotAcknowledged);
        }
        let acked_locks = leaves_of(&acked.proof, &restore.acked_leaves)?;
        Ok(Checked { digest, locks, acked: Some((acked_digest, acked_locks)) })
    }

    fn is_signed(&self, proof: &Proof, restore: &Restore, signer: NodeId) -> bool {
        proof.id == self.terms.id()
            && restore.newest.signature.is_by(signer, proof.digest(self.terms.domain()))
    }

    fn adopt_outgoing(
        &mut self,
        mut ledger: Ledger,
        restore: &Restore,
        outputs: &mut Vec<ChannelOutput>,
    ) {
        let out = &mut self.outgoing;
        let highest = ledger.locks.iter().last().map_or(LockId::default(), |lock| lock.id);
        ledger.last_lock = ledger.last_lock.max(out.ledger.last_lock).max(highest);
        let decided = requeue(out, &ledger, outputs);
        let known = core::mem::take(&mut out.locks);
        for (id, mut kept) in known {
            let is_same = ledger.locks.get(id) == Some(&kept.lock);
            if id > ledger.last_lock || (is_same && kept.state != OutState::Queued) {
                out.locks.insert(id, kept);
            } else if is_same {
                kept.state = OutState::Live;
                out.locks.insert(id, kept);
            } else if kept.state != OutState::Expired {
                outputs.push(ChannelOutput::Vanished(id));
            }
        }
        for lock in ledger.locks.iter().filter(|lock| !decided.contains(&lock.id)) {
            let unlock_until = self.parameters.reveal_from(lock.expiry);
            let state = OutState::Orphan { failed: false };
            let orphan = OutLock { lock: *lock, unlock_until, state };
            out.locks.entry(lock.id).or_insert(orphan);
        }
        out.last_given = out.last_given.max(ledger.last_lock);
        out.unacked.clear();
        out.acked = Acked {
            nonce: ledger.nonce,
            digest: ledger.digest,
            proof: Some(restore.newest),
            locks: ledger.locks.clone(),
            last_lock: ledger.last_lock,
            accepted: None,
            evidence: None,
        };
        out.newest = Some(restore.newest);
        out.counted = Counted::default();
        out.ledger = ledger;
    }

    fn adopt_incoming(&mut self, digest: Digest, locks: LockSet, restore: &Restore) {
        let Some(acked) = restore.acked else { return };
        let highest = locks.iter().last().map_or(LockId::default(), |lock| lock.id);
        let inn = &mut self.incoming;
        let last = restore.acked_last_lock.max(inn.ledger.last_lock).max(highest);
        inn.locks.retain(|id, _| locks.get(*id).is_some());
        for lock in locks.iter() {
            let unknown = InLock { state: InState::Offered, uncertain: true };
            inn.locks.entry(lock.id).or_insert(unknown);
        }
        inn.ledger = Ledger::adopted(&acked.proof, digest, locks, last);
        inn.newest = Some(acked);
        inn.ack_nonce = acked.proof.ack_nonce;
    }

    fn adopt_settles(&mut self, restore: &Restore) {
        for signed in restore.settles.iter().take(MAX_RESTORED_SETTLES) {
            let settle = signed.settle;
            let is_own = settle.id == self.terms.id()
                && signed.signature.is_by(self.own_id, settle.digest(self.terms.domain()));
            let is_known = self.settlement.live().iter().any(|live| live.settle == settle);
            if is_own && !is_known {
                let live = LiveSettle { settle, ours: signed.signature, theirs: None };
                self.settlement.sign(live);
            }
        }
        self.settlement.head(self.head);
    }
}

/// Leaves in the queue what cannot have been signed, and what can be said again. Returns the locks that
/// are about to be unlocked or dropped.
fn requeue(
    out: &mut Outgoing,
    ledger: &Ledger,
    outputs: &mut Vec<ChannelOutput>,
) -> BTreeSet<LockId> {
    let mut decided = BTreeSet::new();
    for op in core::mem::take(&mut out.queue) {
        let stays = match &op {
            Op::Add { lock, .. } => lock.id > ledger.last_lock,
            Op::Unlock(id) | Op::Drop(id) => {
                let is_there = ledger.locks.get(*id).is_some();
                if is_there {
                    decided.insert(*id);
                }
                is_there
            }
            Op::Fulfil { .. } | Op::Fail { .. } => true,
            Op::Pay { .. } | Op::Count(_) => false,
        };
        if stays {
            out.queue.push_back(op);
            continue;
        }
        out.unqueue(&op);
        if let Op::Pay { amount, memo } = op {
            outputs.push(ChannelOutput::PaymentVanished { amount, memo });
        }
    }
    decided
}

fn leaves_of(proof: &Proof, leaves: &[u8]) -> Result<LockSet, ResumeRejection> {
    let locks = LockSet::from_leaves(leaves).map_err(|_| ResumeRejection::WrongLeaves)?;
    if (locks.root(), locks.total()) != (proof.locks_root, proof.locked) {
        return Err(ResumeRejection::WrongLeaves);
    }
    Ok(locks)
}
