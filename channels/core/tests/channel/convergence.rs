//! Two honest ends over a link that is cut anywhere, restarted from logs of any age: they always find
//! together, and every payment ends once.

use std::collections::{BTreeMap, BTreeSet};

use farbank_channels::channel::{
    ChainDuty, ChainEvent, ChannelInput, ChannelOutput, ChannelPhase, DropCause, OpIntent,
};
use farbank_channels::commit::FailReason;
use farbank_channels::domain::Party;
use farbank_channels::units::{LockId, PaymentHash};
use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_oneof, proptest, Just, Strategy};
use proptest::test_runner::TestCaseError;

use crate::common::{amount, offered, preimage, Pair, MARGIN};

#[derive(Clone, Copy, Debug)]
enum Step {
    Add(Party, u8),
    Pay(Party, u8),
    Answer(Party, bool),
    Tick(Party),
    Deliver(Party),
    Cut,
    Wait(u8),
    /// Restarts an end from that many 256ths of its log.
    Restart(Party, u8),
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![Just(Party::A), Just(Party::B)]
}

fn step(age: impl Strategy<Value = u8> + 'static) -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (party(), any::<u8>()).prop_map(|(party, value)| Step::Add(party, value)),
        2 => (party(), any::<u8>()).prop_map(|(party, value)| Step::Pay(party, value)),
        4 => (party(), any::<bool>()).prop_map(|(party, fulfils)| Step::Answer(party, fulfils)),
        8 => party().prop_map(Step::Tick),
        12 => party().prop_map(Step::Deliver),
        1 => Just(Step::Cut),
        1 => any::<u8>().prop_map(Step::Wait),
        1 => (party(), age).prop_map(|(party, age)| Step::Restart(party, age)),
    ]
}

struct Story {
    pair: Pair,
    events: Vec<ChainEvent>,
    revealed: BTreeSet<[u8; 32]>,
    seeds: u8,
    hashes: BTreeMap<PaymentHash, u8>,
    decisions: BTreeMap<PaymentHash, bool>,
    /// What each end heard of each of its locks, restarts included.
    ends: BTreeMap<(Party, LockId), BTreeSet<&'static str>>,
    /// Whether data was lost since both were quiet.
    is_wounded: bool,
}

impl Story {
    fn new() -> Self {
        let pair = Pair::open(1_000_000, 1_000_000);
        let events = [Party::A, Party::B]
            .map(|of| ChainEvent::Funded { of, total: amount(1_000_000) })
            .to_vec();
        Self {
            pair,
            events,
            revealed: BTreeSet::new(),
            seeds: 0,
            hashes: BTreeMap::new(),
            decisions: BTreeMap::new(),
            ends: BTreeMap::new(),
            is_wounded: false,
        }
    }

    fn chain(&mut self, event: ChainEvent) {
        self.events.push(event);
        self.pair.chain(event);
    }

    fn play(&mut self, step: Step) {
        match step {
            Step::Add(party, value) => self.add(party, value),
            Step::Pay(party, value) => {
                // Refused when nothing is left or counted; that is an answer too.
                let _ = self.pair.pay(party, u128::from(value) + 1);
            }
            Step::Answer(party, fulfils) => self.answer(party, fulfils),
            Step::Tick(party) => {
                self.pair.apply(party, ChannelInput::Tick).expect("a tick");
            }
            Step::Deliver(party) => {
                if self.pair.deliver(party).is_some_and(|delivered| delivered.is_err()) {
                    self.relink();
                }
            }
            Step::Cut => self.relink(),
            Step::Wait(seconds) => self.wait(u64::from(seconds)),
            Step::Restart(party, age) => self.restart(party, age),
        }
        self.listen();
    }

    fn add(&mut self, party: Party, value: u8) {
        if self.seeds == u8::MAX {
            return;
        }
        self.seeds += 1;
        let intent = self.pair.lock_intent(u128::from(value) + 1, self.seeds);
        self.hashes.insert(preimage(self.seeds).hash(), self.seeds);
        drop(self.pair.apply(party, ChannelInput::Propose(intent)));
    }

    /// Decides a lock that the party was offered. Refused when it was decided before.
    fn answer(&mut self, party: Party, fulfils: bool) {
        let locks = offered(self.pair.end(party));
        let Some(lock) = locks.last().copied() else { return };
        let seed = self.hashes[&lock.hash];
        // What a node gave up it does not claim later, whatever it lost: that would end on chain.
        let fulfils = *self.decisions.entry(lock.hash).or_insert(fulfils);
        let intent = if fulfils {
            OpIntent::Fulfil { lock: lock.id, preimage: preimage(seed) }
        } else {
            OpIntent::Fail { lock: lock.id, reason: FailReason::Onion(Vec::new()) }
        };
        drop(self.pair.apply(party, ChannelInput::Propose(intent)));
    }

    fn relink(&mut self) {
        self.pair.link();
    }

