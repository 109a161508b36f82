//! What rides beside a lock, and what comes back with its failure: one byte of kind, then the content.

use crate::onion::{FailurePacket, OnionPacket, OnionRejection};

const PLAIN: u8 = 0;
const ONION: u8 = 1;

/// What an offered lock carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Envelope<'a> {
    /// A payload in the clear: the peer is the payee.
    Plain(&'a [u8]),
    /// A packet to be peeled.
    Onion(OnionPacket),
}

impl<'a> Envelope<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, OnionRejection> {
        match bytes.split_first() {
            Some((&PLAIN, payload)) => Ok(Self::Plain(payload)),
            Some((&ONION, packet)) => OnionPacket::from_bytes(packet).map(Self::Onion),
            Some((&found, _)) => Err(OnionRejection::UnknownVersion { found }),
            None => Err(OnionRejection::WrongLength { found: 0 }),
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        match self {
            Self::Plain(payload) => with_kind(PLAIN, payload),
            Self::Onion(packet) => with_kind(ONION, packet.as_bytes()),
        }
    }
}

/// What a failed lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason<'a> {
    /// A message in the clear: by the peer itself, to a payer or forwarder that shares no secret with it.
    Plain(&'a [u8]),
    /// A packet that only the payer can read.
    Onion(FailurePacket),
}

impl<'a> Reason<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        match bytes.split_first() {
            Some((&PLAIN, message)) => Some(Self::Plain(message)),
            Some((&ONION, packet)) => FailurePacket::from_bytes(packet).map(Self::Onion),
            _ => None,
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        match self {
            Self::Plain(message) => with_kind(PLAIN, message),
            Self::Onion(packet) => with_kind(ONION, packet.as_bytes()),
        }
    }
}

fn with_kind(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + content.len());
    bytes.push(kind);
    bytes.extend_from_slice(content);
    bytes
}
