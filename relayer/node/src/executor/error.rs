//! Why a duty was not carried out.

use farbank_contracts::{
    BroadcastFailure, BroadcastRefusal, Fault, FeeRejection, PackingRejection, PrepareRejection,
};
use farbank_relayer_core::ports::{IntentId, PortError};
use thiserror::Error;

use crate::adapters::side_chain::SideChainError;
use crate::pipeline::LedgerError;

/// Why a duty was not carried out. It stays due.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ActError {
    /// The side-chain node.
    #[error(transparent)]
    SideChain(#[from] SideChainError),
    /// The Bitcoin node.
    #[error("{0}")]
    Network(Box<dyn std::error::Error + Send + Sync>),
    /// The record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The side-chain node does not take a transaction.
    #[error("the side-chain node does not take the relayer's transaction: {0}")]
    Broadcast(#[from] BroadcastRefusal),
    /// Gas or fee above what the relayer pays.
    #[error(transparent)]
    Prepare(#[from] PrepareRejection),
    /// The claims cannot be packed.
    #[error(transparent)]
    Packing(#[from] PackingRejection),
    /// A stored intent cannot be read.
    #[error("intent {id} in the relayer's record is damaged; restore the state folder")]
    DamagedIntent {
        /// The intent.
        id: IntentId,
        /// Where reading stopped, when it got as far as JSON.
        source: Option<serde_json::Error>,
    },
}

impl ActError {
    pub(super) fn network<E: PortError>(error: E) -> Self {
        Self::Network(Box::new(error))
    }

    /// Returns whether the process cannot continue: its own record failed. What a node does never is.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::Ledger(error) => !error.is_transient(),
            Self::DamagedIntent { .. } => true,
            Self::SideChain(_)
            | Self::Network(_)
            | Self::Broadcast(_)
            | Self::Prepare(_)
            | Self::Packing(_) => false,
        }
    }
}

impl From<Fault> for ActError {
    fn from(fault: Fault) -> Self {
        Self::SideChain(fault.into())
    }
}

impl From<FeeRejection> for ActError {
    fn from(rejection: FeeRejection) -> Self {
        Self::Prepare(rejection.into())
    }
}

impl From<BroadcastFailure> for ActError {
    fn from(failure: BroadcastFailure) -> Self {
        match failure {
            BroadcastFailure::Refused(refusal) => refusal.into(),
            BroadcastFailure::Fault(fault) => fault.into(),
        }
    }
}
