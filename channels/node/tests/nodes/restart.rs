//! What a start begins with, and whose log it takes.

use core::time::Duration;
use std::sync::Arc;

use farbank_channel_node::clock::SystemClock;
use farbank_channel_node::engine::EngineError;
use farbank_channel_node::log::LogError;
use farbank_channel_node::node::{ChannelNode, NodeError, NodeOptions};
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::TokenAmount;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::world::{id, key, rules, terms, QuietChain, ALPHA, HUB};

const CHANNELS: u32 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_with_a_thousand_channels_comes_back_from_its_log_and_from_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let options = || NodeOptions {
        state_dir: folder.path().to_owned(),
        look_every: Duration::from_secs(60),
        ..NodeOptions::default()
    };
    let all: Vec<_> = (0..CHANNELS).map(|salt| terms(id(ALPHA), id(HUB), salt)).collect();
    // First from the log alone, then from a snapshot.
    let node = ChannelNode::open(options(), key(ALPHA), rules(), SystemClock).await.unwrap();
    let (handle, stop) = (node.handle(), CancellationToken::new());
    let view = Arc::new(QuietChain(all.clone()));
    let run = tokio::spawn(node.run(view, stop.clone()));
    for terms in &all {
        handle.open_channel(*terms, id(HUB)).await.unwrap().unwrap();
    }
    let funded = handle.clone();
    let is_funded = async move {
        let whole = |switch: &farbank_channels::switch::Switch| {
            switch.channels().all(|(channel, ..)| channel.funded().a > TokenAmount::ZERO)
        };
        while !funded.look(whole).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(60), is_funded).await.unwrap();
    drop(handle);
    run.abort();
    let _ = run.await;
    for (replays, graceful) in [(true, true), (false, false)] {
        let node = loop {
            match ChannelNode::open(options(), key(ALPHA), rules(), SystemClock).await {
                Ok(node) => break node,
                // The killed one's last task is being dropped.
                Err(NodeError::Engine(EngineError::Log(LogError::Locked { .. }))) => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(node.handle().replayed() > 0, replays);
        let channels = node.handle();
        let stop = CancellationToken::new();
        let run = tokio::spawn(node.run(Arc::new(QuietChain(vec![])), stop.clone()));
        let count = channels.look(|switch| switch.channels().count()).await.unwrap();
        assert_eq!(count, all.len());
        drop(channels);
        if graceful {
            stop.cancel();
            run.await.unwrap().unwrap();
        } else {
            run.abort();
        }
    }
}

#[tokio::test]
async fn log_of_another_node_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = || NodeOptions { state_dir: folder.path().to_owned(), ..NodeOptions::default() };
    let node = ChannelNode::open(options(), key(ALPHA), rules(), SystemClock).await.unwrap();
    let handle = node.handle();
    let stop = CancellationToken::new();
    let run = tokio::spawn(node.run(Arc::new(QuietChain(vec![])), stop.clone()));
    handle.open_channel(terms(id(ALPHA), id(HUB), 0), id(HUB)).await.unwrap().unwrap();
    drop(handle);
    stop.cancel();
    run.await.unwrap().unwrap();
    let other = NodeKey::from_bytes(&[99; 32]).unwrap();
    let own = other.node_id();
    let refused = ChannelNode::open(options(), other, rules(), SystemClock).await;
    assert!(
        matches!(&refused, Err(NodeError::ForeignLog { found, own: named })
            if **found == id(ALPHA) && **named == own),
        "{refused:?}"
    );
}
