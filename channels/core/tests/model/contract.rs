//! The contract, as far as money goes: what it takes when, and whom it pays.

use std::collections::BTreeMap;

use farbank_channels::channel::{ChainEvent, PostedProof};
use farbank_channels::domain::{ChannelTerms, Party, Sides};
use farbank_channels::locks::LockSet;
use farbank_channels::objects::{CoopClose, Settle, SignedProof};
use farbank_channels::payout::{payout, PostedDirection, SideTotals};
use farbank_channels::units::{PaymentHash, Preimage, ProofNonce, SettleSeq, TokenAmount};
use farbank_types::{UnixTime, B256};

use crate::rules::Rules;

/// Blocks (of one second) until the hub knows that a block is final.
pub(crate) const LAG: u64 = 2;
/// Blocks that the adversary may hold a transaction of the hub back.
pub(crate) const INCLUSION: u64 = 2;
/// How long a close can be answered.
pub(crate) const CHALLENGE: u64 = 40;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    Open,
    Closing(UnixTime),
    Closed(Sides<TokenAmount>),
}

#[allow(clippy::large_enum_variant, reason = "a few of them live at a time")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transaction {
    Fund(Party, TokenAmount),
    Settle(Settle),
    CoopClose(CoopClose),
    Close(Party, Option<SignedProof>),
    /// By a party, or by anybody with an ack.
    Counter(Option<Party>, SignedProof, Option<SignedProof>),
    Reveal(Preimage),
    Finalise,
}

pub(crate) struct OnChain {
    pub(crate) terms: ChannelTerms,
    pub(crate) sides: Sides<SideTotals>,
    pub(crate) phase: Phase,
    pub(crate) posted: Sides<Option<SignedProof>>,
    seq: SettleSeq,
    registry: usize,
    /// With the time of their block.
    pub(crate) events: Vec<(UnixTime, ChainEvent)>,
    /// Events of blocks that left the best chain before they were final.
    pub(crate) taken_back: Vec<ChainEvent>,
}

pub(crate) struct Contract {
    pub(crate) now: UnixTime,
    pub(crate) channels: [OnChain; 2],
    registries: [BTreeMap<PaymentHash, (Preimage, UnixTime)>; 2],
    /// The leaves of every proof that was ever signed: whoever finalises has them.
    pub(crate) leaves: BTreeMap<B256, LockSet>,
    rules: Rules,
}

impl Contract {
    pub(crate) fn new(terms: [ChannelTerms; 2], now: UnixTime, rules: Rules) -> Self {
        let two = rules.has_two_registries();
        let at = |position: usize, terms: ChannelTerms| OnChain {
            terms,
            sides: Sides::default(),
            phase: Phase::Open,
            posted: Sides::default(),
            seq: SettleSeq::default(),
            registry: if two { position } else { 0 },
            events: Vec::new(),
            taken_back: Vec::new(),
        };
        let channels = [at(0, terms[0]), at(1, terms[1])];
        let leaves = BTreeMap::from([(B256::ZERO, LockSet::default())]);
        Self { now, channels, registries: Default::default(), leaves, rules }
    }

    pub(crate) fn revealed(&self, at: usize, hash: PaymentHash) -> Option<(Preimage, UnixTime)> {
        self.registries[self.channels[at].registry].get(&hash).copied()
    }

    /// Takes a transaction of channel `at`, or reverts.
    pub(crate) fn execute(&mut self, at: usize, transaction: Transaction) {
        let now = self.now;
        if let Transaction::Reveal(preimage) = &transaction {
            self.reveal(at, *preimage);
            return;
        }
        let channel = &mut self.channels[at];
        match transaction {
            Transaction::Fund(party, amount) if channel.phase == Phase::Open => {
                let side = channel.sides.of_mut(party);
                side.funded = side.funded.checked_add(amount).expect("small");
                let total = side.funded;
                channel.events.push((now, ChainEvent::Funded { of: party, total }));
            }
            Transaction::Settle(settle) => channel.settle(&settle, now),
            Transaction::CoopClose(close) => channel.cooperative(&close, now),
            Transaction::Close(by, proof) if channel.phase == Phase::Open => {
                let close_at = now.saturating_add_secs(CHALLENGE);
                channel.phase = Phase::Closing(close_at);
                channel.events.push((now, ChainEvent::Closing { close_at }));
                if let Some(proof) = proof.filter(|proof| proof.proof.payer != by) {
                    channel.post(proof, now);
                }
            }
            Transaction::Counter(by, proof, ack) => {
                let digest = proof.proof.digest(channel.terms.domain());
                let by_payee = by == Some(proof.proof.payer.other());
                let acked = ack.is_some_and(|ack| {
                    ack.proof.payer != proof.proof.payer && ack.proof.ack_hash == digest
                });
                let allowed = by_payee || acked || self.rules == Rules::CounterWithoutAck;
                let Phase::Closing(close_at) = channel.phase else { return };
                if allowed && now <= close_at {
                    channel.post(proof, now);
                }
            }
            Transaction::Finalise => self.finalise(at),
            Transaction::Fund(..) | Transaction::Close(..) | Transaction::Reveal(_) => {}
        }
    }

