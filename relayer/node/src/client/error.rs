//! How a call of the user's side ends without its result: refused, or stopped by a fault.

use farbank_contracts::{Fault, SubmitError};
use serde::Serialize;

use super::file::FileError;
use super::key::KeyFileError;
use super::wallet::WalletError;
use crate::adapters::bitcoin::BitcoindError;

/// Refused by name, or stopped by a fault outside.
#[derive(Debug, thiserror::Error)]
pub enum ClientError<R: std::error::Error + Serialize> {
    /// A domain answer.
    #[error(transparent)]
    Refused(R),
    /// Something outside of this process.
    #[error(transparent)]
    Fault(ClientFault),
}

/// A fault of a node, a disk or the way to them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientFault {
    /// The Bitcoin node.
    #[error(transparent)]
    Bitcoin(#[from] BitcoindError),
    /// The side-chain node.
    #[error(transparent)]
    SideChain(#[from] Fault),
    /// A transaction on the side chain, for another reason than a refusal of the contract.
    #[error(transparent)]
    Submit(SubmitError),
    /// The wallet, for another reason than a refusal.
    #[error(transparent)]
    Wallet(WalletError),
    /// A file of the user.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key file of the user.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// Something cannot be written as JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A relayer.
    #[error(transparent)]
    Relayer(#[from] super::relayer::RelayerError),
    /// The Bitcoin node's chain changed again and again while it was read.
    #[error("the Bitcoin node's chain changed while it was read; run the command again")]
    ChainMoved,
    /// The node has cut off blocks that are needed.
    #[error("the Bitcoin node no longer has block {hash}; use one that is not pruned that far")]
    BlockPruned {
        /// The block.
        hash: bitcoin::BlockHash,
    },
}

impl<R: std::error::Error + Serialize> ClientError<R> {
    /// Takes the refusal over into that of a call which made this one.
    #[must_use]
    pub fn within<S: std::error::Error + Serialize + From<R>>(self) -> ClientError<S> {
        match self {
            Self::Refused(refusal) => ClientError::Refused(refusal.into()),
            Self::Fault(fault) => ClientError::Fault(fault),
        }
    }
}

impl ClientFault {
    /// Tells whether the same call may succeed later without a change of the configuration.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Bitcoin(error) | Self::Wallet(WalletError::Bitcoin(error)) => {
                error.is_transient()
            }
            Self::SideChain(fault) => fault.is_transient(),
            Self::Submit(error) => error.is_transient(),
            Self::Wallet(error) => matches!(error, WalletError::ChainMoved),
            Self::Relayer(error) => error.is_transient(),
            Self::ChainMoved => true,
            Self::File(_) | Self::Key(_) | Self::Json(_) | Self::BlockPruned { .. } => false,
        }
    }
}

impl<R: std::error::Error + Serialize, F: Into<ClientFault>> From<F> for ClientError<R> {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}
