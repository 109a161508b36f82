//! A peer that signs properly and says nonsense: each lock is failed, nothing panics, nothing is kept.

use farbank_channels::channel::{
    ChainEvent, Channel, ChannelInput, ChannelOutput, DropCause, OpIntent,
};
use farbank_channels::commit::FailReason;
use farbank_channels::domain::Party;
use farbank_channels::message::ChannelMessage;
use farbank_channels::onion::{build, OnionHop, SessionKey};
use farbank_channels::payload::{ForwardPayload, HopPayload};
use farbank_channels::signature::NodeKey;
use farbank_channels::switch::{Registry, Switch, SwitchInput, SwitchOutput};
use farbank_types::UnixTime;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest, ProptestConfig};

use super::world::{amount, config, euro, hash, id, key, terms, ALPHA, BETA, FUNDED, HUB};

const NOW: UnixTime = UnixTime::new(1_800_000_000);

/// The hub, and alpha's end of their channel without a node behind it.
struct Pair {
    hub: Switch,
    key: NodeKey,
    channel: Channel,
    said: Vec<ChannelOutput>,
}

impl Pair {
    fn new() -> Self {
        let terms = terms(ALPHA, HUB, euro());
        let channel = Channel::new(terms, config().channel, id(ALPHA), id(HUB)).unwrap();
        let hub = Switch::new(id(HUB), config());
        let mut pair = Self { hub, key: key(ALPHA), channel, said: Vec::new() };
        pair.tell(SwitchInput::Open { terms, peer: id(ALPHA) });
        for of in [Party::A, Party::B] {
            let event = ChainEvent::Funded { of, total: amount(FUNDED) };
            pair.tell(SwitchInput::Channel { id: terms.id(), event });
            pair.apply(ChannelInput::Chain(event));
        }
        let (event, registry) = (ChainEvent::Head { time: NOW }, Registry::from(euro()));
        pair.tell(SwitchInput::Registry { registry, event });
        pair.apply(ChannelInput::Chain(event));
        let hello = pair.hub.apply(&SwitchInput::LinkUp(id(ALPHA)), NOW, &key(HUB)).unwrap();
        pair.apply(ChannelInput::LinkUp);
        pair.hear(hello);
        pair.run();
        pair
    }

    /// Tells the hub something; alpha gets what it answers.
    fn tell(&mut self, input: SwitchInput) {
        let outputs = self.hub.apply(&input, NOW, &key(HUB)).unwrap();
        self.hear(outputs);
    }

    fn hear(&mut self, outputs: Vec<SwitchOutput>) {
        for output in outputs {
            if let SwitchOutput::Send { message, .. } = output {
                self.apply(ChannelInput::Received(message));
            }
        }
    }

    fn apply(&mut self, input: ChannelInput) {
        for output in self.channel.apply(&input, NOW, &self.key).unwrap() {
            match output {
                ChannelOutput::Send(message) => self.send(message),
                said => self.said.push(said),
            }
        }
    }

    fn send(&mut self, message: ChannelMessage) {
        self.tell(SwitchInput::Received { peer: id(ALPHA), message });
    }

    fn run(&mut self) {
        for _ in 0..4 {
            self.apply(ChannelInput::Tick);
            self.tell(SwitchInput::Tick);
        }
    }

    /// Offers a lock with that beside it; returns what it is failed with.
    fn offer(&mut self, seconds: u64, onion: Vec<u8>) -> DropCause {
        let expiry = NOW.saturating_add_secs(seconds);
        let (value, hash, unlock_until) = (amount(1_000), hash(1), expiry);
        let intent = OpIntent::Add { amount: value, expiry, hash, onion, unlock_until };
        self.apply(ChannelInput::Propose(intent));
        self.run();
        let dropped = self.said.drain(..).find_map(|said| match said {
            ChannelOutput::Dropped { cause, .. } => Some(cause),
            _ => None,
        });
        assert_eq!(self.hub.locks(), (0, 0));
        dropped.unwrap()
    }
}

/// Whether the hub gave the lock up with a reason of its own.
fn is_refused(cause: &DropCause) -> bool {
    matches!(cause, DropCause::Failed(FailReason::Onion(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_rides_beside_a_lock_the_lock_is_failed(
        kind in 0..4_u8,
        bytes in vec(any::<u8>(), 0..1_399),
        whole in any::<bool>(),
    ) {
        let mut onion = vec![kind];
        onion.extend(bytes);
        if whole {
            onion.resize(1_367, kind);
        }
        let mut pair = Pair::new();
        let cause = pair.offer(50, onion);
        prop_assert!(is_refused(&cause), "{cause:?}");
        // And the next one, which makes as little sense.
        let cause = pair.offer(50, Vec::new());
        prop_assert!(is_refused(&cause), "{cause:?}");
    }

    #[test]
    fn whatever_is_in_a_genuine_onion_the_lock_is_failed(
        payload in vec(any::<u8>(), 2..600),
        beyond in any::<bool>(),
    ) {
        let mut route = vec![OnionHop { key: *id(HUB).public_key(), payload }];
        if beyond {
            route.push(OnionHop { key: *id(BETA).public_key(), payload: vec![0; 9] });
        }
        let session = SessionKey::new(&[3; 32]).unwrap();
        let built = build(&session, &route, &hash(1).get()).unwrap();
        let mut onion = vec![1];
        onion.extend_from_slice(built.packet.as_bytes());
        let cause = Pair::new().offer(50, onion);
        prop_assert!(is_refused(&cause), "{cause:?}");
    }

    #[test]
    fn whatever_a_forward_asks_for_it_is_not_done_for_nothing(
        value in any::<u128>(),
        expiry in any::<u64>(),
    ) {
        let payload = HopPayload::Forward(ForwardPayload {
            next: id(BETA),
            asset: euro(),
            amount: amount(value),
            expiry: UnixTime::new(expiry),
            quote: None,
        });
        let hops = [(HUB, payload.encode()), (BETA, vec![0; 9])];
        let route = hops.map(|(node, payload)| OnionHop { key: *id(node).public_key(), payload });
        let session = SessionKey::new(&[3; 32]).unwrap();
        let built = build(&session, &route, &hash(1).get()).unwrap();
        let mut onion = vec![1];
        onion.extend_from_slice(built.packet.as_bytes());
        let mut pair = Pair::new();
        let before = pair.hub.channels().next().map(|(channel, ..)| channel.available());
        let cause = pair.offer(50, onion);
        prop_assert!(is_refused(&cause), "{cause:?}");
        let after = pair.hub.channels().next().map(|(channel, ..)| channel.available());
        prop_assert_eq!(before, after);
    }
}
