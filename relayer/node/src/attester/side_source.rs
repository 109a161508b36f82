//! What an attester asks its side-chain node. Nothing that it answers is believed: headers are
//! verified by the light client or by their hashes, state by proofs.

use core::future::Future;

use farbank_contracts::{
    BlockAt, BlockRange, Fault, NodeConnectError, RawHeader, RpcConfig, SideChainNode,
};
use farbank_relayer_core::ports::PortError;
use farbank_types::{ChainId, EvmAddress, ProofAnswer, B256};
use thiserror::Error;
use tokio::sync::OnceCell;

/// A side-chain node.
pub trait SideSource: Send + Sync + 'static {
    /// Its faults.
    type Error: PortError;

    /// Returns a header, or nothing when the node has none.
    fn header(
        &self,
        at: BlockAt,
    ) -> impl Future<Output = Result<Option<RawHeader>, Self::Error>> + Send;

    /// Returns the headers of a range of the node's chain, oldest first.
    fn headers(
        &self,
        range: BlockRange,
    ) -> impl Future<Output = Result<Vec<RawHeader>, Self::Error>> + Send;

    /// Returns proofs of an account and of slots of its storage.
    fn proof(
        &self,
        account: EvmAddress,
        slots: &[B256],
        at: BlockAt,
    ) -> impl Future<Output = Result<ProofAnswer, Self::Error>> + Send;
}

/// A side-chain node over JSON-RPC. Connects when first asked, and again while it is not there.
#[derive(Debug)]
pub struct EthersSideSource {
    rpc: RpcConfig,
    chain_id: ChainId,
    node: OnceCell<SideChainNode>,
}

/// What goes wrong between an attester and its side-chain node.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SideSourceError {
    /// It cannot be used.
    #[error(transparent)]
    Connect(#[from] NodeConnectError),
    /// A question has no usable answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl PortError for SideSourceError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_transient(),
            Self::Fault(fault) => fault.is_transient(),
        }
    }
}

impl EthersSideSource {
    /// Returns a source; nothing is connected yet.
    #[must_use]
    pub fn new(rpc: RpcConfig, chain_id: ChainId) -> Self {
        Self { rpc, chain_id, node: OnceCell::new() }
    }

    async fn node(&self) -> Result<&SideChainNode, SideSourceError> {
        let connect = || SideChainNode::connect(&self.rpc, self.chain_id);
        Ok(self.node.get_or_try_init(connect).await?)
    }
}

impl SideSource for EthersSideSource {
    type Error = SideSourceError;

    async fn header(&self, at: BlockAt) -> Result<Option<RawHeader>, SideSourceError> {
        Ok(self.node().await?.raw_header(at).await?)
    }

    async fn headers(&self, range: BlockRange) -> Result<Vec<RawHeader>, SideSourceError> {
        Ok(self.node().await?.raw_headers(range).await?)
    }

    async fn proof(
        &self,
        account: EvmAddress,
        slots: &[B256],
        at: BlockAt,
    ) -> Result<ProofAnswer, SideSourceError> {
        Ok(self.node().await?.proof(account, slots, at).await?)
    }
}
