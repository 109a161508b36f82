//! Why an onion is refused, or cannot be made.

use thiserror::Error;

/// Why a packet is refused. The hop before hears which of them it was (BOLT #4, "BADONION").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OnionRejection {
    /// Not the one size that packets have.
    #[error("an onion of {found} bytes")]
    WrongLength {
        /// Bytes received.
        found: usize,
    },
    /// Of another version.
    #[error("onion of version {found}")]
    UnknownVersion {
        /// The version byte.
        found: u8,
    },
    /// Its public key is no point of the curve.
    #[error("the onion's key is no point")]
    BadKey,
    /// Made for another node or another payment, or altered on the way.
    #[error("the onion is not for this node and this payment")]
    BadHmac,
    /// The part for this hop has no length that fits the packet.
    #[error("the onion's part for this hop has no proper length")]
    BadPayload,
    /// It was here before.
    #[error("the onion was here before")]
    Replayed,
    /// Too many onions are remembered; later there is room again.
    #[error("more than {capacity} onions wait for their expiry")]
    ReplayCacheFull {
        /// The bound.
        capacity: usize,
    },
}

/// Why no packet can be made for a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RouteRejection {
    /// No hop at all.
    #[error("a route without hops")]
    EmptyRoute,
    /// The hops' parts do not fit one packet.
    #[error("the route takes {needed} bytes of an onion's {available}")]
    RouteTooLong {
        /// Bytes of all parts.
        needed: usize,
        /// What a packet holds.
        available: usize,
    },
    /// A payload of less than 2 bytes reads as a form that BOLT #4 gave up.
    #[error("the payload of hop {hop} has less than 2 bytes")]
    PayloadTooShort {
        /// Position of the hop, from 0.
        hop: usize,
    },
    /// The session's secret is no private key, with a chance of 2^-128.
    #[error("the session's secret is no key")]
    BadSessionKey,
}
