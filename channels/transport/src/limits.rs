//! What a peer may take: time, places, volume.

use core::num::NonZeroU32;
use core::time::Duration;

/// What a peer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerLimits {
    /// Time for the handshake, TCP included.
    pub handshake: Duration,
    /// Time for a frame once its first byte is there.
    pub read: Duration,
    /// Time until a frame is handed to the operating system.
    pub write: Duration,
    /// Time between two frames.
    pub idle: Duration,
    /// Silence after which a [`crate::PeerSender`] says that it is alive; a third of `idle` or less.
    pub keep_alive: Duration,
    /// How long a peer may send more than its rate, one frame right after the other, before it is cut
    /// off; `None`: it is only read more slowly.
    pub flood: Option<Duration>,
    /// Time for an answer to begin.
    pub answer: Duration,
    /// Time during which a connection is tried again and again.
    pub connect: Duration,
    /// Handshakes under way at once; one more ends the oldest.
    pub pending: usize,
    /// Connections of one peer; one more is refused. Each serves one request at a time.
    pub connections_per_peer: usize,
    /// Connections of all strangers, where strangers are let in at all.
    pub strangers: usize,
    /// How often one peer may connect in a minute, and all strangers together.
    pub connects_per_minute: NonZeroU32,
    /// What one peer may send in a second, over all its connections; more is read later. A frame
    /// counts as its size and one KiB.
    pub kib_per_second: NonZeroU32,
    /// What one peer may send at once, at least one frame of full size.
    pub burst_kib: NonZeroU32,
}

const fn nonzero(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

impl Default for PeerLimits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            read: Duration::from_secs(10),
            write: Duration::from_secs(10),
            idle: Duration::from_secs(120),
            keep_alive: Duration::from_secs(30),
            flood: None,
            answer: Duration::from_secs(30),
            connect: Duration::from_secs(5),
            pending: 64,
            connections_per_peer: 4,
            strangers: 16,
            // Four connections, each made again every two seconds.
            connects_per_minute: nonzero(120),
            // A session of 25 inputs with its deposit blocks is under 100 KiB.
            kib_per_second: nonzero(1_024),
            burst_kib: nonzero(4_096),
        }
    }
}
