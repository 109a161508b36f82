//! What a node and its watcher say to each other, one question and one answer at a time: a version byte
//! and a postcard document.

use bytes::Bytes;
use farbank_channels::channel::WatchUpdate;
use farbank_channels::domain::ChannelTerms;
use farbank_transport::Protocol;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::WatchRejection;

/// What is spoken with a watcher.
pub const PROTOCOL: Protocol = Protocol::new("farbank/watcher/1");
const VERSION: u8 = 1;

/// What a node hands over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRequest {
    /// The channel.
    pub terms: ChannelTerms,
    /// What the node has of it.
    pub update: WatchUpdate,
}

/// What the watcher answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchAnswer {
    /// It is durable.
    Kept,
    /// It is not kept.
    Refused(WatchRejection),
    /// The question makes no sense.
    Malformed,
    /// The watcher stops; ask again later.
    Stopping,
}

/// Writes a message; nothing where it has no bytes.
pub(super) fn encode(message: &impl Serialize) -> Option<Bytes> {
    postcard::to_extend(message, vec![VERSION]).ok().map(Bytes::from)
}

/// Reads a message; nothing for bytes that are none.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (version, content) = bytes.split_first()?;
    let (message, rest) = postcard::take_from_bytes(content).ok()?;
    (*version == VERSION && rest.is_empty()).then_some(message)
}
