//! Connections to other nodes: one live link to each peer, made again when it is gone.
//!
//! Decides which of two connections to the same peer lives, when a peer is tried again and which peer
//! is cut off; leaves out what is said. The machine hears that a link is up, every message on it, and
//! that it is down, in this order and never of two links to one peer at once, so that both ends begin
//! each link by telling each other where they stand.
//!
//! A message goes out only when the core loop releases it. A peer that does not take its messages is
//! cut off, because nobody waits for it; when it comes back, both ends resume where they were.

mod dial;
mod figures;
mod live;
mod slot;

use core::num::NonZeroU32;
use core::time::Duration;

use bytes::Bytes;
use farbank_transport::{PeerError, PeerLimits};
use farbank_types::bitcoin::secp256k1::PublicKey;

use crate::engine::Machine;

pub use figures::LinkFigures;
pub use live::Links;

/// What the machine hears of links.
pub trait Wire<M: Machine>: Send + Sync + 'static {
    /// A link to the peer is up.
    fn up(&self, peer: PublicKey) -> M::Input;

    /// The link to the peer is down.
    fn down(&self, peer: PublicKey) -> M::Input;

    /// The peer sent a frame.
    ///
    /// # Errors
    /// [`PeerError::Garbage`] for what is no message: the peer is cut off.
    fn received(&self, peer: PublicKey, frame: &Bytes) -> Result<M::Input, PeerError>;
}

/// What a peer of a channel node may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOptions {
    /// Limits of the transport.
    pub peer: PeerLimits,
    /// Messages of one peer in a second; more are read later.
    pub messages_per_second: NonZeroU32,
    /// Messages to one peer that wait for it.
    pub waiting: usize,
    /// Pauses between two tries to reach a peer: the first one, and the longest.
    pub pauses: (Duration, Duration),
}

impl Default for LinkOptions {
    fn default() -> Self {
        let nonzero = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let peer = PeerLimits {
            // A dead peer's payments fail elsewhere meanwhile.
            idle: Duration::from_secs(15),
            keep_alive: Duration::from_secs(5),
            flood: Some(Duration::from_secs(10)),
            // One lives, one may come to replace it, from either side.
            connections_per_peer: 3,
            kib_per_second: nonzero(64 * 1024),
            burst_kib: nonzero(64 * 1024),
            ..PeerLimits::default()
        };
        Self {
            peer,
            // DESIGN section 6, limits of a peer.
            messages_per_second: nonzero(2_000),
            // Eight commits each way, what answers them, and settles.
            waiting: 256,
            pauses: (Duration::from_millis(100), Duration::from_secs(30)),
        }
    }
}
