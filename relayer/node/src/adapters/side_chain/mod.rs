//! The bridge on the side chain, through `farbank-contracts`.
//!
//! Decides which block counts as final and which segments the contract holds; leaves out encoding,
//! transport and transactions, which the contracts client has.

mod error;
mod peg_out;
mod segments;

pub use error::SideChainError;

use std::collections::BTreeMap;

use bitcoin::{Amount, OutPoint};
use farbank_contracts::{BlockAt, RpcConfig, SegmentPreimage, SideChainClient};
use farbank_relayer_core::header_relay::ContractChain;
use farbank_relayer_core::ports::{ContractLook, SideChain};
use farbank_types::{
    BitcoinHeight, Deployment, EvmBlockNumber, SegmentIndex, SideChainKind, UnixTime,
};
use tokio::sync::{Mutex, OnceCell};

use peg_out::LineageCache;
use segments::SegmentCache;

/// Which block of the side chain counts as final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalityRule {
    /// So many blocks on top (clique: twice the number of signers).
    Blocks(u64),
    /// The node's own `finalized` tag.
    NodeTag,
}

impl FinalityRule {
    /// Returns the rule for a kind of chain.
    #[must_use]
    pub const fn for_kind(kind: SideChainKind, blocks: u64) -> Self {
        match kind {
            SideChainKind::Clique => Self::Blocks(blocks),
            SideChainKind::Anvil => Self::NodeTag,
        }
    }
}

/// The bridge on the side chain. Connects when first asked, and again while the node was not there.
#[derive(Debug)]
pub struct EthersSideChain {
    rpc: RpcConfig,
    deployment: Deployment,
    finality: FinalityRule,
    client: OnceCell<SideChainClient>,
    segments: Mutex<SegmentCache>,
    lineage: Mutex<LineageCache>,
}

impl EthersSideChain {
    /// Returns an adapter. Nothing is connected yet.
    #[must_use]
    pub fn new(rpc: RpcConfig, deployment: Deployment, finality: FinalityRule) -> Self {
        Self {
            rpc,
            deployment,
            finality,
            client: OnceCell::new(),
            segments: Mutex::new(SegmentCache::default()),
            lineage: Mutex::new(LineageCache::default()),
        }
    }

    /// Returns the client, connected to a node that holds the deployment.
    ///
    /// # Errors
    /// When the node does not answer or its chain does not hold the deployment.
    pub async fn client(&self) -> Result<&SideChainClient, SideChainError> {
        let connect = || SideChainClient::connect_with(&self.rpc, &self.deployment);
        Ok(self.client.get_or_try_init(connect).await?)
    }

    /// Returns the preimage of a segment that the last look saw.
    pub async fn preimage(&self, index: SegmentIndex) -> Option<SegmentPreimage> {
        self.segments.lock().await.preimage(index)
    }

    /// Returns the newest final block under `head`.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn finalized(&self, head: EvmBlockNumber) -> Result<EvmBlockNumber, SideChainError> {
        match self.finality {
            FinalityRule::Blocks(count) => {
                Ok(EvmBlockNumber::new(head.get().saturating_sub(count)))
            }
            FinalityRule::NodeTag => {
                let block = self.client().await?.node().block_at(BlockAt::Finalized).await?;
                Ok(block.number.min(head))
            }
        }
    }
}

impl SideChain for EthersSideChain {
    type Error = SideChainError;

    async fn look(&self) -> Result<ContractLook, SideChainError> {
        let client = self.client().await?;
        let head = client.node().block_at(BlockAt::Latest).await?;
        let at = BlockAt::Number(head.number);
        let finalized = self.finalized(head.number).await?;
        let tip = client.header_tip(at).await?;
        let paused = client.paused_until(at).await?;
        let mut cache = self.segments.lock().await;
        cache.follow(client, &tip, at).await?;
        Ok(ContractLook {
            head: head.number,
            head_time: head.time,
            finalized,
            chain: ContractChain { segments: cache.segments(), tip_time: tip.time },
            paused_until: paused.unwrap_or(UnixTime::new(0)),
        })
    }

    async fn minted(
        &self,
        outpoints: &[OutPoint],
        at: EvmBlockNumber,
    ) -> Result<Vec<bool>, SideChainError> {
        let client = self.client().await?;
        // Before the deployment there is no contract to ask, and nothing minted.
        if at < self.deployment.contracts.deployed_at {
            return Ok(vec![false; outpoints.len()]);
        }
        let mut answers = Vec::with_capacity(outpoints.len());
        for outpoint in outpoints {
            answers.push(client.is_minted(*outpoint, BlockAt::Number(at)).await?);
        }
        Ok(answers)
    }

    async fn minted_from(
        &self,
        heights: &[BitcoinHeight],
        at: EvmBlockNumber,
    ) -> Result<BTreeMap<BitcoinHeight, Amount>, SideChainError> {
        let client = self.client().await?;
        let mut sums = BTreeMap::new();
        for height in heights {
            sums.insert(*height, client.minted_from(*height, BlockAt::Number(at)).await?);
        }
        Ok(sums)
    }
}
