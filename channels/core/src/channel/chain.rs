//! What the chain says about a channel.

use farbank_types::UnixTime;

use super::incoming::InState;
use super::input::{ChainEvent, PostedProof};
use super::outgoing::OutState;
use super::output::{ChannelOutput, DropCause};
use super::phase::{ChannelPhase, Link};
use super::Channel;
use crate::commit::{FailReason, LockRefusal, Op};
use crate::domain::Party;
use crate::locks::Lock;
use crate::units::{LockId, PaymentHash, Preimage};

impl Channel {
    pub(super) fn chain(&mut self, event: &ChainEvent) -> Vec<ChannelOutput> {
        match event {
            ChainEvent::Head { time } => self.head(*time),
            ChainEvent::Funded { of, total } => {
                let funded = self.funded.of_mut(*of);
                *funded = (*funded).max(*total);
                Vec::new()
            }
            ChainEvent::Settled { seq, total_out } => {
                self.settlement.settled(*seq, *total_out);
                Vec::new()
            }
            ChainEvent::Revealed { hash, preimage, at } => self.revealed(*hash, *preimage, *at),
            ChainEvent::Closing { close_at } => self.closing(*close_at),
            ChainEvent::Posted { payer, proof } => {
                self.posted(*payer, *proof);
                Vec::new()
            }
            ChainEvent::Closed { paid } => {
                self.phase = ChannelPhase::Closed { paid: *paid };
                self.settlement.void();
                self.incoming.locks.clear();
                let mut outputs = self.give_up_queue();
                let rest = core::mem::take(&mut self.outgoing.locks);
                outputs.extend(rest.into_iter().filter_map(|(lock, kept)| {
                    let cause = DropCause::Expired;
                    let open = kept.state != OutState::Expired;
                    open.then_some(ChannelOutput::Dropped { lock, cause })
                }));
                outputs
            }
        }
    }

    fn closing(&mut self, close_at: UnixTime) -> Vec<ChannelOutput> {
        match &mut self.phase {
            ChannelPhase::Open | ChannelPhase::Frozen { .. } => {
                self.phase = ChannelPhase::Closing { close_at };
                self.settlement.void();
                self.give_up_queue()
            }
            ChannelPhase::Closing { close_at: known } => {
                *known = (*known).max(close_at);
                Vec::new()
            }
            ChannelPhase::Closed { .. } => Vec::new(),
        }
    }

    fn posted(&mut self, payer: Party, proof: PostedProof) {
        let known = self.posted.of_mut(payer);
        if known.is_none_or(|known| known.nonce < proof.nonce) {
            *known = Some(proof);
        }
    }

    fn head(&mut self, time: UnixTime) -> Vec<ChannelOutput> {
        if time <= self.head {
            return Vec::new();
        }
        self.head = time;
        self.settlement.head(time);
        self.expire_incoming();
        self.expire_outgoing()
    }

    /// Locks of the holder that expired without a reveal are safe to fail upstream. They stay in its
    /// proofs until the payee, who may see later blocks later, gives them up.
    fn expire_outgoing(&mut self) -> Vec<ChannelOutput> {
        let head = self.head;
        let expired = self.outgoing.locks.iter().filter(|(_, kept)| kept.lock.expiry < head);
        let expired: Vec<LockId> = expired.map(|(id, _)| *id).collect();
        let mut outputs = Vec::new();
        for id in expired {
            let Some(kept) = self.outgoing.locks.get_mut(&id) else { continue };
            let (keep, drops) = match &kept.state {
                OutState::Queued | OutState::Expired => continue,
                OutState::Live | OutState::Orphan { failed: false } => (true, false),
                OutState::Orphan { failed: true } => (false, true),
                OutState::Failed(_) => (false, false),
            };
            kept.state = OutState::Expired;
            if !keep {
                self.outgoing.locks.remove(&id);
            }
            if drops {
                self.outgoing.push(Op::Drop(id));
            }
            outputs.push(ChannelOutput::Dropped { lock: id, cause: DropCause::Expired });
        }
        outputs
    }

