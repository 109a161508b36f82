//! The links of a node.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use farbank_transport::{PeerError, PeerHost, PeerReceiver, PeerStream};
use farbank_types::bitcoin::secp256k1::PublicKey;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::slot::{Current, Dialer, Slot};
use super::{LinkFigures, LinkOptions, Wire};
use crate::engine::{Engine, Machine};

/// The links of a node.
pub struct Links<M: Machine, W> {
    own: PublicKey,
    pub(super) options: LinkOptions,
    engine: Engine<M>,
    wire: W,
    figures: LinkFigures,
    slots: Mutex<BTreeMap<PublicKey, Arc<Slot>>>,
}

impl<M: Machine, W: Wire<M>> Links<M, W> {
    /// Returns the links of the node `own`; there are none yet.
    #[must_use]
    pub fn new(own: PublicKey, options: LinkOptions, engine: Engine<M>, wire: W) -> Self {
        let (figures, slots) = (LinkFigures::default(), Mutex::default());
        Self { own, options, engine, wire, figures, slots }
    }

    /// Returns what was counted.
    #[must_use]
    pub const fn figures(&self) -> &LinkFigures {
        &self.figures
    }

    /// Returns whether a link to the peer is up.
    #[must_use]
    pub fn is_up(&self, peer: PublicKey) -> bool {
        self.slot(peer).current().is_some_and(|current| !current.cut.is_cancelled())
    }

    /// Sends a message to a peer, if there is a link. Does not wait: a peer that does not take what it
    /// is sent is cut off. What is lost so is sent again when both resume.
    pub fn send(&self, peer: PublicKey, message: Bytes) {
        let Some(current) = self.slot(peer).current() else { return };
        if current.frames.try_send(message).is_ok() {
            self.figures.sent();
        } else if !current.cut.is_cancelled() {
            tracing::warn!(%peer, reason = "SlowPeer", "closed a link");
            self.figures.cut_off("SlowPeer");
            current.cut.cancel();
        }
    }

    /// Ends the link to a peer, which `reason` names in log and figures.
    pub fn cut(&self, peer: PublicKey, reason: &'static str) {
        if let Some(current) = self.slot(peer).current() {
            tracing::warn!(%peer, reason, "closed a link");
            self.figures.cut_off(reason);
            current.cut.cancel();
        }
    }

    pub(super) fn slot(&self, peer: PublicKey) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(peer).or_default())
    }

    /// Speaks on a connection for as long as it is the peer's live link.
    pub(super) async fn live(
        &self,
        stream: PeerStream<PublicKey>,
        dialer: Dialer,
        stop: &CancellationToken,
    ) -> Result<(), PeerError> {
        let peer = stream.peer();
        let slot = self.slot(peer);
        let Some(claim) = slot.claim(dialer, self.own < peer) else { return Ok(()) };
        let _alive = slot.live.lock().await;
        let (frames, mut outgoing) = mpsc::channel(self.options.waiting.max(1));
        let cut = stop.child_token();
        if !slot.begin(claim, Current { frames, cut: cut.clone(), dialer }) {
            return Ok(());
        }
        // An engine that has stopped ends the node; the link has nothing to add.
        let mut ended = Ok(());
        if self.engine.bring(self.wire.up(peer)).await.is_ok() {
            self.figures.linked();
            let (mut sender, mut receiver) = stream.split();
            ended = tokio::select! {
                biased;
                () = cut.cancelled() => Ok(()),
                read = self.read(peer, &mut receiver) => read,
                sent = sender.relay(&mut outgoing) => sent,
            };
        }
        slot.end();
        let _ = self.engine.bring(self.wire.down(peer)).await;
        ended
    }

    async fn read(&self, peer: PublicKey, receiver: &mut PeerReceiver) -> Result<(), PeerError> {
        let quota = Quota::per_second(self.options.messages_per_second);
        let rate: DefaultDirectRateLimiter = RateLimiter::direct(quota);
        while let Some(frame) = receiver.receive().await? {
            rate.until_ready().await;
            self.figures.received();
            let input = self.wire.received(peer, &frame)?;
            if self.engine.bring(input).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

impl<M: Machine, W: Wire<M>> PeerHost<PublicKey> for Links<M, W> {
    async fn converse(
        &self,
        stream: PeerStream<PublicKey>,
        stop: &CancellationToken,
    ) -> Result<(), PeerError> {
        self.live(stream, Dialer::Peer, stop).await
    }

    fn cut_off(&self, reason: &PeerError) {
        self.figures.cut_off(reason.name());
    }
}

impl<M: Machine, W> fmt::Debug for Links<M, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("own", &self.own).finish_non_exhaustive()
    }
}
