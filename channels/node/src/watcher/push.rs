//! The node's side: hands over whatever changed, until the watcher has it.

use std::collections::BTreeMap;

use farbank_channels::channel::WatchUpdate;
use farbank_channels::domain::{ChannelId, ChannelTerms};
use farbank_transport::PeerClient;
use farbank_types::bitcoin::secp256k1::PublicKey;
use tokio::time::{interval, MissedTickBehavior};

use super::wire::{decode, encode};
use super::{WatchAnswer, WatchRequest};
use crate::engine::EngineError;
use crate::node::NodeHandle;

/// Looks every so often and hands over what changed. What the watcher did not acknowledge is handed over
/// again. Ends with the node.
///
/// # Errors
/// [`EngineError::Stopped`].
pub async fn push(
    node: NodeHandle,
    watcher: PeerClient<PublicKey>,
    every: core::time::Duration,
) -> Result<(), EngineError> {
    let mut kept: BTreeMap<ChannelId, WatchUpdate> = BTreeMap::new();
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let all = node.look(|switch| {
            let channels = switch.channels();
            channels.map(|(channel, ..)| (*channel.terms(), channel.watch())).collect::<Vec<_>>()
        });
        for (terms, update) in all.await? {
            if kept.get(&terms.id()) != Some(&update) && hand(&watcher, terms, &update).await {
                kept.insert(terms.id(), update);
            }
        }
    }
}

/// Hands one over; returns whether it is kept.
async fn hand(watcher: &PeerClient<PublicKey>, terms: ChannelTerms, update: &WatchUpdate) -> bool {
    let channel = terms.id();
    let Some(request) = encode(&WatchRequest { terms, update: update.clone() }) else {
        return false;
    };
    match watcher.request(request).await.map(|answer| decode(&answer)) {
        Ok(Some(WatchAnswer::Kept)) => true,
        Ok(Some(WatchAnswer::Refused(why))) => {
            tracing::warn!(%channel, reason = why.name(), %why, "the watcher refuses");
            false
        }
        Ok(Some(WatchAnswer::Malformed | WatchAnswer::Stopping) | None) => false,
        Err(error) => {
            tracing::warn!(%channel, reason = error.name(), %error, "the watcher is away");
            false
        }
    }
}
