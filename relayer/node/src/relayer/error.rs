//! Why a relayer does not run.

use std::net::SocketAddr;
use std::path::PathBuf;

use bitcoin::XOnlyPublicKey;
use farbank_contracts::KeyError;
use farbank_relayer_store::StoreError;
use farbank_transport::IdentityError;
use thiserror::Error;
use tokio::task::JoinError;

use crate::adapters::attesters::AttesterClientError;
use crate::adapters::bitcoin::BitcoindError;
use crate::adapters::side_chain::SideChainError;
use crate::config::ConfigError;
use crate::executor::ActError;
use crate::pipeline::{LedgerError, ObserveError};
use crate::setup::SetupError;

/// Why a relayer does not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RelayerError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `deployment.json`, or the Bitcoin node's credentials.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The account's key.
    #[error("side_chain.key_file: {0}")]
    Key(#[from] KeyError),
    /// The federation's public file cannot be read.
    #[error("federation.group_file {} cannot be read: {source}", path.display())]
    GroupUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The federation's public file is not one.
    #[error("federation.group_file {} is damaged: {source}; copy it anew", path.display())]
    GroupDamaged {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// The federation is another bridge's. One that this bridge moved to later is still not the one
    /// that its first deposits belong to.
    #[error(
        "federation.group_file {} is of key {found}, the deployment has {expected}; take the file \
         of this bridge",
        path.display()
    )]
    OtherFederation {
        /// The file.
        path: PathBuf,
        /// Its key.
        found: Box<XOnlyPublicKey>,
        /// The deployment's.
        expected: Box<XOnlyPublicKey>,
    },
    /// The key that the relayer proves itself with.
    #[error("federation.identity_file: {0}")]
    Identity(#[from] IdentityError),
    /// The attesters cannot be asked as configured.
    #[error("[federation]: {0}")]
    Attesters(#[from] AttesterClientError),
    /// The token of the HTTP interface.
    #[error("the token file {} cannot be used: {source}; see api.token_file", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configured port is taken.
    #[error("{address} is taken by another process; stop it or set api.listen")]
    PortTaken {
        /// Address and port.
        address: SocketAddr,
    },
    /// The HTTP interface cannot be served.
    #[error("cannot serve on {address}: {source}; see api.listen")]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The record: in use by another relayer, of another bridge, or on a failing disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record failed while running.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The Bitcoin node is the wrong one.
    #[error(transparent)]
    Bitcoin(#[from] BitcoindError),
    /// The side-chain node is the wrong one.
    #[error(transparent)]
    SideChain(#[from] SideChainError),
    /// An observer's own disk failed.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// The executor's own record failed.
    #[error(transparent)]
    Act(#[from] ActError),
    /// A part panicked: a fault of this program.
    #[error("a part of the relayer broke down; please report it with the log: {0}")]
    BrokenDown(#[from] JoinError),
}

impl RelayerError {
    /// Returns whether the configuration or the files that it names have to change; otherwise it is
    /// a fault of disk, network or node.
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        match self {
            Self::Config(_)
            | Self::Setup(_)
            | Self::Key(_)
            | Self::GroupUnreadable { .. }
            | Self::GroupDamaged { .. }
            | Self::OtherFederation { .. }
            | Self::Identity(_)
            | Self::Attesters(_)
            | Self::Token { .. }
            | Self::PortTaken { .. }
            | Self::Bitcoin(_)
            | Self::SideChain(_) => true,
            Self::Store(error) => {
                matches!(error, StoreError::Locked { .. } | StoreError::WrongInstance { .. })
            }
            Self::Listen { .. }
            | Self::Ledger(_)
            | Self::Observe(_)
            | Self::Act(_)
            | Self::BrokenDown(_) => false,
        }
    }
}
