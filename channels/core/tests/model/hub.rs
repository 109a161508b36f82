//! The honest hub: the real machine twice, and the simplest forwarding between the two.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use farbank_channels::channel::{
    ChainDuty, ChainEvent, Channel, ChannelInput, ChannelOutput, ChannelPhase, DropCause, OpIntent,
};
use farbank_channels::commit::FailReason;
use farbank_channels::domain::Party;
use farbank_channels::locks::Lock;
use farbank_channels::message::ChannelMessage;
use farbank_channels::signature::NodeKey;
use farbank_channels::units::{LockId, PaymentHash, Preimage, TokenAmount};
use farbank_types::UnixTime;

use crate::contract::{Contract, Transaction, LAG};
use crate::rules::Rules;

/// R of the model, in blocks.
pub(crate) const MARGIN: u64 = 4;

/// Where an outgoing lock comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    Own(u128),
    Forward(usize, LockId),
}

pub(crate) struct Hub {
    pub(crate) key: NodeKey,
    pub(crate) channels: [Channel; 2],
    pub(crate) rules: Rules,
    /// Preimages of its own invoices that nobody paid.
    pub(crate) invoices: BTreeMap<PaymentHash, Preimage>,
    /// Preimages of its own that it showed.
    pub(crate) shown: BTreeSet<PaymentHash>,
    forwards: BTreeMap<(usize, LockId), Source>,
    /// Hashes that each registry has: a lock of one of them is claimed as soon as it is signed.
    revealed: [BTreeSet<PaymentHash>; 2],
    /// Received for its invoices, by its word: what it must end up with.
    pub(crate) gained: u128,
    /// Paid by itself.
    pub(crate) spent: u128,
    /// Messages to the peer of each channel.
    pub(crate) wire: Vec<(usize, ChannelMessage)>,
    /// How many events of each channel it has seen.
    seen: [usize; 2],
    /// What it has sent to the chain and not seen fail.
    submitted: Vec<(usize, Transaction)>,
}

impl Hub {
    pub(crate) fn new(key: NodeKey, channels: [Channel; 2], rules: Rules) -> Self {
        Self {
            key,
            channels,
            rules,
            invoices: BTreeMap::new(),
            shown: BTreeSet::new(),
            forwards: BTreeMap::new(),
            revealed: Default::default(),
            gained: 0,
            spent: 0,
            wire: Vec::new(),
            seen: [0, 0],
            submitted: Vec::new(),
        }
    }

    /// Applies an input and everything that follows in the hub.
    pub(crate) fn apply(&mut self, at: usize, input: &ChannelInput, now: UnixTime) -> bool {
        let Ok(outputs) = self.channels[at].apply(input, now, &self.key) else { return false };
        let mut todo: VecDeque<_> = outputs.into_iter().map(|output| (at, output)).collect();
        while let Some((at, output)) = todo.pop_front() {
            if let ChannelOutput::Send(message) = output {
                self.wire.push((at, message));
                continue;
            }
            for (at, intent) in self.react(at, output, now) {
                let input = ChannelInput::Propose(intent);
                if let Ok(more) = self.channels[at].apply(&input, now, &self.key) {
                    todo.extend(more.into_iter().map(|output| (at, output)));
                }
            }
        }
        true
    }

    fn react(&mut self, at: usize, output: ChannelOutput, now: UnixTime) -> Vec<(usize, OpIntent)> {
        match output {
            ChannelOutput::LockOffered { lock, .. } => {
                self.offered(at, lock, now).into_iter().collect()
            }
            ChannelOutput::Fulfilled { lock, preimage, .. } => {
                match self.forwards.remove(&(at, lock)) {
                    Some(Source::Own(amount)) => self.spent += amount,
                    Some(Source::Forward(at, lock)) => {
                        return vec![(at, OpIntent::Fulfil { lock, preimage })];
                    }
                    None => {}
                }
                Vec::new()
            }
            ChannelOutput::Failed { lock, reason }
                if self.rules == Rules::FailBeforeTheDropIsAcknowledged =>
            {
                self.fail_upstream(at, lock, reason)
            }
            ChannelOutput::Dropped { lock, cause } => {
                let reason = match cause {
                    DropCause::Failed(reason) => reason,
                    _ => FailReason::Onion(Vec::new()),
                };
                self.fail_upstream(at, lock, reason)
            }
            _ => Vec::new(),
        }
    }

    fn fail_upstream(
        &mut self,
        at: usize,
        lock: LockId,
        reason: FailReason,
    ) -> Vec<(usize, OpIntent)> {
        match self.forwards.remove(&(at, lock)) {
            Some(Source::Forward(at, lock)) => vec![(at, OpIntent::Fail { lock, reason })],
            Some(Source::Own(_)) | None => Vec::new(),
        }
    }

