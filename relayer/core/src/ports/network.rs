//! The two chains, as nodes tell of them.

use core::future::Future;
use std::collections::BTreeMap;

use bitcoin::block::Header;
use bitcoin::{Amount, Block, BlockHash, OutPoint};
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, BlockCount, EvmBlockNumber, UnixTime};

use crate::header_relay::ContractChain;

/// A fault of an adapter.
pub trait PortError: core::error::Error + Send + Sync + 'static {
    /// Returns whether the same call can succeed later, without a change of the configuration.
    fn is_transient(&self) -> bool;
}

/// A Bitcoin node. It is asked, never believed: headers are verified by the light client, blocks by
/// their header.
pub trait BitcoinNetwork: Send + Sync {
    /// Its faults.
    type Error: PortError;

    /// Returns the node's best block.
    fn best_block(&self) -> impl Future<Output = Result<BlockRef, Self::Error>> + Send;

    /// Returns headers of the node's best chain from `first` on, each linked to the one before, at
    /// most `count`; none above the node's tip.
    fn headers(
        &self,
        first: BitcoinHeight,
        count: BlockCount,
    ) -> impl Future<Output = Result<Vec<Header>, Self::Error>> + Send;

    /// Returns the block with this hash, its transactions matching its Merkle root, or `None` when
    /// the node does not have it.
    fn block(
        &self,
        hash: &BlockHash,
    ) -> impl Future<Output = Result<Option<Block>, Self::Error>> + Send;
}

/// The bridge on the side chain, seen through one node.
pub trait SideChain: Send + Sync {
    /// Its faults.
    type Error: PortError;

    /// Looks at the contract. Every field belongs to the same newest block, `finalized` apart.
    fn look(&self) -> impl Future<Output = Result<ContractLook, Self::Error>> + Send;

    /// Returns which of these outputs the contract had minted as of block `at`.
    fn minted(
        &self,
        outpoints: &[OutPoint],
        at: EvmBlockNumber,
    ) -> impl Future<Output = Result<Vec<bool>, Self::Error>> + Send;

    /// Returns the sums minted from the blocks at these heights as of block `at`.
    fn minted_from(
        &self,
        heights: &[BitcoinHeight],
        at: EvmBlockNumber,
    ) -> impl Future<Output = Result<BTreeMap<BitcoinHeight, Amount>, Self::Error>> + Send;
}

/// The contract in one block of the side chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractLook {
    /// Number of that block, the newest one.
    pub head: EvmBlockNumber,
    /// Its time: the contract's clock.
    pub head_time: UnixTime,
    /// Newest final block, by the finality rule that the adapter was given.
    pub finalized: EvmBlockNumber,
    /// The contract's header chain.
    pub chain: ContractChain,
    /// End of the guardian's pause; zero when there never was one.
    pub paused_until: UnixTime,
}
