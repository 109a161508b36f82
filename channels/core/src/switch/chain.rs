//! What the chain and the clock bring: ends of locks, reveals, records that are over.

use farbank_types::UnixTime;

use super::config::Registry;
use super::invoices::ExpectedState;
use super::output::SwitchOutput;
use super::payments::PaymentState;
use super::state::{Origin, Step, Switch, SwitchSigner};
use super::{LockKey, SwitchRejection};
use crate::channel::{ChainDuty, ChainEvent, ChannelInput, DropCause};
use crate::domain::ChannelId;
use crate::units::{PaymentHash, Preimage};

impl Switch {
    pub(super) fn channel_event<S: SwitchSigner>(
        &mut self,
        id: ChannelId,
        event: ChainEvent,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        if !self.links.contains_key(&id) {
            return Err(SwitchRejection::UnknownChannel { id });
        }
        if is_common(&event) {
            return Err(SwitchRejection::MisplacedEvent);
        }
        self.feed(id, &ChannelInput::Chain(event), step)?;
        if matches!(event, ChainEvent::Closed { .. }) {
            let gone = self.incoming.keys().filter(|key| key.channel == id);
            for key in gone.copied().collect::<Vec<_>>() {
                self.drop_in(key);
            }
        }
        Ok(())
    }

    pub(super) fn registry_event<S: SwitchSigner>(
        &mut self,
        registry: Registry,
        event: ChainEvent,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        if !is_common(&event) {
            return Err(SwitchRejection::MisplacedEvent);
        }
        for id in self.channels_of(registry) {
            self.feed(id, &ChannelInput::Chain(event), step)?;
        }
        if let ChainEvent::Revealed { hash, preimage, .. } = event {
            if preimage.hash() == hash {
                self.revealed.insert((registry, hash));
            }
        }
        if let ChainEvent::Head { time } = event {
            self.forget_answered(registry, time);
            self.suspend_debtors(step);
        }
        Ok(())
    }

    /// The next hop, or the payee, was paid.
    pub(super) fn fulfilled<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        preimage: Preimage,
        step: &mut Step<'_, S>,
    ) {
        let Some(outgoing) = self.drop_out(key) else { return };
        match outgoing.origin {
            Origin::Payment => self.payment_paid(&outgoing, preimage, step),
            Origin::Forward(incoming) => {
                self.forward_paid(incoming, key, &outgoing, preimage, step);
            }
        }
    }

    /// A lock that went out can never be claimed any more.
    pub(super) fn dropped<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        cause: DropCause,
        step: &mut Step<'_, S>,
    ) {
        let Some(outgoing) = self.drop_out(key) else { return };
        match outgoing.origin {
            Origin::Payment => self.payment_failed(&outgoing, &cause, step),
            Origin::Forward(incoming) => {
                self.forward_failed(incoming, outgoing.hash, cause, step);
            }
        }
    }

    /// What became of a lock that went out is lost. Upstream it is left to the chain: a preimage that
    /// is revealed there claims it, else it expires.
    pub(super) fn vanished<S>(&mut self, key: LockKey, step: &mut Step<'_, S>) {
        let Some(outgoing) = self.drop_out(key) else { return };
        match outgoing.origin {
            Origin::Payment => self.payment_vanished(outgoing.hash, step),
            Origin::Forward(incoming) => {
                if let Some(incoming) = self.incoming.get_mut(&incoming) {
                    incoming.is_answered = true;
                }
            }
        }
    }

    /// Gives up what nobody released in time, and forgets what is over.
    pub(super) fn clean<S: SwitchSigner>(&mut self, step: &mut Step<'_, S>) {
        while let Some((_, hash)) = self.held.first().copied().filter(|(at, _)| *at < step.now) {
            self.held.pop_first();
            let held = self.expected.get(&hash).map(|record| record.state.clone());
            if let Some(ExpectedState::Held { lock, .. }) = held {
                self.give_back(lock, hash, step);
                self.set_expected(hash, ExpectedState::Open);
            }
        }
        while let Some((_, hash)) = self.forget.first().copied().filter(|(at, _)| *at < step.now) {
            self.forget.pop_first();
            self.forget_ended(hash, step.now);
        }
    }

    /// Forgets a payment or invoice some time after it ended or could have begun.
    pub(super) fn forget_later(&mut self, ended: UnixTime, hash: PaymentHash) {
        let at = ended.saturating_add_secs(self.config.keep_ended_secs.into());
        self.forget.insert((at, hash));
    }

    fn forget_ended(&mut self, hash: PaymentHash, now: UnixTime) {
        let pays = self.payments.get(&hash).map(|payment| &payment.state);
        if pays.is_some_and(|state| !matches!(state, PaymentState::InFlight(_))) {
            self.payments.remove(&hash);
        }
        match self.expected.get(&hash).map(|record| &record.state) {
            Some(ExpectedState::Open | ExpectedState::Received { .. }) => {
                self.expected.remove(&hash);
            }
            Some(ExpectedState::Claimed { lock, .. }) if !self.incoming.contains_key(lock) => {
                self.expected.remove(&hash);
            }
            Some(ExpectedState::Held { .. } | ExpectedState::Claimed { .. }) => {
                self.forget_later(now, hash);
            }
            None => {}
        }
    }

    /// A lock that was answered and whose time is over is the chain's affair alone.
    fn forget_answered(&mut self, registry: Registry, head: UnixTime) {
        let over = self.incoming.iter().filter(|(key, incoming)| {
            let here = self.asset(&key.channel).is_some_and(|asset| registry == asset.into());
            here && incoming.is_answered && incoming.lock.expiry < head
        });
        for key in over.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.drop_in(key);
        }
    }

    /// Stops exchanging locks with whoever makes the node reveal on chain: many of them at once could
    /// fill the blocks that the reveals need.
    fn suspend_debtors<S>(&mut self, step: &mut Step<'_, S>) {
        let owed = self.incoming.iter().filter(|(_, incoming)| {
            incoming.is_answered
                && self.config.channel.reveal_from(incoming.lock.expiry) <= step.now
        });
        let mut debtors: Vec<ChannelId> = owed.map(|(key, _)| key.channel).collect();
        debtors.dedup();
        for id in debtors {
            let Some(link) = self.links.get(&id) else { continue };
            let duties = link.channel.duties(step.now);
            let reveals = duties.iter().any(|duty| matches!(duty, ChainDuty::Reveal { .. }));
            let peer = link.peer;
            let record = self.peers.entry(peer).or_default();
            if reveals && !record.suspended {
                record.suspended = true;
                step.outputs.push(SwitchOutput::PeerSuspended(peer));
            }
        }
    }
}

/// Whether an event is about a contract, not about one of its channels.
const fn is_common(event: &ChainEvent) -> bool {
    matches!(event, ChainEvent::Head { .. } | ChainEvent::Revealed { .. })
}
