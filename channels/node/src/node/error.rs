//! What keeps a node from starting, or ends it.

use farbank_channels::signature::NodeId;
use farbank_transport::{CredentialError, PeerError};
use thiserror::Error;

use crate::engine::EngineError;

/// What keeps a node from starting, or ends it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The core loop or its log.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The own port, or the own credential.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// No certificate.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The log is another node's.
    #[error("the log belongs to {found}, the key to {own}; use its key or another folder")]
    ForeignLog {
        /// Whose log it is.
        found: Box<NodeId>,
        /// The key's node.
        own: Box<NodeId>,
    },
    /// A part broke down.
    #[error("a part of the node broke down; please report it")]
    BrokeDown,
}
