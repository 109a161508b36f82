//! A channel node: one switch, its log, its links, its view of the chain.
//!
//! Everything that happens meets in the core loop; this puts the parts around it and takes them down
//! again. The first part that fails ends the others.

pub(crate) mod chain;
mod credential;
mod effects;
mod error;
mod start;

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use farbank_channels::signature::NodeId;
use farbank_transport::PeerAddress;

use crate::engine::EngineOptions;
use crate::links::LinkOptions;
use crate::log::LogOptions;

pub use credential::node_credential;
pub use error::NodeError;
pub use start::{ChannelNode, NodeHandle};

/// How a node is set up. What it decides by is in the switch's own rules.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Folder of its log.
    pub state_dir: PathBuf,
    /// Where it listens for peers; port 0 for a free one.
    pub listen: SocketAddr,
    /// Peers that it connects to.
    pub peers: BTreeMap<NodeId, PeerAddress>,
    /// Whether nodes may connect with which it has no channel.
    pub admit_strangers: bool,
    /// How often it looks whether something is due on chain.
    pub look_every: Duration,
    /// Sizes of the log.
    pub log: LogOptions,
    /// Sizes of the core loop.
    pub engine: EngineOptions,
    /// What a peer may take.
    pub links: LinkOptions,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            state_dir: "channel-node".into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            peers: BTreeMap::new(),
            admit_strangers: false,
            look_every: Duration::from_secs(1),
            log: LogOptions::default(),
            engine: EngineOptions::default(),
            links: LinkOptions::default(),
        }
    }
}
