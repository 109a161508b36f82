//! The two chains, as nodes tell of them.

use core::future::Future;
use std::collections::BTreeMap;

use bitcoin::block::Header;
use bitcoin::{Amount, Block, BlockHash, FeeRate, OutPoint, Transaction};
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, BlockCount, EvmBlockNumber, UnixTime, B256};

use crate::custody::{CustodyLook, CustodySpend};
use crate::header_relay::ContractChain;
use crate::peg_out::{Redemption, RedemptionId};

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

    /// Sends a transaction to the network. One that the node has already is no error.
    fn broadcast(
        &self,
        transaction: &Transaction,
    ) -> impl Future<Output = Result<Pool, Self::Error>> + Send;

    /// Returns the fee rate that should confirm within `target` blocks, within the bounds that the
    /// adapter was given; its fallback when the node has no estimate.
    fn fee_rate(
        &self,
        target: BlockCount,
    ) -> impl Future<Output = Result<FeeRate, Self::Error>> + Send;
}

/// What a node's pool says of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pool {
    /// It is there, or in a block.
    Taken,
    /// It is not, and would not be on another try with the same chain and pool.
    Refused {
        /// The node's word for why.
        reason: Box<str>,
    },
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

/// The bridge's other half on the side chain, seen through the same node.
pub trait PegOutChain: Send + Sync {
    /// Its faults.
    type Error: PortError;

    /// Returns what the contract holds for custody as of the head and the final block of `look`.
    fn custody(
        &self,
        look: &ContractLook,
    ) -> impl Future<Output = Result<CustodyLook, Self::Error>> + Send;

    /// Returns what the contract holds of these redemptions as of block `at`.
    fn redemptions(
        &self,
        ids: &[RedemptionId],
        at: EvmBlockNumber,
    ) -> impl Future<Output = Result<RedemptionsLook, Self::Error>> + Send;

    /// Returns the contract's events about redemptions in blocks `first` to `last`, in their order.
    /// The node's word: whoever acts on it compares it with the contract's storage.
    fn redemption_events(
        &self,
        first: EvmBlockNumber,
        last: EvmBlockNumber,
    ) -> impl Future<Output = Result<Vec<RedemptionEvent>, Self::Error>> + Send;
}

/// What the contract holds of redemptions in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedemptionsLook {
    /// How many were ever requested: the greatest id.
    pub count: u64,
    /// Their commitments, in the order of the question; `None` when paid or never requested.
    pub commitments: Vec<Option<B256>>,
}

/// An event of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedemptionEvent {
    /// Block that holds it.
    pub block: EvmBlockNumber,
    /// What happened.
    pub fact: RedemptionFact,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedemptionFact {
    /// Somebody burnt for a payout.
    Requested(Redemption),
    /// Its owner allows more for fees.
    MaxFeeRaised {
        /// The redemption.
        id: RedemptionId,
        /// What is allowed now.
        max_fee: Amount,
    },
    /// A custody transaction was proven.
    Proven {
        /// Which.
        spend: CustodySpend,
        /// The redemptions that it pays, ascending.
        ids: Vec<RedemptionId>,
    },
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
