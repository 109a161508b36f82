//! A watcher beside nodes that run: what it keeps survives, and an older proof is answered.

use core::time::Duration;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use farbank_channel_node::clock::{Clock as _, SystemClock};
use farbank_channel_node::engine::{EngineError, Machine as _};
use farbank_channel_node::log::LogError;
use farbank_channel_node::node::node_credential;
use farbank_channel_node::side_chain::{
    SideChainFault, SideChainNews, SideChainRequest, SideChainView,
};
use farbank_channel_node::watcher::{
    push, ChannelWatcher, WatchInput, WatchRejection, WatcherError, WatcherHandle, WatcherOptions,
    Watching, PROTOCOL,
};
use farbank_channels::channel::{ChainDuty, ChainEvent, PostedProof, WatchUpdate};
use farbank_channels::domain::{ChannelTerms, Party};
use farbank_channels::units::{ProofNonce, TokenAmount};
use farbank_transport::{PeerClient, PeerError, PeerLimits};
use farbank_types::{UnixTime, B256};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::world::{id, key, terms, World, ALPHA, HUB};

const WATCHER: usize = 5;

/// A chain that says what a test puts in, and remembers what it was asked for.
#[derive(Debug, Default)]
struct Script {
    news: Mutex<VecDeque<SideChainNews>>,
    asked: Mutex<Vec<ChainDuty>>,
}

impl SideChainView for Script {
    async fn news(&self) -> Result<Vec<SideChainNews>, SideChainFault> {
        sleep(Duration::from_millis(20)).await;
        Ok(self.news.lock().unwrap().drain(..).collect())
    }

    async fn submit(
        &self,
        _: &ChannelTerms,
        asked: SideChainRequest,
    ) -> Result<(), SideChainFault> {
        if let SideChainRequest::Duty(duty) = asked {
            self.asked.lock().unwrap().push(duty);
        }
        Ok(())
    }
}

struct Watcher {
    handle: WatcherHandle,
    script: Arc<Script>,
    task: JoinHandle<()>,
}

async fn watcher(folder: &Path) -> Watcher {
    let options = WatcherOptions {
        state_dir: folder.to_owned(),
        clients: [id(ALPHA)].into_iter().collect(),
        look_every: Duration::from_millis(50),
        ..WatcherOptions::default()
    };
    let opened = loop {
        match ChannelWatcher::open(options.clone(), &key(WATCHER), SystemClock).await {
            Ok(opened) => break opened,
            // Lock and port of the one that was killed.
            Err(
                WatcherError::Engine(EngineError::Log(LogError::Locked { .. }))
                | WatcherError::Peer(_),
            ) => sleep(Duration::from_millis(5)).await,
            Err(error) => panic!("{error}"),
        }
    };
    let (handle, script) = (opened.handle(), Arc::new(Script::default()));
    let run = opened.run(Arc::clone(&script), CancellationToken::new());
    let task = tokio::spawn(async move { run.await.unwrap() });
    Watcher { handle, script, task }
}

fn client(
    watcher: &Watcher,
    node: usize,
) -> PeerClient<farbank_types::bitcoin::secp256k1::PublicKey> {
    let (address, expected) = (watcher.handle.address().into(), *id(WATCHER).public_key());
    let own = node_credential(&key(node)).unwrap();
    PeerClient::new(&own, PROTOCOL, address, expected, PeerLimits::default()).unwrap()
}

fn channel() -> ChannelTerms {
    terms(id(ALPHA), id(HUB), 0)
}

async fn own_view(world: &World) -> WatchUpdate {
    let found = world.handle(ALPHA).look(|switch| switch.channel(&channel().id()).unwrap().watch());
    found.await.unwrap()
}

async fn kept(watcher: &Watcher) -> Option<WatchUpdate> {
    let look = |watching: &Watching| {
        watching.watched(channel().id(), id(ALPHA)).map(|watched| watched.update.clone())
    };
    watcher.handle.look(look).await.unwrap()
}

