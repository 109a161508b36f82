//! The attester's own view of Bitcoin: verified headers, the seed of custody, what became of the
//! transactions that it signed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitcoin::block::Header;
use bitcoin::{BlockHash, ScriptBuf};
use farbank_bitcoin_light_client::{BlockRef, HeaderChain, ImportOutcome, Tip};
use farbank_federation::custody::custody_script;
use farbank_relayer_core::ports::BitcoinNetwork;
use farbank_types::{BitcoinHeight, BlockCount, Deployment};
use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard};

use super::journal::Journal;
use crate::clock::Clock;
use crate::pipeline::{follow, open_headers, ChainFile, HeaderSink, ObserveError};

/// Name of the header chain's file in the state folder.
const HEADERS: &str = "bitcoin-headers";
/// Blocks searched in one look; the next one goes on.
const BLOCKS_AT_ONCE: u32 = 20;
/// How far from the checkpoint the seed of custody is looked for: a week on either side.
const SEED_WINDOW: u32 = 1_008;

/// Why a look at Bitcoin found nothing usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BitcoinViewError {
    /// The node, the headers, or the own disk.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// The own record.
    #[error(transparent)]
    Store(#[from] farbank_relayer_store::StoreError),
    /// No block near the checkpoint holds the deployment's custody output.
    #[error(
        "the deployment's custody output is in no block from {first} to {last}; the deployment is \
         wrong, or the Bitcoin node has not caught up"
    )]
    SeedMissing {
        /// Lowest height searched.
        first: BitcoinHeight,
        /// Greatest height searched.
        last: BitcoinHeight,
    },
    /// The output is not what the deployment says.
    #[error("the deployment's custody output holds another amount, or pays another key")]
    SeedMismatch,
}

impl BitcoinViewError {
    /// Returns whether the process cannot continue: its own disk failed.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::Observe(error) => error.is_fatal(),
            Self::Store(error) => !error.is_transient(),
            Self::SeedMissing { .. } | Self::SeedMismatch => false,
        }
    }
}

/// The attester's own view of Bitcoin.
#[derive(Debug)]
pub(crate) struct BitcoinView<N, C> {
    network: Arc<N>,
    deployment: Arc<Deployment>,
    journal: Arc<Journal>,
    clock: C,
    headers: PathBuf,
    chain: Mutex<Option<ChainFile>>,
    /// The block that holds the seed of custody, once it was found.
    seed: Mutex<Option<BlockRef>>,
}

impl<N: BitcoinNetwork, C: Clock> BitcoinView<N, C> {
    pub(crate) fn new(
        network: Arc<N>,
        deployment: Arc<Deployment>,
        journal: Arc<Journal>,
        clock: C,
        state_dir: &Path,
    ) -> Self {
        Self {
            network,
            deployment,
            journal,
            clock,
            headers: state_dir.join(HEADERS),
            chain: Mutex::default(),
            seed: Mutex::default(),
        }
    }

    /// Looks once; returns whether there is more to do at once.
    pub(crate) async fn look(&self) -> Result<bool, BitcoinViewError> {
        if self.chain.lock().await.is_none() {
            let opened = open_headers(&*self.network, &self.deployment, &self.headers).await?;
            *self.chain.lock().await = Some(opened);
        }
        let more = follow(&*self.network, self).await?;
        if !more && self.seed.lock().await.is_none() {
            let found = self.find_seed().await?;
            tracing::info!(height = %found.height, "the deployment's custody output is there");
            *self.seed.lock().await = Some(found);
        }
        Ok(self.search_intents().await? || more)
    }

