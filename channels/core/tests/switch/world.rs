//! Three nodes with their logs, the links between them, and the chain that all of them see.

use std::collections::{BTreeMap, VecDeque};

use farbank_channels::channel::{ChainDuty, ChainEvent, ChannelParameters};
use farbank_channels::domain::{ChannelId, ChannelTerms, Party, RawTerms};
use farbank_channels::message::ChannelMessage;
use farbank_channels::payload::{AssetKey, PaymentSecret};
use farbank_channels::signature::{ChannelSigner as _, NodeId, NodeKey};
use farbank_channels::switch::{
    AssetPolicy, Charge, Destination, Expected, PayCommand, PaymentEnd, PaymentRequest, Registry,
    Route, Switch, SwitchConfig, SwitchInput, SwitchOutput, SwitchRejection, Via,
};
use farbank_channels::units::{ChallengePeriod, PaymentHash, Preimage, Seconds, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};

pub(crate) const ALPHA: usize = 0;
pub(crate) const HUB: usize = 1;
pub(crate) const BETA: usize = 2;

/// R of every story, in seconds.
pub(crate) const MARGIN: u64 = 10;
/// Time between the locks of the hub.
pub(crate) const DELTA: u32 = 10;
/// What each side puts into each channel.
pub(crate) const FUNDED: u128 = 1_000_000;

const CONTRACT: EvmAddress = EvmAddress::repeat_byte(0xc0);
const CHAIN: ChainId = ChainId::new(1_337);

pub(crate) fn key(node: usize) -> NodeKey {
    let seed = u8::try_from(node).unwrap() + 1;
    NodeKey::from_bytes(&[seed; 32]).unwrap()
}

pub(crate) fn id(node: usize) -> NodeId {
    key(node).node_id()
}

pub(crate) fn asset(token: u8) -> AssetKey {
    AssetKey { chain: CHAIN, contract: CONTRACT, token: EvmAddress::repeat_byte(token) }
}

pub(crate) fn euro() -> AssetKey {
    asset(0xee)
}

pub(crate) fn rupee() -> AssetKey {
    asset(0x11)
}

/// A token in the channels of another contract: its preimages are revealed elsewhere.
pub(crate) fn dollar() -> AssetKey {
    AssetKey { contract: EvmAddress::repeat_byte(0xc1), ..asset(0xdd) }
}

pub(crate) fn amount(value: u128) -> TokenAmount {
    TokenAmount::new(value)
}

pub(crate) fn preimage(seed: u8) -> Preimage {
    Preimage::new([seed; 32])
}

pub(crate) fn hash(seed: u8) -> PaymentHash {
    preimage(seed).hash()
}

pub(crate) fn config() -> SwitchConfig {
    let policy = AssetPolicy { min_lock: amount(10), fee_base: amount(1), fee_ppm: 1_000 };
    SwitchConfig {
        assets: [euro(), rupee(), dollar()].into_iter().map(|asset| (asset, policy)).collect(),
        channel: ChannelParameters {
            reveal_margin: Seconds::new(MARGIN),
            stale_after: Seconds::new(30),
        },
        hop_delta_secs: DELTA,
        registry_delta_secs: 60,
        max_locks_per_peer: 64,
        max_value_percent: 25,
        max_incoming_locks: 1_000,
        replay_capacity: 10_000,
        quote_capacity: 100,
        keep_ended_secs: 600,
    }
}

/// What the hub takes.
pub(crate) fn fee() -> Charge {
    Charge::Fee { base: amount(1), ppm: 1_000 }
}

pub(crate) fn terms(one: usize, two: usize, asset: AssetKey) -> ChannelTerms {
    let (one, two) = (id(one).address(), id(two).address());
    ChannelTerms::new(RawTerms {
        chain_id: asset.chain,
        contract: asset.contract,
        party_a: one.min(two),
        party_b: one.max(two),
        token: asset.token,
        challenge: ChallengePeriod::new(120),
        salt: B256::ZERO,
    })
    .unwrap()
}

/// A node, its log, and what it said.
pub(crate) struct Node {
    pub(crate) key: NodeKey,
    pub(crate) switch: Switch,
    pub(crate) log: Vec<(SwitchInput, UnixTime)>,
    pub(crate) said: Vec<SwitchOutput>,
}

