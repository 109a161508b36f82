//! Two nodes with one channel, and the link between them.

use farbank_channels::channel::{
    ChainEvent, Channel, ChannelInput, ChannelOutput, ChannelParameters, ChannelRejection, OpIntent,
};
use farbank_channels::domain::{ChannelTerms, Party, RawTerms};
use farbank_channels::locks::Lock;
use farbank_channels::message::ChannelMessage;
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::{ChallengePeriod, LockId, PaymentHash, Preimage, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};

/// When every story starts.
pub(crate) const START: u64 = 1_700_000_000;
/// R of every story.
pub(crate) const MARGIN: u64 = 600;
/// Challenge period of every story.
pub(crate) const CHALLENGE: u32 = 7_200;

pub(crate) fn key(seed: u8) -> NodeKey {
    NodeKey::from_bytes(&[seed; 32]).expect("a key")
}

pub(crate) fn amount(amount: u128) -> TokenAmount {
    TokenAmount::new(amount)
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::new(START + seconds)
}

pub(crate) fn preimage(seed: u8) -> Preimage {
    Preimage::new([seed; 32])
}

pub(crate) fn hash(seed: u8) -> PaymentHash {
    preimage(seed).hash()
}

/// The two keys, that of party A first.
pub(crate) fn keys() -> (NodeKey, NodeKey) {
    let (one, two) = (key(1), key(2));
    if one.node_id().address() < two.node_id().address() {
        (one, two)
    } else {
        (two, one)
    }
}

pub(crate) fn terms() -> ChannelTerms {
    let (a, b) = keys();
    ChannelTerms::new(RawTerms {
        chain_id: ChainId::new(31_337),
        contract: EvmAddress::repeat_byte(0xc0),
        party_a: a.node_id().address(),
        party_b: b.node_id().address(),
        token: EvmAddress::repeat_byte(0x70),
        challenge: ChallengePeriod::new(CHALLENGE),
        salt: B256::repeat_byte(0x5a),
    })
    .expect("terms")
}

/// One end: its channel, its log, and what its machine said.
pub(crate) struct End {
    pub(crate) key: NodeKey,
    pub(crate) channel: Channel,
    pub(crate) log: Vec<(ChannelInput, UnixTime)>,
    pub(crate) said: Vec<ChannelOutput>,
    /// Messages that left and have not arrived.
    pub(crate) wire: Vec<ChannelMessage>,
}

impl End {
    pub(crate) fn new(party: Party) -> Self {
        let (a, b) = keys();
        let (key, other) = if party.is_a() { (a, b) } else { (b, a) };
        let channel =
            Channel::new(terms(), ChannelParameters::PRODUCTION, key.node_id(), other.node_id())
                .expect("a channel");
        Self { key, channel, log: Vec::new(), said: Vec::new(), wire: Vec::new() }
    }

    /// Logs the input, applies it, and collects what it led to.
    pub(crate) fn apply(
        &mut self,
        input: ChannelInput,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let outputs = self.channel.apply(&input, now, &self.key)?;
        self.log.push((input, now));
        for output in &outputs {
            match output {
                ChannelOutput::Send(message) => self.wire.push(message.clone()),
                said => self.said.push(said.clone()),
            }
        }
        Ok(outputs)
    }

    /// The machine that the first `length` inputs of the log lead to.
    pub(crate) fn restart(&mut self, length: usize) {
        self.log.truncate(length);
        let party = self.channel.holder();
        let mut fresh = Self::new(party);
        for (input, now) in core::mem::take(&mut self.log) {
            fresh.apply(input, now).expect("was applied before");
        }
        fresh.wire.clear();
        *self = fresh;
    }
}

/// Both ends and the clock.
pub(crate) struct Pair {
    pub(crate) a: End,
    pub(crate) b: End,
    pub(crate) now: UnixTime,
}

impl Pair {
    /// Funded by both, resumed, and told what the other counts.
    pub(crate) fn open(funded_a: u128, funded_b: u128) -> Self {
        let mut pair = Self { a: End::new(Party::A), b: End::new(Party::B), now: at(0) };
        pair.chain(ChainEvent::Funded { of: Party::A, total: amount(funded_a) });
        pair.chain(ChainEvent::Funded { of: Party::B, total: amount(funded_b) });
        pair.chain(ChainEvent::Head { time: at(0) });
        pair.link();
        pair.settle_down();
        pair
    }