    fn restart(&mut self, party: Party, age: u8) {
        if age < u8::MAX {
            // A loss before the one before it is healed is more than signatures can prove.
            if self.is_wounded {
                self.finish();
            }
            self.is_wounded = true;
        }
        let end = self.pair.end(party);
        let kept = (end.log.len() * (usize::from(age) + 1)).div_ceil(256);
        end.restart(kept);
        let now = self.pair.now;
        for event in self.events.clone() {
            self.pair.end(party).apply(ChannelInput::Chain(event), now).expect("an event");
        }
        self.relink();
    }

    /// Time passes in steps that leave room to reveal what has to be revealed.
    fn wait(&mut self, seconds: u64) {
        self.pair.now = self.pair.now.saturating_add_secs(seconds.min(MARGIN / 2));
        let now = self.pair.now;
        for party in [Party::A, Party::B] {
            for duty in self.pair.end(party).channel.duties(now) {
                let ChainDuty::Reveal { preimage, .. } = duty else { continue };
                if self.revealed.insert(*preimage.as_bytes()) {
                    self.chain(ChainEvent::Revealed { hash: preimage.hash(), preimage, at: now });
                }
            }
        }
        self.chain(ChainEvent::Head { time: now });
    }

    fn listen(&mut self) {
        for party in [Party::A, Party::B] {
            for said in &self.pair.end(party).said.clone() {
                let (lock, what) = match said {
                    ChannelOutput::Fulfilled { lock, .. } => (*lock, "paid"),
                    ChannelOutput::Dropped { lock, cause: DropCause::NotSent(_) } => {
                        (*lock, "never sent")
                    }
                    ChannelOutput::Dropped { lock, .. } => (*lock, "dropped"),
                    ChannelOutput::Vanished(lock) => (*lock, "vanished"),
                    _ => continue,
                };
                self.ends.entry((party, lock)).or_default().insert(what);
            }
        }
    }

    /// Both are back for good; everything that is open runs out.
    fn finish(&mut self) {
        self.is_wounded = false;
        for _ in 0..12 {
            self.relink();
            for _ in 0..200 {
                self.pair.tick();
                let mut moved = false;
                for party in [Party::A, Party::B] {
                    while let Some(delivered) = self.pair.deliver(party) {
                        moved = true;
                        if delivered.is_err() {
                            break;
                        }
                    }
                }
                if !moved {
                    break;
                }
            }
            self.wait(MARGIN / 2);
            self.listen();
        }
    }

    fn check_together(&mut self) -> Result<(u128, u128), TestCaseError> {
        for party in [Party::A, Party::B] {
            let end = self.pair.end(party);
            prop_assert_eq!(end.channel.phase(), &ChannelPhase::Open);
            let balances = end.channel.balances();
            prop_assert_eq!(balances.locked.a.get() + balances.locked.b.get(), 0);
            let froze = end.said.iter().any(|said| matches!(said, ChannelOutput::Freeze { .. }));
            prop_assert!(!froze);
        }
        let (a, b) = (self.pair.a.channel.balances(), self.pair.b.channel.balances());
        prop_assert_eq!(a.transferred, b.transferred);
        Ok((a.transferred.a.get(), a.transferred.b.get()))
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 32, ..Default::default() })]

    #[test]
    fn ends_with_their_whole_logs_lose_nothing_and_pay_once(
        steps in proptest::collection::vec(step(Just(255_u8)), 1..220),
    ) {
        let mut story = Story::new();
        for step in steps {
            story.play(step);
        }
        story.finish();
        let (a, b) = story.check_together()?;
        for (party, total) in [(Party::A, a), (Party::B, b)] {
            let received = &story.pair.end(party.other()).said;
            let received: u128 = received.iter().map(|said| match said {
                ChannelOutput::PaymentReceived { amount, .. } => amount.get(),
                _ => 0,
            }).sum();
            let ids: BTreeSet<LockId> = story.ends.iter()
                .filter(|((of, _), ends)| *of == party && ends.contains("paid"))
                .map(|((_, id), _)| *id).collect();
            let locks = offered(story.pair.end(party.other()));
            let paid: u128 =
                locks.iter().filter(|lock| ids.contains(&lock.id)).map(|lock| lock.amount.get()).sum();
            prop_assert_eq!(received + paid, total, "{} pays for what it got", party);
        }
        for ends in story.ends.values() {
            prop_assert_eq!(ends.len(), 1, "one end for each lock: {:?}", ends);
        }
    }

    #[test]
    fn ends_with_logs_of_different_age_find_together(
        steps in proptest::collection::vec(step(any::<u8>()), 1..160),
    ) {
        let mut story = Story::new();
        for step in steps {
            story.play(step);
        }
        story.finish();
        story.check_together()?;
    }

    #[test]
    fn the_same_inputs_give_the_same_state_and_outputs(
        steps in proptest::collection::vec(step(Just(255_u8)), 1..80),
    ) {
        let mut story = Story::new();
        for step in steps {
            story.play(step);
        }
        let party = Party::A;
        let end = story.pair.end(party);
        let (channel, said, length) = (end.channel.clone(), end.said.clone(), end.log.len());
        end.restart(length);
        prop_assert_eq!(&end.channel, &channel);
        prop_assert_eq!(&end.said, &said);
    }
}