impl Node {
    fn new(node: usize) -> Self {
        let switch = Switch::new(id(node), config());
        Self { key: key(node), switch, log: Vec::new(), said: Vec::new() }
    }
}

/// The nodes, the links, the clock.
pub(crate) struct World {
    pub(crate) nodes: [Node; 3],
    pub(crate) wires: BTreeMap<(usize, usize), VecDeque<ChannelMessage>>,
    pub(crate) now: UnixTime,
}

impl World {
    /// Alpha and hub share a euro channel, hub and beta one in euro, one in rupees, one in dollars.
    pub(crate) fn new() -> Self {
        let nodes = [ALPHA, HUB, BETA].map(Node::new);
        let now = UnixTime::new(1_800_000_000);
        let mut world = Self { nodes, wires: BTreeMap::new(), now };
        for (one, two, asset) in
            [(ALPHA, HUB, euro()), (HUB, BETA, euro()), (HUB, BETA, rupee()), (HUB, BETA, dollar())]
        {
            world.open(one, two, asset);
        }
        world.head();
        for (one, two) in [(ALPHA, HUB), (HUB, BETA)] {
            world.link_up(one, two);
        }
        world.run();
        world
    }

    pub(crate) fn open(&mut self, one: usize, two: usize, asset: AssetKey) {
        let terms = terms(one, two, asset);
        for (node, peer) in [(one, two), (two, one)] {
            let peer = id(peer);
            self.apply(node, SwitchInput::Open { terms, peer }).unwrap();
            for of in [Party::A, Party::B] {
                let event = ChainEvent::Funded { of, total: amount(FUNDED) };
                self.apply(node, SwitchInput::Channel { id: terms.id(), event }).unwrap();
            }
        }
    }

    /// Logs an input, applies it, puts what is to be sent on the wire. An input that is refused is not
    /// logged.
    pub(crate) fn apply(
        &mut self,
        node: usize,
        input: SwitchInput,
    ) -> Result<Vec<SwitchOutput>, SwitchRejection> {
        let Node { key, switch, log, said } = &mut self.nodes[node];
        let before = switch.clone();
        let outputs = switch.apply(&input, self.now, key);
        let Ok(outputs) = outputs else {
            assert!(*switch == before, "a refused input changed the state");
            return outputs;
        };
        log.push((input, self.now));
        for output in &outputs {
            if let SwitchOutput::Send { peer, message } = output {
                let peer = [ALPHA, HUB, BETA].into_iter().find(|node| id(*node) == *peer).unwrap();
                self.wires.entry((node, peer)).or_default().push_back(message.clone());
            } else {
                said.push(output.clone());
            }
        }
        Ok(outputs)
    }

    /// Everybody sees an event of the contract of euro and rupee.
    pub(crate) fn registry(&mut self, event: ChainEvent) {
        self.registry_of(euro(), event);
    }

    pub(crate) fn registry_of(&mut self, asset: AssetKey, event: ChainEvent) {
        let registry = Registry::from(asset);
        for node in [ALPHA, HUB, BETA] {
            self.apply(node, SwitchInput::Registry { registry, event }).unwrap();
        }
    }

    pub(crate) fn head(&mut self) {
        for asset in [euro(), dollar()] {
            self.registry_of(asset, ChainEvent::Head { time: self.now });
        }
    }

