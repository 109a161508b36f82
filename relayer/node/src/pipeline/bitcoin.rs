//! The Bitcoin side: headers, reorganisations, blocks.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use bitcoin::block::Header;
use bitcoin::{Block, BlockHash};
use farbank_bitcoin_light_client::store::StoreError as HeaderStoreError;
use farbank_bitcoin_light_client::{BlockRef, ImportOutcome, ImportRejection, Tip};
use farbank_relayer_core::peg_in::{DepositFacts, DepositId, PegInEvent};
use farbank_relayer_core::peg_out::PegOutEvent;
use farbank_relayer_core::ports::{
    AttemptChange, BitcoinNetwork, Changes, PegInStore, PortError, ScanChange, SweepChange,
};
use farbank_types::{BitcoinHeight, UnixTime};
use thiserror::Error;

use super::draft::Draft;
use super::headers::HeaderSink;
use super::ledger::{Ledger, LedgerError};
use super::memory::{ChainFile, Memory};
use super::scan::search;
use super::{headers, scan};
use crate::clock::Clock;

/// Name of the header chain's file in the state folder.
const HEADERS: &str = "headers";

/// Looks at Bitcoin.
#[derive(Debug)]
pub struct BitcoinObserver<N, U, C> {
    network: Arc<N>,
    ledger: Arc<Ledger<U, C>>,
    headers: PathBuf,
}

/// Why a look at Bitcoin found nothing usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ObserveError {
    /// The node does not answer, or not usably.
    #[error("{0}")]
    Network(Box<dyn std::error::Error + Send + Sync>),
    /// The node's headers break a rule: it lies, or serves another network.
    #[error(
        "the Bitcoin node sent headers that break a rule: {0}; check that it is the right node"
    )]
    Headers(#[from] ImportRejection),
    /// The node's chain does not hold the deployment's checkpoint (yet).
    #[error(
        "the Bitcoin node does not have the checkpoint {hash} at height {height}; wait until it \
         has caught up, or check that it is the right node"
    )]
    CheckpointMissing {
        /// Height of the checkpoint.
        height: BitcoinHeight,
        /// Its hash.
        hash: BlockHash,
    },
    /// The node's chain left ours below the checkpoint.
    #[error("the Bitcoin node follows a chain without the checkpoint at {checkpoint}; check it")]
    OtherChain {
        /// Height of the checkpoint.
        checkpoint: BitcoinHeight,
    },
    /// The node knows the header and not the block.
    #[error("the Bitcoin node does not have block {hash} (pruned?); use one that does")]
    BlockMissing {
        /// The block.
        hash: BlockHash,
    },
    /// The file of the header chain.
    #[error(transparent)]
    HeaderStore(#[from] HeaderStoreError),
    /// The record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ObserveError {
    pub(crate) fn network<E: PortError>(error: E) -> Self {
        Self::Network(Box::new(error))
    }

    /// Returns whether the process cannot continue: its own disk failed. What a node does never is.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::HeaderStore(_) => true,
            Self::Ledger(error) => !error.is_transient(),
            Self::Network(_)
            | Self::Headers(_)
            | Self::CheckpointMissing { .. }
            | Self::OtherChain { .. }
            | Self::BlockMissing { .. } => false,
        }
    }
}

impl<N: BitcoinNetwork, U: PegInStore, C: Clock> BitcoinObserver<N, U, C> {
    /// Returns an observer that keeps the header chain in `state_dir`.
    #[must_use]
    pub fn new(network: Arc<N>, ledger: Arc<Ledger<U, C>>, state_dir: &std::path::Path) -> Self {
        Self { network, ledger, headers: state_dir.join(HEADERS) }
    }

    /// Looks once: headers first, then what left the chain, then blocks. Returns whether there is
    /// more to do at once.
    ///
    /// # Errors
    /// [`ObserveError`]; whatever was found before the fault is kept.
    pub async fn look(&self) -> Result<bool, ObserveError> {
        if self.ledger.memory().await.chain.is_none() {
            let opened =
                headers::open(&*self.network, self.ledger.deployment(), &self.headers).await?;
            self.ledger.memory().await.chain = Some(opened);
        }
        let before = self.tip().await;
        let more_headers = headers::follow(&*self.network, self).await?;
        self.notice_reorganisation().await?;
        let more_blocks = self.search_blocks().await?;
        self.estimate_fees(before != self.tip().await).await?;
        self.ledger.reconcile(false).await?;
        Ok(more_headers || more_blocks)
    }

    /// Asks what payouts have to pay, once a block.
    async fn estimate_fees(&self, new_tip: bool) -> Result<(), ObserveError> {
        if !new_tip && self.ledger.memory().await.treasury().fee_rate.is_some() {
            return Ok(());
        }
        let target = self.ledger.habits().custody.fee_target;
        let rate = self.network.fee_rate(target).await.map_err(ObserveError::network)?;
        self.ledger.memory().await.treasury_mut().fee_rate = Some(rate);
        Ok(())
    }