    pub(crate) fn end(&mut self, party: Party) -> &mut End {
        match party {
            Party::A => &mut self.a,
            Party::B => &mut self.b,
        }
    }

    pub(crate) fn apply(
        &mut self,
        party: Party,
        input: ChannelInput,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let now = self.now;
        self.end(party).apply(input, now)
    }

    pub(crate) fn chain(&mut self, event: ChainEvent) {
        for party in [Party::A, Party::B] {
            self.apply(party, ChannelInput::Chain(event)).expect("an event");
        }
    }

    /// Time passes, and a final block shows it.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.saturating_add_secs(seconds);
        self.chain(ChainEvent::Head { time: self.now });
    }

    /// Cuts the link, loses what is on it, and opens it again.
    pub(crate) fn link(&mut self) {
        for party in [Party::A, Party::B] {
            self.end(party).wire.clear();
            self.apply(party, ChannelInput::LinkDown).expect("down");
        }
        for party in [Party::A, Party::B] {
            self.apply(party, ChannelInput::LinkUp).expect("up");
        }
    }

    /// Delivers the oldest message of one end.
    pub(crate) fn deliver(&mut self, from: Party) -> Option<Result<(), ChannelRejection>> {
        if self.end(from).wire.is_empty() {
            return None;
        }
        let message = over_the_wire(&self.end(from).wire.remove(0));
        Some(self.apply(from.other(), ChannelInput::Received(message)).map(drop))
    }

    pub(crate) fn tick(&mut self) {
        for party in [Party::A, Party::B] {
            self.apply(party, ChannelInput::Tick).expect("a tick");
        }
    }

    /// Delivers and signs until nothing moves any more.
    pub(crate) fn settle_down(&mut self) {
        loop {
            self.tick();
            let mut moved = false;
            for party in [Party::A, Party::B] {
                while let Some(delivered) = self.deliver(party) {
                    delivered.expect("accepted");
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
    }

    pub(crate) fn add(&mut self, party: Party, value: u128, seed: u8) -> LockId {
        let intent = self.lock_intent(value, seed);
        let outputs = self.apply(party, ChannelInput::Propose(intent)).expect("a lock");
        match outputs.as_slice() {
            [ChannelOutput::LockQueued(id)] => *id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn lock_intent(&self, value: u128, seed: u8) -> OpIntent {
        let expiry = self.now.saturating_add_secs(2 * MARGIN + 1_000);
        OpIntent::Add {
            amount: amount(value),
            expiry,
            hash: hash(seed),
            onion: vec![seed; 40],
            unlock_until: expiry,
        }
    }

    pub(crate) fn pay(&mut self, party: Party, value: u128) -> Result<(), ChannelRejection> {
        let intent = OpIntent::Pay { amount: amount(value), memo: Vec::new() };
        self.apply(party, ChannelInput::Propose(intent)).map(drop)
    }

    pub(crate) fn fulfil(&mut self, party: Party, lock: LockId, seed: u8) {
        let intent = OpIntent::Fulfil { lock, preimage: preimage(seed) };
        self.apply(party, ChannelInput::Propose(intent)).expect("fulfilled");
    }

    /// Transferred by A and by B, as both ends see it.
    pub(crate) fn transferred(&self) -> (u128, u128) {
        let of = |end: &End| {
            let transferred = end.channel.balances().transferred;
            (transferred.a.get(), transferred.b.get())
        };
        assert_eq!(of(&self.a), of(&self.b), "the ends differ");
        of(&self.a)
    }
}

/// What the other end makes of a message.
pub(crate) fn over_the_wire(message: &ChannelMessage) -> ChannelMessage {
    let bytes = message.encode().expect("encodes");
    ChannelMessage::decode(&bytes).expect("decodes")
}

/// The locks that an end was offered.
pub(crate) fn offered(end: &End) -> Vec<Lock> {
    let locks = end.said.iter().filter_map(|output| match output {
        ChannelOutput::LockOffered { lock, .. } => Some(*lock),
        _ => None,
    });
    locks.collect()
}
