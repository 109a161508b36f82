//! Peers that spoil their link, and the others who do not notice.

use core::time::Duration;

use bytes::Bytes;
use farbank_channel_node::links::LinkOptions;
use farbank_channel_node::node::node_credential;
use farbank_channels::message::ChannelMessage;
use farbank_transport::{PeerClient, PeerStream, Protocol};
use farbank_types::bitcoin::secp256k1::PublicKey;
use tokio::time::{sleep, timeout};

use crate::world::{id, key, World, ALPHA, BETA, HUB};

/// Connects to the hub as a node, without any of its manners.
async fn as_node(world: &World, node: usize) -> PeerStream<PublicKey> {
    let (own, limits) = (node_credential(&key(node)).unwrap(), LinkOptions::default().peer);
    let address = world.handle(HUB).address().into();
    let hub = *id(HUB).public_key();
    let client = PeerClient::new(&own, Protocol::CHANNELS, address, hub, limits).unwrap();
    client.connect().await.unwrap()
}

async fn others_pay(world: &World, seed: u32) {
    world.expect(HUB, seed, 5).await;
    let pay = world.pay_command(HUB, seed, 5);
    world.handle(ALPHA).command(pay).await.unwrap().unwrap();
    assert_eq!(world.ended(seed).await, Some(true));
}

async fn cut_off(world: &World, reason: &str) {
    for _ in 0..500 {
        if world.handle(HUB).link_figures().cut_offs().contains_key(reason) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{reason} not among {:?}", world.handle(HUB).link_figures().cut_offs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_cut_off_by_name_and_harms_nobody_else() {
    let mut world = World::new().await;
    world.stop(BETA).await;
    for garbage in [&b"garbage"[..], &[1, 99], &[1, 2, 0xff, 0xff], &[0; 10]] {
        let mut stream = as_node(&world, BETA).await;
        stream.send(Bytes::from_static(garbage)).await.unwrap();
        // The hub says where it stands, and then no more.
        let ended = async { while let Ok(Some(_)) = stream.receive().await {} };
        timeout(Duration::from_secs(5), ended).await.unwrap();
    }
    cut_off(&world, "Garbage").await;
    others_pay(&world, 1).await;
    world.start(BETA).await;
    world.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn message_about_somebody_elses_channel_is_cut_off_by_name() {
    let mut world = World::new().await;
    world.stop(BETA).await;
    let mut stream = as_node(&world, BETA).await;
    let Some(frame) = stream.receive().await.unwrap() else { panic!("the hub says nothing") };
    let ChannelMessage::Resume(mut resume) = ChannelMessage::decode(&frame).unwrap() else {
        panic!("the hub does not begin with where it stands");
    };
    resume.id = crate::world::terms(id(ALPHA), id(HUB), 0).id();
    let foreign = ChannelMessage::Resume(resume).encode().unwrap();
    stream.send(foreign.into()).await.unwrap();
    cut_off(&world, "WrongPeer").await;
    others_pay(&world, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stranger_is_refused_by_name() {
    let world = World::new().await;
    let mut stream = as_node(&world, 7).await;
    assert!(stream.receive().await.is_err());
    cut_off(&world, "UnknownPeer").await;
    others_pay(&world, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnecting_in_a_loop_harms_nobody_else() {
    let mut world = World::new().await;
    world.stop(BETA).await;
    for _ in 0..40 {
        drop(as_node(&world, BETA).await);
    }
    others_pay(&world, 1).await;
    world.start(BETA).await;
    world.settled().await;
    others_pay(&world, 2).await;
}
