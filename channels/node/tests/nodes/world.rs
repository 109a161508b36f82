//! Three nodes in one process, and the chain that all of them see.

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use farbank_channel_node::clock::{Clock as _, SystemClock};
use farbank_channel_node::engine::EngineError;
use farbank_channel_node::links::LinkOptions;
use farbank_channel_node::log::LogError;
use farbank_channel_node::node::{ChannelNode, NodeError, NodeHandle, NodeOptions};
use farbank_channel_node::side_chain::{
    SideChainFault, SideChainNews, SideChainRequest, SideChainView,
};
use farbank_channels::channel::{ChainEvent, ChannelParameters};
use farbank_channels::domain::{ChannelTerms, Party, RawTerms, Sides};
use farbank_channels::payload::{AssetKey, PaymentSecret};
use farbank_channels::signature::{ChannelSigner as _, NodeId, NodeKey};
use farbank_channels::switch::{
    AssetPolicy, Charge, Destination, Expected, PayCommand, Payment, PaymentRequest, PaymentState,
    Registry, Route, SwitchConfig, SwitchInput, Via,
};
use farbank_channels::units::{ChallengePeriod, PaymentHash, Preimage, Seconds, TokenAmount};
use farbank_transport::PeerLimits;
use farbank_types::{ChainId, EvmAddress, B256};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) const ALPHA: usize = 0;
pub(crate) const HUB: usize = 1;
pub(crate) const BETA: usize = 2;
pub(crate) const FUNDED: u128 = 1_000_000_000;
const DELTA: u32 = 10;

pub(crate) fn key(node: usize) -> NodeKey {
    NodeKey::from_bytes(&[u8::try_from(node).unwrap() + 1; 32]).unwrap()
}

pub(crate) fn id(node: usize) -> NodeId {
    key(node).node_id()
}

pub(crate) fn asset() -> AssetKey {
    AssetKey {
        chain: ChainId::new(1_337),
        contract: EvmAddress::repeat_byte(0xc0),
        token: EvmAddress::repeat_byte(0xee),
    }
}

pub(crate) fn preimage(seed: u32) -> Preimage {
    let mut bytes = [9; 32];
    bytes[..4].copy_from_slice(&seed.to_be_bytes());
    Preimage::new(bytes)
}

pub(crate) fn hash(seed: u32) -> PaymentHash {
    preimage(seed).hash()
}

pub(crate) fn rules() -> SwitchConfig {
    let one = TokenAmount::new(1);
    let policy = AssetPolicy { min_lock: one, fee_base: one, fee_ppm: 0 };
    SwitchConfig {
        assets: [(asset(), policy)].into_iter().collect(),
        channel: ChannelParameters {
            reveal_margin: Seconds::new(10),
            stale_after: Seconds::new(30),
        },
        hop_delta_secs: DELTA,
        registry_delta_secs: 60,
        max_locks_per_peer: 64,
        max_value_percent: 100,
        max_incoming_locks: 1_000,
        replay_capacity: 100_000,
        quote_capacity: 100,
        keep_ended_secs: 600,
    }
}

pub(crate) fn terms(one: NodeId, two: NodeId, salt: u32) -> ChannelTerms {
    let (one, two) = (one.address(), two.address());
    let mut bytes = B256::ZERO;
    bytes[..4].copy_from_slice(&salt.to_be_bytes());
    ChannelTerms::new(RawTerms {
        chain_id: asset().chain,
        contract: asset().contract,
        party_a: one.min(two),
        party_b: one.max(two),
        token: asset().token,
        challenge: ChallengePeriod::new(120),
        salt: bytes,
    })
    .unwrap()
}

/// A chain on which all channels are funded and nothing else ever happens.
#[derive(Debug)]
pub(crate) struct QuietChain(pub(crate) Vec<ChannelTerms>);

impl SideChainView for QuietChain {
    async fn news(&self) -> Result<Vec<SideChainNews>, SideChainFault> {
        sleep(Duration::from_millis(100)).await;
        let funded = self.0.iter().flat_map(|terms| {
            [Party::A, Party::B].map(|of| SideChainNews::Channel {
                id: terms.id(),
                event: ChainEvent::Funded { of, total: TokenAmount::new(FUNDED) },
            })
        });
        let event = ChainEvent::Head { time: SystemClock.now() };
        let head = SideChainNews::Registry { registry: Registry::from(asset()), event };
        Ok(funded.chain([head]).collect())
    }

