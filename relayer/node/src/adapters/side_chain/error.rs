//! What goes wrong between this process and the side chain.

use farbank_contracts::{ConnectError, Fault, NodeConnectError};
use farbank_relayer_core::ports::PortError;
use farbank_types::B256;
use thiserror::Error;

/// What goes wrong between this process and the side chain.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SideChainError {
    /// The node cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A question has no usable answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The contract committed to a record that no event of the node holds.
    #[error(
        "the side-chain node hides the custody record {commitment}; use one with all logs since the \
         deployment"
    )]
    MissingRecord {
        /// What the contract holds.
        commitment: B256,
    },
}

impl SideChainError {
    /// Returns whether the same call can succeed later, without a change of the configuration.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_transient(),
            Self::Fault(fault) => fault.is_transient(),
            // Between two questions the chain may have been reorganised.
            Self::MissingRecord { .. } => true,
        }
    }

    /// Returns whether the node can never be the right one: another chain, another bridge, no
    /// address. A node that answers nonsense may do better later.
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::Connect(
                ConnectError::Mismatch(_)
                    | ConnectError::Node(
                        NodeConnectError::WrongChain { .. }
                            | NodeConnectError::Fault(Fault::BadAddress { .. })
                    )
            )
        )
    }
}

impl PortError for SideChainError {
    fn is_transient(&self) -> bool {
        Self::is_transient(self)
    }
}
