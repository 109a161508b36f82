//! Payments between others: carried on, exchanged, answered.

use farbank_types::UnixTime;

use super::config::Registry;
use super::envelope::{Envelope, Reason};
use super::failure::HopFailure;
use super::output::SwitchOutput;
use super::state::{IncomingLock, Origin, OutgoingLock, Purpose, Step, Switch, SwitchSigner};
use super::LockKey;
use crate::channel::{ChannelRejection, DropCause, IntentRejection, OpIntent};
use crate::commit::{FailReason, LockRefusal};
use crate::locks::Lock;
use crate::onion::{HopSecret, OnionPacket};
use crate::payload::{AssetKey, ForwardPayload, QuoteId};
use crate::quote::Exchange;
use crate::signature::NodeId;
use crate::units::{PaymentHash, Preimage, TokenAmount};

/// A lock to be offered.
pub(super) struct NewLock {
    pub(super) amount: TokenAmount,
    pub(super) expiry: UnixTime,
    pub(super) hash: PaymentHash,
    pub(super) envelope: Vec<u8>,
    /// Last moment at which a preimage is paid for off chain.
    pub(super) unlock_until: UnixTime,
}

impl Switch {
    /// Carries an incoming lock on, or says why not. The quote, the lock and the forward are one step.
    pub(super) fn forward<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        lock: &Lock,
        payload: &ForwardPayload,
        secret: &HopSecret,
        next: &OnionPacket,
        step: &mut Step<'_, S>,
    ) -> Result<(), HopFailure> {
        let asset = self.check_taken(key, lock)?;
        self.check_times(lock, &asset, payload)?;
        let quote = self.check_price(lock, &asset, payload, step.now)?;
        let offered = NewLock {
            amount: payload.amount,
            expiry: payload.expiry,
            hash: lock.hash,
            envelope: Envelope::Onion(next.clone()).write(),
            unlock_until: self.config.channel.reveal_from(lock.expiry),
        };
        let outgoing = self.offer(&payload.next, &payload.asset, &offered, step)?;
        if let Some(id) = quote {
            self.quotes.use_up(&id);
        }
        let purpose = Purpose::Forward(secret.clone());
        self.take_in(key, IncomingLock { lock: *lock, purpose, is_answered: false });
        let (amount, hash, origin) = (payload.amount, lock.hash, Origin::Forward(key));
        self.take_out(outgoing, OutgoingLock { amount, hash, origin });
        let (payment_hash, incoming) = (lock.hash, key);
        step.outputs.push(SwitchOutput::ForwardStarted { payment_hash, incoming, outgoing });
        Ok(())
    }

    /// Enough time between the two locks for a preimage to come back.
    fn check_times(
        &self,
        lock: &Lock,
        asset: &AssetKey,
        payload: &ForwardPayload,
    ) -> Result<(), HopFailure> {
        let delta = self.config.delta_secs(asset, &payload.asset);
        if payload.expiry.saturating_add_secs(delta.into()) > lock.expiry {
            return Err(HopFailure::ExpiryTooSoon);
        }
        Ok(())
    }

    /// Enough comes in for what goes out: by the fee in one asset, by a live quote in two.
    fn check_price(
        &self,
        lock: &Lock,
        asset: &AssetKey,
        payload: &ForwardPayload,
        now: UnixTime,
    ) -> Result<Option<QuoteId>, HopFailure> {
        if *asset == payload.asset {
            let needed = self.config.amount_in_up(asset, payload.amount);
            let enough = needed.is_some_and(|needed| lock.amount >= needed);
            return if enough { Ok(None) } else { Err(HopFailure::FeeTooLow) };
        }
        let id = payload.quote.ok_or(HopFailure::QuoteMissing)?;
        let exchange = Exchange {
            id,
            payment_hash: lock.hash,
            source: *asset,
            target: payload.asset,
            amount_in: lock.amount,
            amount_out: payload.amount,
            expiry_out: payload.expiry,
        };
        self.quotes.check(&exchange, now)?;
        Ok(Some(id))
    }

    /// Offers a lock to a peer, over the first channel that takes it.
    pub(super) fn offer<S: SwitchSigner>(
        &mut self,
        next: &NodeId,
        asset: &AssetKey,
        lock: &NewLock,
        step: &mut Step<'_, S>,
    ) -> Result<LockKey, HopFailure> {
        self.check_offered(next, asset, lock.amount)?;
        if self.revealed.contains(&(Registry::from(*asset), lock.hash)) {
            return Err(HopFailure::HashRevealed);
        }
        let mut failure = HopFailure::NoChannel;
        for channel in self.channels_with(next, asset) {
            if !self.links.get(&channel).is_some_and(|link| link.channel.is_usable()) {
                failure = HopFailure::NextOffline;
                continue;
            }
            let intent = OpIntent::Add {
                amount: lock.amount,
                expiry: lock.expiry,
                hash: lock.hash,
                onion: lock.envelope.clone(),
                unlock_until: lock.unlock_until,
            };
            match self.propose(channel, intent, step) {
                Ok(Some(lock)) => return Ok(LockKey { channel, lock }),
                Ok(None) => failure = HopFailure::NoCapacity,
                Err(rejection) => failure = not_offered(&rejection),
            }
        }
        Err(failure)
    }

    /// The next hop showed the preimage in time: the lock that came is the node's.
    pub(super) fn forward_paid<S: SwitchSigner>(
        &mut self,
        incoming: LockKey,
        outgoing: LockKey,
        given: &OutgoingLock,
        preimage: Preimage,
        step: &mut Step<'_, S>,
    ) {
        let taken = self.incoming.get(&incoming).map(|incoming| incoming.lock.amount);
        self.claim(incoming, preimage, step);
        let assets = (self.asset(&incoming.channel), self.asset(&outgoing.channel));
        if let (Some(taken), (Some(asset_in), Some(asset_out))) = (taken, assets) {
            step.outputs.push(SwitchOutput::ForwardPaid {
                payment_hash: given.hash,
                taken: (asset_in, taken),
                given: (asset_out, given.amount),
            });
        }
    }

    /// The lock that went out is dead: so is the one that came.
    pub(super) fn forward_failed<S: SwitchSigner>(
        &mut self,
        incoming: LockKey,
        hash: PaymentHash,
        cause: DropCause,
        step: &mut Step<'_, S>,
    ) {
        let Some(Purpose::Forward(secret)) =
            self.incoming.get(&incoming).map(|incoming| incoming.purpose.clone())
        else {
            return;
        };
        let failure = match cause {
            DropCause::Failed(FailReason::Onion(reason)) => {
                if let Some(Reason::Onion(packet)) = Reason::read(&reason) {
                    let reason = Reason::Onion(packet.wrap(&secret)).write();
                    return self.fail(incoming, hash, reason, None, step);
                }
                HopFailure::NextRefused
            }
            DropCause::Failed(FailReason::Refused(_)) => HopFailure::NextRefused,
            DropCause::Expired => HopFailure::NextExpired,
            DropCause::NotSent(refusal) => not_taken(&refusal),
            DropCause::Unsendable => HopFailure::NextOffline,
        };
        self.fail_by(incoming, hash, failure, Some(&secret), step);
    }
}