/// Alpha pays the hub, which pays back: proofs of both directions are acknowledged.
async fn payments(world: &World) {
    for seed in 0..10 {
        world.expect(HUB, seed, 5).await;
        let pay = world.pay_command(HUB, seed, 5);
        world.handle(ALPHA).command(pay).await.unwrap().unwrap();
        assert_eq!(world.ended(seed).await, Some(true));
    }
    world.quiet().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_proofs_survive_the_watcher_and_answer_an_older_one() {
    let (mut world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let first = watcher(folder.path()).await;
    let every = Duration::from_millis(20);
    let pushing = tokio::spawn(push(world.handle(ALPHA).clone(), client(&first, ALPHA), every));
    payments(&world).await;
    let newest = own_view(&world).await;
    for _ in 0..500 {
        if kept(&first).await.as_ref() == Some(&newest) {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(kept(&first).await.as_ref(), Some(&newest));
    // Both die; the peer closes with the first proof that it ever got.
    pushing.abort();
    let _ = pushing.await;
    world.kill(ALPHA).await;
    first.task.abort();
    let _ = first.task.await;
    drop((first.handle, first.script));
    let second = watcher(folder.path()).await;
    assert_eq!(kept(&second).await.as_ref(), Some(&newest));
    let alpha = channel().party(id(ALPHA).address()).unwrap();
    let old = PostedProof {
        nonce: ProofNonce::new(1),
        transferred: TokenAmount::ZERO,
        locks_root: B256::ZERO,
    };
    let event = |event| SideChainNews::Channel { id: channel().id(), event };
    let close_at = SystemClock.now().saturating_add_secs(60);
    second.script.news.lock().unwrap().extend([
        event(ChainEvent::Closing { close_at }),
        event(ChainEvent::Posted { payer: alpha, proof: old }),
    ]);
    let mut answered = Vec::new();
    for _ in 0..300 {
        answered = second.script.asked.lock().unwrap().clone();
        if answered.len() >= 2 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let mut payers = Vec::new();
    for duty in &answered[..2] {
        let ChainDuty::Counter { proof, ack: Some(ack), by } = duty else {
            panic!("{duty:?} is no counter that anybody may post");
        };
        assert_eq!(ack.proof.ack_hash, proof.proof.digest(channel().domain()));
        assert_eq!((*by, ack.proof.payer), (close_at, proof.proof.payer.other()));
        payers.push(proof.proof.payer);
    }
    payers.sort_unstable();
    assert_eq!(payers, [Party::A, Party::B]);
    // Nothing more once the chain shows the newer ones, and nothing at all once it is closed.
    let posted = |kept: &Option<farbank_channels::channel::WatchedProof>| {
        let proof = kept.as_ref().unwrap().proof.proof;
        let (nonce, transferred) = (proof.nonce, proof.transferred);
        let newer = PostedProof { nonce, transferred, locks_root: proof.locks_root };
        event(ChainEvent::Posted { payer: proof.payer, proof: newer })
    };
    let news = [posted(&newest.incoming), posted(&newest.outgoing)];
    second.script.news.lock().unwrap().extend(news);
    let quiet = async {
        while !second.handle.look(|w| w.duties(SystemClock.now()).is_empty()).await.unwrap() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), quiet).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stranger_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let watcher = watcher(folder.path()).await;
    let refused = client(&watcher, 7).request("hello".into()).await;
    assert!(matches!(refused, Err(PeerError::NotAdmitted { .. })), "{refused:?}");
    let answered = client(&watcher, ALPHA).request("hello".into()).await.unwrap();
    // Version 1, malformed.
    assert_eq!(answered[..], [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_posted_is_refused_by_name() {
    let world = World::new().await;
    payments(&world).await;
    let good = own_view(&world).await;
    let now = UnixTime::new(1);
    let keep = |watching: &mut Watching, client: usize, update: &WatchUpdate| {
        let (terms, update) = (Box::new(channel()), Box::new(update.clone()));
        let input = WatchInput::Keep { client: id(client), terms, update };
        watching.apply(&input, now, &()).map(|_| ()).map_err(|why| why.name())
    };
    let mut watching = Watching::default();
    keep(&mut watching, ALPHA, &good).unwrap();
    let before = watching.clone();
    let incoming = good.incoming.clone().unwrap();
    let with = |change: &dyn Fn(&mut WatchUpdate)| {
        let mut update = good.clone();
        change(&mut update);
        update
    };
    let other = |update: &mut WatchUpdate| {
        update.outgoing.as_mut().unwrap().proof.proof.nonce = ProofNonce::new(1_000_000)
    };
    for (update, name) in [
        (with(&|update| update.incoming = None), "StaleProof"),
        (with(&other), "BadProof"),
        (with(&|update| update.outgoing = Some(incoming.clone())), "BadProof"),
        (with(&|update| update.incoming.as_mut().unwrap().ack = incoming.proof), "BadAck"),
        (with(&|update| update.incoming.as_mut().unwrap().leaves = vec![0; 64].into()), "BadLocks"),
        (with(&|update| update.incoming.as_mut().unwrap().leaves = vec![0; 63].into()), "BadLocks"),
        (
            with(&|update| update.incoming.as_mut().unwrap().leaves = vec![0; 20_000].into()),
            "TooLarge",
        ),
        (with(&|update| update.unacked_leaves = vec![vec![0; 64].into(); 65]), "TooLarge"),
    ] {
        assert_eq!(keep(&mut watching, ALPHA, &update), Err(name));
        assert_eq!(watching, before, "a refused update changed the state");
    }
    assert_eq!(keep(&mut watching, 7, &good), Err("NotAParty"));
    let closed = WatchInput::Channel {
        id: channel().id(),
        event: ChainEvent::Closed { paid: farbank_channels::domain::Sides::default() },
    };
    watching.apply(&closed, now, &()).unwrap();
    assert!(watching.is_empty());
    assert_eq!(keep(&mut watching, ALPHA, &good), Err("Closed"));
    assert_eq!(WatchRejection::TooLarge.name(), "TooLarge");
}
