//! A side-chain node, asked about the chain itself. Nothing here knows the bridge.
//!
//! A node is never believed to be honest: the chain id is checked when connecting, answers are
//! bounded and must fit the question. A node that lies consistently can still deceive a single
//! reader; what matters is proved on chain or by a light client.

mod account;
mod block;
mod execution;
mod header;
mod logs;
mod proof;
mod transaction;

pub use account::FeeMarket;
pub use block::{BlockAt, EvmBlock};
pub use execution::{CallFailure, GasEstimate};
pub use header::RawHeader;
pub use logs::BlockRange;
pub(crate) use logs::LogQuery;
pub use transaction::{ExecutionStatus, LogRecord, Receipt, TransactionRecord};

use ethers::types as e;
use farbank_types::ChainId;
use thiserror::Error;

use crate::fault::Fault;
use crate::rpc::{Rpc, RpcConfig};

/// Connection to one side-chain node whose chain id was checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SideChainNode {
    rpc: Rpc,
    chain_id: ChainId,
}

/// Why a node is not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NodeConnectError {
    /// The node does not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The node serves another chain.
    #[error("the side-chain node serves chain {found}, expected {expected}; check its address")]
    WrongChain {
        /// Chain id expected.
        expected: ChainId,
        /// Chain id of the node.
        found: ChainId,
    },
}

impl SideChainNode {
    /// Connects to a node of the chain `expected`.
    ///
    /// # Errors
    ///
    /// When the node does not answer or serves another chain.
    pub async fn connect(config: &RpcConfig, expected: ChainId) -> Result<Self, NodeConnectError> {
        let node = Self::connect_any(config).await?;
        if node.chain_id == expected {
            Ok(node)
        } else {
            Err(NodeConnectError::WrongChain { expected, found: node.chain_id })
        }
    }

    /// Connects to a node of whatever chain it serves: for a deployer, who learns the chain id here.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn connect_any(config: &RpcConfig) -> Result<Self, Fault> {
        const METHOD: &str = "eth_chainId";
        let rpc = Rpc::new(config)?;
        let id: e::U256 = rpc.ask(METHOD, vec![]).await?;
        let expected = "a chain id below 2^64";
        let id =
            u64::try_from(id).map_err(|_| Fault::Contradiction { method: METHOD, expected })?;
        Ok(Self { rpc, chain_id: ChainId::new(id) })
    }

    /// Returns the chain id that was checked when connecting.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    pub(crate) const fn rpc(&self) -> &Rpc {
        &self.rpc
    }
}

impl NodeConnectError {
    /// Tells whether a later attempt may succeed without a change of configuration.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Fault(fault) => fault.is_transient(),
            Self::WrongChain { .. } => false,
        }
    }
}
