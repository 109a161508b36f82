//! Why an attester does not run.

use std::net::SocketAddr;
use std::path::PathBuf;

use bitcoin::XOnlyPublicKey;
use farbank_relayer_store::StoreError;
use farbank_transport::{IdentityError, PeerError};
use farbank_types::{SideChainKind, B256};
use thiserror::Error;
use tokio::task::JoinError;

use super::bitcoin::BitcoinViewError;
use super::dkg::ShareFileError;
use super::side_chain::{GenesisError, SideViewError};
use crate::config::ConfigError;
use crate::setup::SetupError;

/// Why an attester does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AttesterError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `deployment.json`, or the Bitcoin node's credentials.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The identity.
    #[error("peer.identity_file: {0}")]
    Identity(#[from] IdentityError),
    /// Share, passphrase or public file.
    #[error(transparent)]
    Share(#[from] ShareFileError),
    /// There is no share.
    #[error("no share at {}; run `farbank attester dkg`, or restore it", path.display())]
    NoShare {
        /// Where it should be.
        path: PathBuf,
    },
    /// The share is of another federation than the deployment or the public file.
    #[error(transparent)]
    OtherFederation(#[from] Box<OtherFederation>),
    /// The genesis is not pinned.
    #[error("side_chain.genesis_hash is not set; take it from those who started the chain")]
    NoGenesisHash,
    /// The pinned genesis is not the deployment's.
    #[error("side_chain.genesis_hash is {pinned}, the deployment says {deployment}")]
    WrongGenesis {
        /// The configured hash.
        pinned: B256,
        /// The deployment's.
        deployment: B256,
    },
    /// A Clique chain is followed from its genesis file.
    #[error("side_chain.genesis_file is not set; a Clique chain is followed from it")]
    NoGenesisFile,
    /// The genesis file cannot be read.
    #[error("the genesis file {} cannot be read: {source}", path.display())]
    GenesisUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The genesis file is not the pinned one.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// Payouts from a chain without finality need a bound.
    #[error("policy.payout_cap_sat is not set; a {} chain needs one", kind.name())]
    NoPayoutCap {
        /// The chain's kind.
        kind: SideChainKind,
    },
    /// This version knows no contract for the deployment's network.
    #[error("there is no contract for Bitcoin's network {network}")]
    UnknownNetwork {
        /// The network.
        network: bitcoin::Network,
    },
    /// The port for peers.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The HTTP interface cannot be served.
    #[error("cannot serve on {address}: {source}; see api.listen")]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The record.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The own disk failed under the Bitcoin view.
    #[error(transparent)]
    Bitcoin(#[from] BitcoinViewError),
    /// The own disk failed under the side chain's view.
    #[error(transparent)]
    SideChain(#[from] SideViewError),
    /// A part panicked: a fault of this program.
    #[error("a part of the attester broke down; please report it with the log: {0}")]
    BrokenDown(#[from] JoinError),
}

/// The share is of another federation than the deployment or the public file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the share is of federation {share}, expected {expected}; check the files")]
pub struct OtherFederation {
    /// Key of the share.
    pub share: XOnlyPublicKey,
    /// Key that was expected.
    pub expected: XOnlyPublicKey,
}

impl AttesterError {
    /// Returns whether the configuration or the files that it names have to change; otherwise it is
    /// a fault of disk, network or node.
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        match self {
            Self::Config(_)
            | Self::Setup(_)
            | Self::Identity(_)
            | Self::Share(_)
            | Self::NoShare { .. }
            | Self::OtherFederation(_)
            | Self::NoGenesisHash
            | Self::WrongGenesis { .. }
            | Self::NoGenesisFile
            | Self::GenesisUnreadable { .. }
            | Self::Genesis(_)
            | Self::NoPayoutCap { .. }
            | Self::UnknownNetwork { .. }
            | Self::Peer(_) => true,
            Self::Store(error) => {
                matches!(error, StoreError::Locked { .. } | StoreError::WrongInstance { .. })
            }
            Self::Listen { .. } | Self::Bitcoin(_) | Self::SideChain(_) | Self::BrokenDown(_) => {
                false
            }
        }
    }
}
