//! The transport between peers that know each other: attesters, the relayer, later channel nodes.
//!
//! TLS 1.3 in both directions, each side holding a self-signed certificate and pinning the other's
//! public key, as [`PeerIdentity`]. Over it run frames of at most [`MAX_FRAME`] bytes, and over the
//! frames either a [`PeerStream`] or one request and one answer at a time ([`PeerListener::serve`],
//! [`PeerClient::request`]). Decides who may speak, how long anything may take and how much a peer
//! may send ([`PeerLimits`]); leaves out what is said: bodies are bytes here.
//!
//! A known peer can be hostile: it gets its rate and its connections, and harms nobody else's. An
//! unknown one gets a bounded place among the handshakes that are under way.

mod address;
mod client;
mod error;
mod frame;
mod identity;
mod limits;
mod listener;
mod pending;
mod stream;
mod tls;

pub use farbank_types::PeerIdentity;

pub use address::{PeerAddress, PeerAddressError};
pub use client::PeerClient;
pub use error::{PeerError, PeerStep};
pub use frame::MAX_FRAME;
pub use identity::{IdentityError, IdentityKey};
pub use limits::PeerLimits;
pub use listener::{PeerListener, PeerService};
pub use stream::PeerStream;
pub use tls::Protocol;