/// Why a channel did not take a lock, as the payer is told.
const fn not_offered(rejection: &ChannelRejection) -> HopFailure {
    match rejection {
        ChannelRejection::Intent(IntentRejection::Lock(refusal)) => not_taken(refusal),
        ChannelRejection::Intent(IntentRejection::TooManyLocks { .. }) => HopFailure::TooManyLocks,
        ChannelRejection::NotResumed => HopFailure::NextOffline,
        ChannelRejection::NotOpen => HopFailure::NoChannel,
        ChannelRejection::Intent(_)
        | ChannelRejection::ForeignChannel { .. }
        | ChannelRejection::WrongHolder
        | ChannelRejection::Commit(_)
        | ChannelRejection::Resume(_)
        | ChannelRejection::Settle(_)
        | ChannelRejection::WrongCountersigner
        | ChannelRejection::UnknownProposal
        | ChannelRejection::UnpaidReveal { .. } => HopFailure::NoCapacity,
    }
}

const fn not_taken(refusal: &LockRefusal) -> HopFailure {
    match refusal {
        LockRefusal::LockTooLong { .. } => HopFailure::ExpiryTooFar,
        LockRefusal::LockTooShort { .. } | LockRefusal::LockExpired { .. } => {
            HopFailure::ExpiryTooSoon
        }
        LockRefusal::StaleHead { .. } => HopFailure::StaleHead,
        LockRefusal::HashRevealed { .. } => HopFailure::HashRevealed,
    }
}