    async fn tip(&self) -> Option<BlockHash> {
        self.ledger.memory().await.chain().map(|chain| chain.tip().hash)
    }

    /// Compares the searched blocks with the best chain. What left it, left it for every deposit,
    /// whether the reorganisation happened just now or while the process was dead.
    async fn notice_reorganisation(&self) -> Result<(), ObserveError> {
        let now = self.ledger.now();
        let made = self.ledger.write(|memory| {
            let mut draft = Draft::new(memory, now);
            if let Some(fork) = fork_height(memory) {
                tracing::warn!(%fork, "searched blocks left the best chain");
                draft.scan(ScanChange::Clipped { fork });
                draft.event_for_all(PegInEvent::Disconnected { fork });
                draft.redemption_event_for_all(PegOutEvent::Disconnected { fork });
            }
            draft.event_for_all(PegInEvent::BitcoinAdvanced);
            draft.finish()
        });
        Ok(made.await?)
    }

    async fn search_blocks(&self) -> Result<bool, ObserveError> {
        let blocks = scan::next_blocks(&*self.ledger.memory().await);
        for at in &blocks {
            let asked = self.network.block(&at.hash).await.map_err(ObserveError::network)?;
            let block = asked
                .filter(|block| block.block_hash() == at.hash)
                .ok_or(ObserveError::BlockMissing { hash: at.hash })?;
            let over = self.deposits_done_with(*at, &block).await?;
            let now = self.ledger.now();
            let made = self.ledger.write(|memory| searched(memory, *at, &block, &over, now));
            made.await?;
        }
        Ok(!blocks.is_empty())
    }

    /// A block that is searched again may hold deposits that nothing can happen to any more; they
    /// are not in memory, and must not begin anew.
    async fn deposits_done_with(
        &self,
        at: BlockRef,
        block: &Block,
    ) -> Result<HashSet<DepositId>, ObserveError> {
        let unknown: Vec<DepositFacts> = {
            let memory = self.ledger.memory().await;
            let found = search(&memory, at, block).deposits.into_iter().map(|(facts, _)| facts);
            found.filter(|facts| memory.deposit(&facts.id()).is_none()).collect()
        };
        let mut over = HashSet::new();
        for facts in unknown {
            let stored = self.ledger.store().descriptor(facts.descriptor).await;
            let stored = stored.map_err(LedgerError::new)?;
            let deposits = stored.map(|(_, deposits)| deposits).unwrap_or_default();
            over.extend(deposits.iter().map(|record| record.facts.id()));
        }
        Ok(over)
    }
}

impl<N: BitcoinNetwork, U: PegInStore, C: Clock> HeaderSink for BitcoinObserver<N, U, C> {
    async fn ends(&self) -> Option<(Tip, u32)> {
        self.ledger.memory().await.chain.as_ref().map(ChainFile::ends)
    }

    async fn import(&self, fetched: &[Header]) -> Result<Option<ImportOutcome>, ObserveError> {
        match self.ledger.memory().await.chain.as_mut() {
            Some(opened) => opened.import_joined(fetched, self.ledger.now()),
            None => Ok(None),
        }
    }
}

/// Returns the newest searched block that is still in the best chain, when a later one is not.
fn fork_height(memory: &Memory) -> Option<BitcoinHeight> {
    let chain = memory.chain()?;
    let stands = |(height, hash): &(&BitcoinHeight, &BlockHash)| {
        chain.hash(**height).as_ref() == Some(*hash)
    };
    let (top, _) = memory.scanned().last_key_value()?;
    match memory.scanned().iter().rev().find(stands) {
        Some((fork, _)) if fork == top => None,
        Some((fork, _)) => Some(*fork),
        // Deeper than what is kept: everything from there on is searched again.
        None => memory
            .scanned()
            .keys()
            .next()
            .map(|lowest| BitcoinHeight::new(lowest.get().saturating_sub(1))),
    }
}

fn searched(
    memory: &Memory,
    at: BlockRef,
    block: &Block,
    over: &HashSet<DepositId>,
    now: UnixTime,
) -> Changes {
    // The chain may have been reorganised while the block was fetched.
    if memory.chain().and_then(|chain| chain.hash(at.height)) != Some(at.hash) {
        return Changes::default();
    }
    let mut draft = Draft::new(memory, now);
    let findings = search(memory, at, block);
    for (facts, inclusion) in findings.deposits {
        if !over.contains(&facts.id()) {
            draft.found(facts, inclusion);
        }
    }
    for id in findings.spent {
        draft.event(id, PegInEvent::Spent(at));
    }
    for id in findings.swept {
        draft.sweep(SweepChange { id, spent_at: at.height });
    }
    for facts in findings.custody {
        let txid = facts.transaction.compute_txid();
        tracing::info!(%txid, height = %at.height, "a block moves custody");
        draft.attempt(AttemptChange::Put(facts));
    }
    draft.scan(ScanChange::Scanned(at));
    draft.finish()
}