    /// Locks to the holder that expired without a reveal are given up.
    fn expire_incoming(&mut self) {
        let head = self.head;
        let locks = self.incoming.ledger.locks.iter().filter(|lock| lock.expiry < head);
        let expired: Vec<Lock> = locks.copied().collect();
        for lock in expired {
            let Some(kept) = self.incoming.locks.get_mut(&lock.id) else { continue };
            match kept.state {
                InState::Offered | InState::Fulfilled { revealed: false, .. } => {
                    kept.state = InState::Failing;
                    let refusal = LockRefusal::LockExpired { expiry: lock.expiry };
                    let reason = FailReason::Refused(refusal);
                    self.outgoing.push(Op::Fail { lock: lock.id, reason });
                }
                InState::Fulfilled { revealed: true, .. } | InState::Failing | InState::Failed => {}
            }
        }
    }

    /// Returns a lock that was revealed in time and that its payer, reachable for a while, does not pay.
    /// While the link is down nothing is lost by waiting: the reveal counts for ever.
    pub(super) fn unpaid(&self, now: UnixTime) -> Option<LockId> {
        let margin = self.parameters.reveal_margin.get();
        if self.link != Link::Up || now < self.resumed_at.saturating_add_secs(margin) {
            return None;
        }
        let over = |lock: &&Lock| lock.expiry.saturating_add_secs(margin) < self.head;
        let mut late = self.incoming.ledger.locks.iter().filter(over);
        let lock = late.find(|lock| {
            let kept = self.incoming.locks.get(&lock.id);
            kept.is_some_and(|kept| matches!(kept.state, InState::Fulfilled { revealed: true, .. }))
        });
        lock.map(|lock| lock.id)
    }

    /// Locks that are not signed yet are not signed any more.
    fn unqueue_revealed(&mut self, hash: PaymentHash) -> Vec<ChannelOutput> {
        let is_it = |op: &Op| matches!(op, Op::Add { lock, .. } if lock.hash == hash);
        if !self.outgoing.queue.iter().any(is_it) {
            return Vec::new();
        }
        let mut outputs = Vec::new();
        for op in core::mem::take(&mut self.outgoing.queue) {
            let Op::Add { lock: Lock { id, .. }, .. } = op else {
                self.outgoing.queue.push_back(op);
                continue;
            };
            if !is_it(&op) {
                self.outgoing.queue.push_back(op);
                continue;
            }
            self.outgoing.unqueue(&op);
            self.outgoing.locks.remove(&id);
            let cause = DropCause::NotSent(LockRefusal::HashRevealed { hash });
            outputs.push(ChannelOutput::Dropped { lock: id, cause });
        }
        outputs
    }

    fn revealed(
        &mut self,
        hash: PaymentHash,
        preimage: Preimage,
        at: UnixTime,
    ) -> Vec<ChannelOutput> {
        if preimage.hash() != hash {
            return Vec::new();
        }
        let counts = |lock: &Lock| lock.hash == hash && at <= lock.expiry;
        let owed: Vec<LockId> = self
            .outgoing
            .locks
            .iter()
            .filter(|(_, kept)| counts(&kept.lock))
            .map(|(id, _)| *id)
            .collect();
        let mut outputs = self.unqueue_revealed(hash);
        for lock in owed {
            let unlocks = match self.outgoing.locks.get(&lock).map(|kept| &kept.state) {
                Some(OutState::Live | OutState::Orphan { .. }) => true,
                // The payee gave it up and may have taken that back on chain.
                Some(OutState::Failed(_)) => false,
                Some(OutState::Queued | OutState::Expired) | None => continue,
            };
            self.outgoing.locks.remove(&lock);
            if unlocks {
                self.outgoing.push(Op::Unlock(lock));
            }
            outputs.push(ChannelOutput::Fulfilled { lock, hash, preimage });
        }
        for lock in self.incoming.ledger.locks.iter().filter(|lock| counts(lock)) {
            let Some(kept) = self.incoming.locks.get_mut(&lock.id) else { continue };
            match kept.state {
                InState::Offered => {
                    kept.state = InState::Fulfilled { preimage, revealed: true };
                    self.outgoing.push(Op::Fulfil { lock: lock.id, preimage });
                }
                InState::Fulfilled { .. } => {
                    kept.state = InState::Fulfilled { preimage, revealed: true };
                }
                InState::Failing | InState::Failed => {}
            }
        }
        outputs
    }
}