    async fn submit(&self, _: &ChannelTerms, _: SideChainRequest) -> Result<(), SideChainFault> {
        Ok(())
    }
}

/// A node that runs.
pub(crate) struct Running {
    pub(crate) handle: NodeHandle,
    stop: CancellationToken,
    task: JoinHandle<Result<(), NodeError>>,
}

/// Three nodes; alpha and beta connect to the hub.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    addresses: Vec<SocketAddr>,
    pub(crate) running: [Option<Running>; 3],
}

impl World {
    pub(crate) async fn new() -> Self {
        let sockets: Vec<_> = (0..3)
            .map(|_| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
            .collect();
        let addresses = sockets.iter().map(|socket| socket.local_addr().unwrap()).collect();
        drop(sockets);
        let folder = tempfile::tempdir().unwrap();
        let mut world = Self { folder, addresses, running: [None, None, None] };
        for node in [ALPHA, HUB, BETA] {
            world.start(node).await;
        }
        for (one, two) in [(ALPHA, HUB), (HUB, BETA)] {
            for (node, peer) in [(one, two), (two, one)] {
                let terms = terms(id(one), id(two), 0);
                world.handle(node).open_channel(terms, id(peer)).await.unwrap().unwrap();
            }
        }
        world.settled().await;
        world
    }

    pub(crate) fn state_dir(&self, node: usize) -> PathBuf {
        self.folder.path().join(node.to_string())
    }

    pub(crate) fn options(&self, node: usize) -> NodeOptions {
        let mut peers = BTreeMap::new();
        if node != HUB {
            peers.insert(id(HUB), self.addresses[HUB].into());
        }
        let defaults = LinkOptions::default();
        let links = LinkOptions {
            // A test restarts more often than a minute has seconds.
            peer: PeerLimits { connects_per_minute: defaults.messages_per_second, ..defaults.peer },
            pauses: (Duration::from_millis(10), Duration::from_millis(200)),
            ..defaults
        };
        NodeOptions {
            state_dir: self.state_dir(node),
            listen: self.addresses[node],
            peers,
            look_every: Duration::from_millis(200),
            links,
            ..NodeOptions::default()
        }
    }

    pub(crate) async fn start(&mut self, node: usize) {
        let opened = loop {
            match ChannelNode::open(self.options(node), key(node), rules(), SystemClock).await {
                Ok(opened) => break opened,
                // Lock and port of the one that was killed.
                Err(
                    NodeError::Engine(EngineError::Log(LogError::Locked { .. }))
                    | NodeError::Peer(_),
                ) => {
                    sleep(Duration::from_millis(5)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        let (handle, stop) = (opened.handle(), CancellationToken::new());
        let channels = [(ALPHA, HUB), (HUB, BETA)].map(|(one, two)| terms(id(one), id(two), 0));
        let view = Arc::new(QuietChain(channels.to_vec()));
        let task = tokio::spawn(opened.run(view, stop.clone()));
        self.running[node] = Some(Running { handle, stop, task });
    }

    /// Ends a node as a killed process ends: nothing is flushed.
    pub(crate) async fn kill(&mut self, node: usize) {
        let Running { handle, task, .. } = self.running[node].take().unwrap();
        drop(handle);
        task.abort();
        let _ = task.await;
    }

    pub(crate) async fn stop(&mut self, node: usize) {
        let Running { handle, stop, task } = self.running[node].take().unwrap();
        drop(handle);
        stop.cancel();
        task.await.unwrap().unwrap();
    }

    pub(crate) fn handle(&self, node: usize) -> &NodeHandle {
        &self.running[node].as_ref().unwrap().handle
    }

    /// Waits until every channel is usable at both ends.
    pub(crate) async fn settled(&self) {
        for _ in 0..1_000 {
            let mut usable = true;
            for node in [ALPHA, HUB, BETA] {
                usable &= self
                    .handle(node)
                    .look(|switch| {
                        let funded = TokenAmount::new(FUNDED);
                        switch.channels().all(|(channel, ..)| {
                            let both = Sides { a: funded, b: funded };
                            channel.is_usable() && *channel.funded() == both
                        })
                    })
                    .await
                    .unwrap();
            }
            if usable {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("a channel is not usable");
    }

    /// Has `payee` expect a payment; an expected one may be expected before.
    pub(crate) async fn expect(&self, payee: usize, seed: u32, amount: u128) {
        let expected = Expected {
            payment_hash: hash(seed),
            preimage: Some(preimage(seed)),
            secret: PaymentSecret::new([7; 32]),
            asset: asset(),
            amount: Some(TokenAmount::new(amount)),
            expires_at: SystemClock.now().saturating_add_secs(600),
            min_lock_secs: 15,
        };
        let handle = self.handle(payee);
        handle.command(SwitchInput::Expect(expected)).await.unwrap().unwrap();
    }

    pub(crate) fn pay_command(&self, payee: usize, seed: u32, amount: u128) -> SwitchInput {
        let now = SystemClock.now();
        let amount = TokenAmount::new(amount);
        let destination = Destination {
            node: id(payee),
            asset: asset(),
            amount,
            expiry: now.saturating_add_secs(45),
            payment_hash: hash(seed),
        };
        let charge = Charge::Fee { base: TokenAmount::new(1), ppm: 0 };
        let hub = Via { node: id(HUB), charge, delta_secs: DELTA };
        let via = if payee == HUB { vec![] } else { vec![hub] };
        let mut entropy = [3; 32];
        entropy[..4].copy_from_slice(&seed.to_be_bytes());
        SwitchInput::Pay(Box::new(PayCommand {
            request: PaymentRequest {
                payment_hash: hash(seed),
                secret: PaymentSecret::new([7; 32]),
                payee: id(payee),
                asset: asset(),
                amount,
                expires_at: now.saturating_add_secs(600),
                uetr: None,
                meta_hash: None,
                max_amount_in: TokenAmount::new(u128::MAX),
            },
            routes: vec![Route::plan(&destination, &via, now).unwrap()],
            entropy,
        }))
    }

    pub(crate) async fn payment(&self, node: usize, seed: u32) -> Option<Payment> {
        let found = self.handle(node).look(move |switch| switch.payment(&hash(seed)).cloned());
        found.await.unwrap()
    }

    /// Waits until a payment of alpha has ended; returns whether it was paid.
    pub(crate) async fn ended(&self, seed: u32) -> Option<bool> {
        for _ in 0..2_000 {
            match self.payment(ALPHA, seed).await.map(|payment| payment.state) {
                None => return None,
                Some(PaymentState::Paid { .. }) => return Some(true),
                Some(PaymentState::Failed { .. }) => return Some(false),
                Some(PaymentState::Unknown) => panic!("payment {seed} has an unknown end"),
                Some(PaymentState::InFlight(_)) => sleep(Duration::from_millis(10)).await,
            }
        }
        panic!("payment {seed} does not end");
    }

    /// Waits until no lock is left anywhere.
    pub(crate) async fn quiet(&self) {
        for _ in 0..1_000 {
            let mut locks = 0;
            for node in [ALPHA, HUB, BETA] {
                let (incoming, outgoing) =
                    self.handle(node).look(|switch| switch.locks()).await.unwrap();
                locks += incoming + outgoing;
            }
            if locks == 0 {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("locks are left");
    }

    /// What a node has in its channel with a peer, as both ends see it once they agree.
    pub(crate) async fn balance(&self, node: usize, peer: usize) -> u128 {
        let channel = terms(id(node), id(peer), 0).id();
        let mut seen = Vec::new();
        for _ in 0..500 {
            seen.clear();
            for end in [node, peer] {
                let look = move |switch: &farbank_channels::switch::Switch| {
                    let channel = switch.channel(&channel).unwrap();
                    let holder = channel.holder();
                    let party = if end == node { holder } else { holder.other() };
                    channel.balances().entitled(party).unwrap().get()
                };
                seen.push(self.handle(end).look(look).await.unwrap());
            }
            if seen[0] == seen[1] {
                return seen[0];
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("the ends differ: {seen:?}");
    }
}
