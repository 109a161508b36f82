//! What the holder wants: checked against what it has, then queued for the next commit.

use farbank_types::UnixTime;

use super::incoming::InState;
use super::input::OpIntent;
use super::outgoing::{OutLock, OutState};
use super::output::ChannelOutput;
use super::parameters::{MAX_LOCKS, MAX_QUEUED};
use super::phase::{ChannelPhase, FreezeCause};
use super::rejection::{ChannelRejection, IntentRejection};
use super::Channel;
use crate::commit::{FailReason, MalformedOps, Op, MAX_MEMO, MAX_ONION, MAX_REASON};
use crate::locks::Lock;
use crate::units::{LockId, Preimage, TokenAmount};

impl Channel {
    pub(super) fn propose(
        &mut self,
        intent: &OpIntent,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        // An answer is always taken: there are never more of them than incoming locks.
        let answers = matches!(intent, OpIntent::Fulfil { .. } | OpIntent::Fail { .. });
        if !answers && self.outgoing.queue.len() >= MAX_QUEUED {
            return Err(IntentRejection::QueueFull { limit: MAX_QUEUED }.into());
        }
        match intent {
            OpIntent::Add { amount, expiry, hash, onion, unlock_until } => {
                let lock = Lock {
                    id: self.next_lock_id()?,
                    amount: *amount,
                    expiry: *expiry,
                    hash: *hash,
                };
                self.add(lock, onion, *unlock_until, now)
            }
            OpIntent::Pay { amount, memo } => {
                self.check_value(*amount, memo.len(), MAX_MEMO)?;
                let op = Op::Pay { amount: *amount, memo: memo.clone() };
                self.outgoing.push_value(op, *amount);
                Ok(Vec::new())
            }
            OpIntent::Fulfil { lock, preimage } => self.fulfil(*lock, *preimage),
            OpIntent::Fail { lock, reason } => self.fail(*lock, reason),
        }
    }

    pub(super) fn close(&mut self) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        match self.phase {
            ChannelPhase::Open | ChannelPhase::Frozen { cause: FreezeCause::Refused(_) } => {
                self.phase = ChannelPhase::Frozen { cause: FreezeCause::Wanted };
                Ok(self.give_up_queue())
            }
            ChannelPhase::Frozen { .. }
            | ChannelPhase::Closing { .. }
            | ChannelPhase::Closed { .. } => Err(IntentRejection::AlreadyClosing.into()),
        }
    }

    fn next_lock_id(&self) -> Result<LockId, ChannelRejection> {
        let exhausted = IntentRejection::TooManyLocks { limit: MAX_LOCKS };
        self.outgoing.last_given.next().ok_or_else(|| exhausted.into())
    }

    fn add(
        &mut self,
        lock: Lock,
        onion: &[u8],
        unlock_until: UnixTime,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        self.check_value(lock.amount, onion.len(), MAX_ONION)?;
        let under_way = self.outgoing.ledger.locks.len().saturating_add(self.outgoing.queued_adds);
        if under_way >= MAX_LOCKS {
            return Err(IntentRejection::TooManyLocks { limit: MAX_LOCKS }.into());
        }
        let challenge = self.terms.raw().challenge;
        self.parameters
            .check_lock(&lock, challenge, self.head, now)
            .map_err(IntentRejection::Lock)?;
        let kept = OutLock { lock, unlock_until, state: OutState::Queued };
        self.outgoing.locks.insert(lock.id, kept);
        self.outgoing.last_given = lock.id;
        self.outgoing.push_value(Op::Add { lock, onion: onion.to_vec() }, lock.amount);
        Ok(vec![ChannelOutput::LockQueued(lock.id)])
    }

    /// What adding a lock and paying have in common.
    fn check_value(
        &self,
        amount: TokenAmount,
        data: usize,
        limit: usize,
    ) -> Result<(), ChannelRejection> {
        if self.phase != ChannelPhase::Open {
            return Err(ChannelRejection::NotOpen);
        }
        if !self.leaving.may_pay() {
            return Err(IntentRejection::Leaving.into());
        }
        if amount == TokenAmount::ZERO {
            return Err(IntentRejection::Malformed(MalformedOps::ZeroAmount).into());
        }
        if data > limit {
            let malformed = MalformedOps::DataTooLarge { found: data, limit };
            return Err(IntentRejection::Malformed(malformed).into());
        }
        let available = self.available();
        if amount > available {
            return Err(IntentRejection::CapacityExceeded { asked: amount, available }.into());
        }
        Ok(())
    }

    fn fulfil(
        &mut self,
        id: LockId,
        preimage: Preimage,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let lock = self.incoming.ledger.locks.get(id).copied();
        let (Some(lock), Some(kept)) = (lock, self.incoming.locks.get_mut(&id)) else {
            return Err(IntentRejection::UnknownLock { id }.into());
        };
        if preimage.hash() != lock.hash {
            return Err(IntentRejection::WrongPreimage { id }.into());
        }
        match kept.state {
            InState::Offered => {
                kept.state = InState::Fulfilled { preimage, revealed: false };
                self.outgoing.push(Op::Fulfil { lock: id, preimage });
                Ok(Vec::new())
            }
            InState::Fulfilled { .. } => Ok(Vec::new()),
            InState::Failing | InState::Failed => Err(IntentRejection::LockDecided { id }.into()),
        }
    }

    fn fail(
        &mut self,
        id: LockId,
        reason: &FailReason,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        if let FailReason::Onion(onion) = reason {
            let (found, limit) = (onion.len(), MAX_REASON);
            if found > limit {
                let malformed = MalformedOps::DataTooLarge { found, limit };
                return Err(IntentRejection::Malformed(malformed).into());
            }
        }
        let Some(kept) = self.incoming.locks.get_mut(&id) else {
            return Err(IntentRejection::UnknownLock { id }.into());
        };
        if kept.uncertain {
            return Err(IntentRejection::OrphanLock { id }.into());
        }
        match kept.state {
            InState::Offered => {
                kept.state = InState::Failing;
                self.outgoing.push(Op::Fail { lock: id, reason: reason.clone() });
                Ok(Vec::new())
            }
            InState::Failing | InState::Failed => Ok(Vec::new()),
            InState::Fulfilled { .. } => Err(IntentRejection::LockDecided { id }.into()),
        }
    }
}