    fn reveal(&mut self, at: usize, preimage: Preimage) {
        let (now, hash, registry) = (self.now, preimage.hash(), self.channels[at].registry);
        if self.registries[registry].contains_key(&hash) {
            return;
        }
        self.registries[registry].insert(hash, (preimage, now));
        for channel in self.channels.iter_mut().filter(|channel| channel.registry == registry) {
            channel.events.push((now, ChainEvent::Revealed { hash, preimage, at: now }));
        }
    }

    fn finalise(&mut self, at: usize) {
        let channel = &self.channels[at];
        let Phase::Closing(close_at) = channel.phase else { return };
        if self.now <= close_at {
            return;
        }
        let direction = |party: Party| match channel.posted.of(party) {
            None => PostedDirection::default(),
            Some(posted) => PostedDirection {
                transferred: posted.proof.transferred,
                locks: self.leaves[&posted.proof.locks_root].clone(),
            },
        };
        let posted = Sides { a: direction(Party::A), b: direction(Party::B) };
        let revealed = |hash| self.revealed(at, hash).map(|(_, at)| at);
        let paid = payout(&channel.sides, &posted, close_at, revealed).expect("a payout");
        let total = |amounts: [TokenAmount; 2]| amounts[0].get() + amounts[1].get();
        let (a, b) = (channel.sides.a, channel.sides.b);
        assert_eq!(
            total([paid.a, paid.b]) + total([a.withdrawn, b.withdrawn]),
            total([a.funded, b.funded]),
            "I5: payouts are the funding"
        );
        let now = self.now;
        let channel = &mut self.channels[at];
        channel.phase = Phase::Closed(paid);
        channel.events.push((now, ChainEvent::Closed { paid }));
    }
}

impl OnChain {
    fn post(&mut self, signed: SignedProof, now: UnixTime) {
        let proof = signed.proof;
        let posted = self.posted.of_mut(proof.payer);
        if proof.nonce <= posted.map_or(ProofNonce::NONE, |posted| posted.proof.nonce) {
            return;
        }
        *posted = Some(signed);
        let kept = PostedProof {
            nonce: proof.nonce,
            transferred: proof.transferred,
            locks_root: proof.locks_root,
        };
        self.events.push((now, ChainEvent::Posted { payer: proof.payer, proof: kept }));
    }

    fn settle(&mut self, settle: &Settle, now: UnixTime) {
        let open = self.phase == Phase::Open;
        let fits = [Party::A, Party::B]
            .iter()
            .all(|party| settle.out(*party) >= self.sides.of(*party).withdrawn);
        let (a, b) = (self.sides.a, self.sides.b);
        let covered =
            settle.total_out.a.get() + settle.total_out.b.get() <= a.funded.get() + b.funded.get();
        if !open || settle.seq <= self.seq || now > settle.deadline || !fits || !covered {
            return;
        }
        self.seq = settle.seq;
        for party in [Party::A, Party::B] {
            self.sides.of_mut(party).withdrawn = settle.out(party);
        }
        let (seq, total_out) = (settle.seq, settle.total_out);
        self.events.push((now, ChainEvent::Settled { seq, total_out }));
    }

    fn cooperative(&mut self, close: &CoopClose, now: UnixTime) {
        let over = matches!(self.phase, Phase::Closed(_)) || now > close.deadline;
        let pay = |party: Party| {
            let side = self.sides.of(party);
            let later = side.funded.checked_sub(*close.funded.of(party))?;
            close.total_out.of(party).checked_sub(side.withdrawn)?.checked_add(later)
        };
        let (Some(a), Some(b)) = (pay(Party::A), pay(Party::B)) else { return };
        if over {
            return;
        }
        let paid = Sides { a, b };
        self.phase = Phase::Closed(paid);
        self.events.push((now, ChainEvent::Closed { paid }));
    }

    /// What a party got, with everything that was paid in place.
    pub(crate) fn got(&self, party: Party) -> u128 {
        let Phase::Closed(paid) = &self.phase else { return 0 };
        paid.of(party).get() + self.sides.of(party).withdrawn.get()
    }
}
