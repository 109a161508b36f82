//! Onions: what tells each hop of a payment its own part of the route, and nothing else.
//!
//! The Sphinx packets of BOLT #4, byte for byte: the same size at every hop, bound to the payment by
//! its hash, with failures that come back wrapped once a hop and name the hop that made them. Decides
//! which packet is genuine and new; leaves out what the payloads say.

mod build;
mod errors;
mod failure;
mod keys;
mod packet;
mod peel;
mod replay;

pub use build::{build, BuiltOnion, OnionHop, SessionKey};
pub use errors::{OnionRejection, RouteRejection};
pub use failure::{FailurePacket, FAILURE_LEN, MAX_FAILURE_MESSAGE};
pub use keys::{HopSecret, OnionKey};
pub use packet::{OnionPacket, HOP_DATA_LEN, PACKET_LEN};
pub use peel::{peel, Peeled, PeeledHop};
pub use replay::ReplayCache;
