//! What goes wrong between peers.

use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, OtherError};
use thiserror::Error;

use crate::{NodeProofRejection, PeerAddress, PeerId};

/// What a time limit was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerStep {
    /// TCP and TLS handshake.
    Handshake,
    /// Reading a frame that has begun.
    Read,
    /// Writing a frame.
    Write,
    /// The pause between two frames.
    Idle,
    /// An answer.
    Answer,
}

impl fmt::Display for PeerStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Handshake => "handshake",
            Self::Read => "frame",
            Self::Write => "reader",
            Self::Idle => "next frame",
            Self::Answer => "answer",
        })
    }
}

/// What goes wrong between peers.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The own port cannot be listened on.
    #[error("cannot listen for peers on {address}: {source}")]
    Listen {
        /// Address and port.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Nobody listens there.
    #[error("no peer at {address}: {source}")]
    Unreachable {
        /// Address and port.
        address: PeerAddress,
        /// Why.
        source: io::Error,
    },
    /// Whoever connected is not admitted here.
    #[error("peer {identity} is unknown here; list it if it should be served")]
    UnknownPeer {
        /// Who it proved to be.
        identity: PeerId,
    },
    /// The other side does not admit the own identity.
    #[error("the peer does not know {own}; it has to list this identity")]
    NotAdmitted {
        /// The own identity.
        own: PeerId,
    },
    /// Somebody else answers there.
    #[error("peer {found} answers instead of {expected}; check address and identity")]
    WrongPeer {
        /// Who was expected.
        expected: PeerId,
        /// Who answers.
        found: PeerId,
    },
    /// The other side speaks another protocol over TLS, or none.
    #[error("the peer does not speak {expected}; check the address and the versions")]
    WrongProtocol {
        /// Name of the own protocol.
        expected: &'static str,
    },
    /// The peer has its connections already.
    #[error("peer {identity} has {max} connections already; it has to close one")]
    TooManyConnections {
        /// The peer.
        identity: PeerId,
        /// The bound.
        max: usize,
    },
    /// Strangers have their connections already.
    #[error("{max} unknown peers are connected already; list this one if it should be served")]
    TooManyStrangers {
        /// The bound.
        max: usize,
    },
    /// The peer connects again and again.
    #[error("peer {identity} connected more than {per_minute} times in a minute")]
    ReconnectsTooOften {
        /// The peer.
        identity: PeerId,
        /// The bound.
        per_minute: NonZeroU32,
    },
    /// A certificate speaks for no channel node.
    #[error("the peer does not prove to be a node: {0}")]
    Unproven(#[source] NodeProofRejection),
    /// The peer sent more than its rate for too long.
    #[error("more frames than the agreed rate for {limit:?}")]
    Flooded {
        /// How long that is borne.
        limit: Duration,
    },
    /// A frame is nothing that the protocol knows.
    #[error("a frame is no message of the protocol")]
    Garbage,
    /// Newer handshakes needed the place.
    #[error("the handshake was given up for newer ones")]
    Crowded,
    /// The other side is too slow.
    #[error("no {step} within {limit:?}")]
    TimedOut {
        /// What did not come.
        step: PeerStep,
        /// The limit.
        limit: Duration,
    },
    /// A frame is larger than allowed.
    #[error("a frame is larger than {max} bytes")]
    Oversized {
        /// The bound.
        max: usize,
    },
    /// The connection was closed before the answer.
    #[error("the peer closed the connection")]
    Closed,
    /// What came is no TLS 1.3, or breaks its rules.
    #[error("the peer breaks the rules of TLS: {0}")]
    Tls(#[source] rustls::Error),
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Io(#[source] io::Error),
}

/// A certificate's key that is not pinned, as it travels through the TLS library.
#[derive(Debug, Error)]
#[error("the key {0} is not pinned")]
struct Unpinned(PeerId);

/// Makes the TLS library's error of a key that is not pinned.
pub(crate) fn unpinned(identity: PeerId) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(Unpinned(identity)))).into()
}

/// Makes the TLS library's error of a certificate that speaks for no node.
pub(crate) fn unproven(why: NodeProofRejection) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(why))).into()
}

/// The side of a connection that reads an error.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    /// Was connected to.
    Listener,
    /// Connected.
    Dialer {
        /// Who was expected.
        expected: PeerId,
        /// The own identity.
        own: PeerId,
    },
}

impl PeerError {
    /// Finds the reason inside what reading or writing a TLS stream returned.
    pub(crate) fn of_stream(error: io::Error, side: Side) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Closed;
        }
        let inner = error.get_ref();
        if inner.is_some_and(|inner| inner.is::<tokio_util::codec::LengthDelimitedCodecError>()) {
            return Self::Oversized { max: crate::MAX_FRAME };
        }
        match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => Self::of_tls(tls.clone(), side),
            None => Self::Io(error),
        }
    }

    pub(crate) fn of_tls(error: rustls::Error, side: Side) -> Self {
        if let rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(reason))) =
            &error
        {
            if let Some(Unpinned(found)) = reason.downcast_ref() {
                return match side {
                    Side::Listener => Self::UnknownPeer { identity: *found },
                    Side::Dialer { expected, .. } => Self::WrongPeer { expected, found: *found },
                };
            }
            if let Some(why) = reason.downcast_ref() {
                return Self::Unproven(*why);
            }
        }
        match (side, &error) {
            // What a listener sends for a key that it does not know: see `unpinned`.
            (
                Side::Dialer { own, .. },
                rustls::Error::AlertReceived(AlertDescription::CertificateUnknown),
            ) => Self::NotAdmitted { own },
            _ => Self::Tls(error),
        }
    }

    /// Returns the name of the reason, for logs and figures.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "Listen",
            Self::Unreachable { .. } => "Unreachable",
            Self::UnknownPeer { .. } => "UnknownPeer",
            Self::NotAdmitted { .. } => "NotAdmitted",
            Self::WrongPeer { .. } => "WrongPeer",
            Self::WrongProtocol { .. } => "WrongProtocol",
            Self::TooManyConnections { .. } => "TooManyConnections",
            Self::TooManyStrangers { .. } => "TooManyStrangers",
            Self::ReconnectsTooOften { .. } => "ReconnectsTooOften",
            Self::Unproven(_) => "Unproven",
            Self::Flooded { .. } => "Flooded",
            Self::Garbage => "Garbage",
            Self::Crowded => "Crowded",
            Self::TimedOut { .. } => "TimedOut",
            Self::Oversized { .. } => "Oversized",
            Self::Closed => "Closed",
            Self::Tls(_) => "Tls",
            Self::Io(_) => "Io",
        }
    }

    /// Returns whether the same call can succeed later, without a change of any configuration.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TooManyConnections { .. }
            | Self::TooManyStrangers { .. }
            | Self::ReconnectsTooOften { .. }
            | Self::Crowded
            | Self::TimedOut { .. }
            | Self::Closed
            | Self::Io(_) => true,
            Self::Listen { .. }
            | Self::UnknownPeer { .. }
            | Self::NotAdmitted { .. }
            | Self::WrongPeer { .. }
            | Self::WrongProtocol { .. }
            | Self::Oversized { .. }
            | Self::Unproven(_)
            | Self::Flooded { .. }
            | Self::Garbage
            | Self::Tls(_) => false,
        }
    }
}