    /// Time passes, second by second, and final blocks show it.
    pub(crate) fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = self.now.saturating_add_secs(1);
            self.head();
            for node in [ALPHA, HUB, BETA] {
                self.apply(node, SwitchInput::Tick).unwrap();
            }
        }
    }

    /// The same, with a chain on which every duty to reveal is done at once.
    pub(crate) fn live(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.wait(1);
            let duties = self.nodes.iter().flat_map(|node| node.switch.duties(self.now));
            for (_, duty) in duties.collect::<Vec<_>>() {
                let ChainDuty::Reveal { preimage, .. } = duty else { panic!("{duty:?}") };
                let (hash, at) = (preimage.hash(), self.now);
                self.registry(ChainEvent::Revealed { hash, preimage, at });
            }
        }
    }

    pub(crate) fn link_up(&mut self, one: usize, two: usize) {
        self.link_down(one, two);
        self.apply(one, SwitchInput::LinkUp(id(two))).unwrap();
        self.apply(two, SwitchInput::LinkUp(id(one))).unwrap();
    }

    /// Cuts a link; what was on it is lost.
    pub(crate) fn link_down(&mut self, one: usize, two: usize) {
        self.wires.remove(&(one, two));
        self.wires.remove(&(two, one));
        self.apply(one, SwitchInput::LinkDown(id(two))).unwrap();
        self.apply(two, SwitchInput::LinkDown(id(one))).unwrap();
    }

    /// Delivers the oldest message from one node to another.
    pub(crate) fn deliver(&mut self, from: usize, to: usize) -> bool {
        let Some(message) = self.wires.get_mut(&(from, to)).and_then(VecDeque::pop_front) else {
            return false;
        };
        let message = ChannelMessage::decode(&message.encode().unwrap()).unwrap();
        self.apply(to, SwitchInput::Received { peer: id(from), message }).unwrap();
        true
    }

    /// Has a node sign, and everything on its wires delivered, until nothing moves.
    pub(crate) fn run(&mut self) {
        while self.step() {}
    }

    fn tick(&mut self) {
        for node in [ALPHA, HUB, BETA] {
            self.apply(node, SwitchInput::Tick).unwrap();
        }
    }

    /// Has every node sign, and the oldest message of every wire delivered.
    pub(crate) fn step(&mut self) -> bool {
        self.tick();
        let wires: Vec<(usize, usize)> = self.wires.keys().copied().collect();
        wires.into_iter().filter(|(from, to)| self.deliver(*from, *to)).count() > 0
    }

    /// Goes on until a message is about to leave one node for another.
    pub(crate) fn until_sent(&mut self, from: usize, to: usize) {
        for _ in 0..100 {
            self.tick();
            if self.wires.get(&(from, to)).is_some_and(|wire| !wire.is_empty()) {
                return;
            }
            self.step();
        }
        panic!("nothing was sent");
    }

    /// Kills a node: what is on its links is lost, and its state is what its log says.
    pub(crate) fn restart(&mut self, node: usize) {
        self.kill(node);
        for peer in [ALPHA, HUB, BETA] {
            if peer.abs_diff(node) == 1 {
                self.link_up(node.min(peer), node.max(peer));
            }
        }
    }

    /// Starts a node again from the first inputs of its log; the chain tells it what it knew.
    pub(crate) fn forget(&mut self, node: usize, kept: usize) {
        let fresh = Node::new(node);
        let mut log = core::mem::replace(&mut self.nodes[node], fresh).log;
        log.truncate(kept);
        for (input, now) in log {
            let Node { key, switch, log, .. } = &mut self.nodes[node];
            switch.apply(&input, now, key).unwrap();
            log.push((input, now));
        }
        self.head();
        for peer in [ALPHA, HUB, BETA] {
            if peer.abs_diff(node) == 1 {
                self.link_up(node.min(peer), node.max(peer));
            }
        }
    }

    pub(crate) fn kill(&mut self, node: usize) {
        let Node { key, switch, log, .. } = &self.nodes[node];
        let mut again = Switch::new(id(node), config());
        for (input, now) in log {
            again.apply(input, *now, key).unwrap();
        }
        assert!(again == *switch, "the state is not what the log says");
        let snapshot = postcard::to_allocvec(switch).unwrap();
        let read: Switch = postcard::from_bytes(&snapshot).unwrap();
        assert!(read == *switch, "the state does not survive a snapshot");
        self.nodes[node].switch = again;
        for peer in [ALPHA, HUB, BETA] {
            if peer.abs_diff(node) == 1 {
                self.link_down(node.min(peer), node.max(peer));
            }
        }
    }

    pub(crate) fn expect(&mut self, node: usize, seed: u8, asset: AssetKey, value: u128) {
        let expected = expected(seed, asset, value, self.now);
        self.apply(node, SwitchInput::Expect(expected)).unwrap();
    }

    /// What alpha sends to pay that much to beta through the hub.
    pub(crate) fn routed(&self, seed: u8, value: u128) -> PayCommand {
        let via = Via { node: id(HUB), charge: fee(), delta_secs: DELTA };
        self.command(seed, BETA, euro(), value, &[via])
    }

    pub(crate) fn direct(&self, seed: u8, payee: usize, value: u128) -> PayCommand {
        self.command(seed, payee, euro(), value, &[])
    }

    pub(crate) fn command(
        &self,
        seed: u8,
        payee: usize,
        asset: AssetKey,
        value: u128,
        via: &[Via],
    ) -> PayCommand {
        let destination = self.destination(seed, payee, asset, value);
        let route = Route::plan(&destination, via, self.now).unwrap();
        PayCommand {
            request: request(seed, payee, asset, value, self.now),
            routes: vec![route],
            entropy: [seed; 32],
        }
    }

    pub(crate) fn destination(
        &self,
        seed: u8,
        payee: usize,
        asset: AssetKey,
        value: u128,
    ) -> Destination {
        Destination {
            node: id(payee),
            asset,
            amount: amount(value),
            expiry: self.now.saturating_add_secs(40),
            payment_hash: hash(seed),
        }
    }

    pub(crate) fn pay(&mut self, node: usize, command: PayCommand) -> Result<(), SwitchRejection> {
        self.apply(node, SwitchInput::Pay(Box::new(command))).map(drop)
    }

    /// How a payment of a node ended.
    pub(crate) fn end(&self, node: usize, seed: u8) -> Option<PaymentEnd> {
        let mut ends = self.nodes[node].said.iter().filter_map(|said| match said {
            SwitchOutput::PaymentEnded { payment_hash, end } if *payment_hash == hash(seed) => {
                Some(*end)
            }
            _ => None,
        });
        let end = ends.next();
        assert_eq!(ends.next(), None, "a payment ended twice");
        end
    }

    /// The name of what a payment of a node failed with.
    pub(crate) fn failure(&self, node: usize, seed: u8) -> &'static str {
        match self.end(node, seed) {
            Some(PaymentEnd::Failed(failure)) => {
                // The name outlives the value: it is one of a fixed list.
                let failure: &'static _ = Box::leak(Box::new(failure));
                failure.name()
            }
            other => panic!("not failed: {other:?}"),
        }
    }

    /// What a node has in a channel, as both ends of it see it; nothing may be locked.
    pub(crate) fn balance(&self, node: usize, peer: usize, asset: AssetKey) -> u128 {
        let id: ChannelId = terms(node, peer, asset).id();
        let seen = [node, peer].map(|end| {
            let channel = self.nodes[end].switch.channel(&id).unwrap();
            let balances = channel.balances();
            assert_eq!(
                (balances.locked.a.get(), balances.locked.b.get()),
                (0, 0),
                "locks are left"
            );
            let party = if end == node { channel.holder() } else { channel.holder().other() };
            balances.entitled(party).unwrap().get()
        });
        assert_eq!(seen[0], seen[1], "the ends differ");
        seen[0]
    }

    pub(crate) fn locks(&self) -> Vec<(usize, usize)> {
        self.nodes.iter().map(|node| node.switch.locks()).collect()
    }
}

pub(crate) fn expected(seed: u8, asset: AssetKey, value: u128, now: UnixTime) -> Expected {
    Expected {
        payment_hash: hash(seed),
        preimage: Some(preimage(seed)),
        secret: PaymentSecret::new([seed; 32]),
        asset,
        amount: Some(amount(value)),
        expires_at: now.saturating_add_secs(60),
        min_lock_secs: 15,
    }
}

pub(crate) fn request(
    seed: u8,
    payee: usize,
    asset: AssetKey,
    value: u128,
    now: UnixTime,
) -> PaymentRequest {
    PaymentRequest {
        payment_hash: hash(seed),
        secret: PaymentSecret::new([seed; 32]),
        payee: id(payee),
        asset,
        amount: amount(value),
        expires_at: now.saturating_add_secs(60),
        uetr: None,
        meta_hash: None,
        max_amount_in: amount(u128::MAX),
    }
}