    /// Claims what pays an invoice, forwards the rest, fails what it cannot forward.
    fn offered(&mut self, at: usize, lock: Lock, now: UnixTime) -> Option<(usize, OpIntent)> {
        if let Some(preimage) = self.invoices.remove(&lock.hash) {
            self.gained += lock.amount.get();
            self.shown.insert(lock.hash);
            return Some((at, OpIntent::Fulfil { lock: lock.id, preimage }));
        }
        let source = Source::Forward(at, lock.id);
        let expiry = UnixTime::new(lock.expiry.get().saturating_sub(self.rules.delta()));
        let unlock_until = if self.rules == Rules::LateFulfil {
            expiry
        } else {
            UnixTime::new(lock.expiry.get() - MARGIN)
        };
        if self.add(1 - at, lock.amount, expiry, lock.hash, unlock_until, source, now) {
            return None;
        }
        let reason = FailReason::Onion(Vec::new());
        Some((at, OpIntent::Fail { lock: lock.id, reason }))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one lock")]
    fn add(
        &mut self,
        at: usize,
        amount: TokenAmount,
        expiry: UnixTime,
        hash: PaymentHash,
        unlock_until: UnixTime,
        source: Source,
        now: UnixTime,
    ) -> bool {
        if self.revealed[at].contains(&hash) && self.rules != Rules::RevealedHash {
            return false;
        }
        let intent = OpIntent::Add { amount, expiry, hash, onion: Vec::new(), unlock_until };
        let input = ChannelInput::Propose(intent);
        let Ok(outputs) = self.channels[at].apply(&input, now, &self.key) else { return false };
        for output in outputs {
            if let ChannelOutput::LockQueued(id) = output {
                self.forwards.insert((at, id), source);
            }
        }
        true
    }

    /// Pays somebody behind the peer.
    pub(crate) fn pay(
        &mut self,
        at: usize,
        amount: TokenAmount,
        expiry: UnixTime,
        hash: PaymentHash,
        now: UnixTime,
    ) {
        let source = Source::Own(amount.get());
        self.add(at, amount, expiry, hash, expiry, source, now);
    }

    /// What final blocks hold, and everything that the hub does about it by itself.
    pub(crate) fn look(&mut self, contract: &Contract) -> Vec<(usize, Transaction)> {
        let now = contract.now;
        let last = UnixTime::new(now.get() - LAG);
        for at in [0, 1] {
            let events = &contract.channels[at].events;
            if self.rules == Rules::FundingNotFinal {
                for event in &contract.channels[at].taken_back {
                    self.apply(at, &ChannelInput::Chain(*event), now);
                }
            }
            while let Some((time, event)) = events.get(self.seen[at]).copied() {
                if time > last {
                    break;
                }
                self.seen[at] += 1;
                self.apply(at, &ChannelInput::Chain(event), now);
                if let ChainEvent::Revealed { hash, .. } = event {
                    self.revealed[at].insert(hash);
                }
            }
            let head = if self.rules == Rules::ExpiryNotFinal { now } else { last };
            self.apply(at, &ChannelInput::Chain(ChainEvent::Head { time: head }), now);
            self.apply(at, &ChannelInput::Tick, now);
        }
        self.duties(now)
    }

    fn duties(&mut self, now: UnixTime) -> Vec<(usize, Transaction)> {
        let mut fresh = Vec::new();
        for at in [0, 1] {
            let holder = self.channels[at].holder();
            for duty in self.channels[at].duties(now) {
                let Some(transaction) = self.transaction(holder, duty) else { continue };
                let entry = (at, transaction);
                if !self.submitted.contains(&entry) {
                    self.submitted.push(entry.clone());
                    fresh.push(entry);
                }
            }
        }
        fresh
    }

    fn transaction(&self, holder: Party, duty: ChainDuty) -> Option<Transaction> {
        Some(match duty {
            ChainDuty::Reveal { .. } if self.rules == Rules::NoReveal => return None,
            ChainDuty::Reveal { preimage, .. } => Transaction::Reveal(preimage),
            ChainDuty::Close { newest } => Transaction::Close(holder, newest.map(|proof| *proof)),
            ChainDuty::Counter { .. } if self.rules == Rules::NothingShown => return None,
            ChainDuty::Counter { ack: Some(_), .. } if self.rules == Rules::OwnProofNotShown => {
                return None;
            }
            ChainDuty::Counter { proof, ack, .. } => {
                Transaction::Counter(Some(holder), *proof, ack.map(|ack| *ack))
            }
            ChainDuty::Finalise { .. } => Transaction::Finalise,
        })
    }

    pub(crate) fn is_open(&self, at: usize) -> bool {
        *self.channels[at].phase() == ChannelPhase::Open
    }
}