    /// Returns the chain while it is looked at; nothing before it is open and custody's seed found.
    pub(crate) async fn verified(&self) -> Option<VerifiedChain<'_>> {
        self.seed.lock().await.as_ref()?;
        let guard = self.chain.lock().await;
        guard.is_some().then_some(VerifiedChain(guard))
    }

    /// Returns the height of the tip.
    pub(crate) async fn tip(&self) -> Option<BitcoinHeight> {
        self.chain.lock().await.as_ref().map(|opened| opened.chain.tip().height)
    }

    /// Looks for intents in the blocks that came since they were signed.
    async fn search_intents(&self) -> Result<bool, BitcoinViewError> {
        for _ in 0..BLOCKS_AT_ONCE {
            let next = {
                let guard = self.chain.lock().await;
                let Some(opened) = guard.as_ref() else { return Ok(false) };
                self.journal.next_search(&opened.chain).await
            };
            let Some(at) = next else { return Ok(false) };
            let block = self.block(at.hash).await?;
            let txids: Vec<_> = block.txdata.iter().map(|one| one.compute_txid()).collect();
            let guard = self.chain.lock().await;
            let Some(opened) = guard.as_ref() else { return Ok(false) };
            self.journal.searched(at, &txids, &opened.chain).await?;
        }
        Ok(true)
    }

    /// Finds the block that holds the deployment's custody output: at the checkpoint and below it,
    /// nearest first, because the output is confirmed before the bridge is deployed; then above.
    async fn find_seed(&self) -> Result<BlockRef, BitcoinViewError> {
        let checkpoint = self.deployment.checkpoint.height.get();
        let tip = self.tip().await.map_or(checkpoint, BitcoinHeight::get);
        let first = checkpoint.saturating_sub(SEED_WINDOW);
        let last = tip.min(checkpoint.saturating_add(SEED_WINDOW));
        let count = BlockCount::new(checkpoint.saturating_sub(first));
        let below = self.network.headers(BitcoinHeight::new(first), count).await;
        let mut below = below.map_err(ObserveError::network)?;
        let mut hash = self.deployment.checkpoint.hash;
        let mut height = checkpoint;
        loop {
            if self.holds_seed(hash).await? {
                return Ok(BlockRef { height: BitcoinHeight::new(height), hash });
            }
            // Each header names the one before it, down from the checkpoint that is trusted.
            let parent = self.parent(hash, &mut below).await;
            let Some(parent) = parent.filter(|_| height > first) else { break };
            hash = parent;
            height = height.saturating_sub(1);
        }
        for height in checkpoint.saturating_add(1)..=last {
            let height = BitcoinHeight::new(height);
            let hash = {
                let guard = self.chain.lock().await;
                guard.as_ref().and_then(|opened| opened.chain.hash(height))
            };
            let Some(hash) = hash else { break };
            if self.holds_seed(hash).await? {
                return Ok(BlockRef { height, hash });
            }
        }
        let (first, last) = (BitcoinHeight::new(first), BitcoinHeight::new(last));
        Err(BitcoinViewError::SeedMissing { first, last })
    }

    /// Returns the hash of a block's parent: from the checkpoint's header, then from `below`, whose
    /// last header is the next one down.
    async fn parent(&self, hash: BlockHash, below: &mut Vec<Header>) -> Option<BlockHash> {
        if hash == self.deployment.checkpoint.hash {
            let guard = self.chain.lock().await;
            return Some(guard.as_ref()?.chain.checkpoint().header.prev_blockhash);
        }
        below.pop().filter(|header| header.block_hash() == hash).map(|header| header.prev_blockhash)
    }

    async fn holds_seed(&self, hash: BlockHash) -> Result<bool, BitcoinViewError> {
        let block = self.block(hash).await?;
        let seed = &self.deployment.custody;
        let txid = seed.outpoint.txid;
        let Some(found) = block.txdata.iter().find(|one| one.compute_txid() == txid) else {
            return Ok(false);
        };
        let script: ScriptBuf = custody_script(self.deployment.federation_key.x_only);
        let output = usize::try_from(seed.outpoint.vout).ok().and_then(|at| found.output.get(at));
        match output {
            Some(output) if output.value == seed.value && output.script_pubkey == script => {
                Ok(true)
            }
            _ => Err(BitcoinViewError::SeedMismatch),
        }
    }

    async fn block(&self, hash: BlockHash) -> Result<bitcoin::Block, ObserveError> {
        let asked = self.network.block(&hash).await.map_err(ObserveError::network)?;
        let block = asked.filter(|block| block.block_hash() == hash);
        block.ok_or(ObserveError::BlockMissing { hash })
    }
}

impl<N: BitcoinNetwork, C: Clock> HeaderSink for BitcoinView<N, C> {
    async fn ends(&self) -> Option<(Tip, u32)> {
        self.chain.lock().await.as_ref().map(ChainFile::ends)
    }

    async fn import(&self, fetched: &[Header]) -> Result<Option<ImportOutcome>, ObserveError> {
        match self.chain.lock().await.as_mut() {
            Some(opened) => opened.import_joined(fetched, self.clock.now()),
            None => Ok(None),
        }
    }
}

/// The verified chain, held while a judgement is made.
pub(crate) struct VerifiedChain<'a>(MutexGuard<'a, Option<ChainFile>>);

impl VerifiedChain<'_> {
    /// Returns the chain.
    pub(crate) fn get(&self) -> Option<&HeaderChain> {
        self.0.as_ref().map(|opened| &opened.chain)
    }
}
