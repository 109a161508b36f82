//! Following the node's headers into the verified chain.

use core::future::Future;
use std::path::Path;

use bitcoin::block::Header;
use farbank_bitcoin_light_client::store::{FileHeaderStore, HeaderStore as _};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, ImportOutcome, Tip, PREVIOUS_TIMES};
use farbank_relayer_core::ports::BitcoinNetwork;
use farbank_types::{BitcoinHeight, BlockCount, Deployment, UnixTime};

use super::bitcoin::ObserveError;
use super::memory::ChainFile;

/// Headers asked for at once: one retarget period, 160 kB.
const BATCH: BlockCount = BlockCount::new(2_016);

/// Opens the chain's file, with the checkpoint's header and its predecessors' times from the node.
/// The deployment names the checkpoint by hash and each header names its parent, so nothing of it is
/// taken on trust.
pub(crate) async fn open<N: BitcoinNetwork>(
    network: &N,
    deployment: &Deployment,
    path: &Path,
) -> Result<ChainFile, ObserveError> {
    let record = &deployment.checkpoint;
    let before = u32::try_from(PREVIOUS_TIMES).unwrap_or(u32::MAX).min(record.height.get());
    let first = BitcoinHeight::new(record.height.get().saturating_sub(before));
    let count = BlockCount::new(before.saturating_add(1));
    let headers = network.headers(first, count).await.map_err(ObserveError::network)?;
    let linked = headers.windows(2).all(|pair| pair[1].prev_blockhash == pair[0].block_hash());
    let (header, predecessors) = match headers.split_last() {
        Some((header, predecessors))
            if linked
                && header.block_hash() == record.hash
                && headers.len() == usize::try_from(count.get()).unwrap_or(usize::MAX) =>
        {
            (*header, predecessors)
        }
        _ => {
            return Err(ObserveError::CheckpointMissing {
                height: record.height,
                hash: record.hash,
            })
        }
    };
    let checkpoint = Checkpoint {
        height: record.height,
        header,
        epoch_start_time: record.epoch_start_time,
        previous_times: predecessors.iter().map(|header| header.time).collect(),
    };
    let rules = ChainRules::for_network(deployment.bitcoin.network);
    let mut file = FileHeaderStore::open(path, rules, &checkpoint)?;
    let chain = file.load()?;
    tracing::info!(tip = %chain.tip().height, "the verified header chain is open");
    Ok(ChainFile { chain, file })
}

/// Whoever holds a chain that headers are followed into.
pub(crate) trait HeaderSink {
    /// Returns the tip and the height above the checkpoint; nothing before the chain is open.
    fn ends(&self) -> impl Future<Output = Option<(Tip, u32)>> + Send;

    /// Imports headers that join the best chain; nothing when they do not, or when there are none.
    fn import(
        &self,
        fetched: &[Header],
    ) -> impl Future<Output = Result<Option<ImportOutcome>, ObserveError>> + Send;
}

/// Asks for headers from the tip on, and further and further below until they join the chain. Returns
/// whether there are more to be asked for.
pub(crate) async fn follow<N: BitcoinNetwork>(
    network: &N,
    sink: &impl HeaderSink,
) -> Result<bool, ObserveError> {
    let best = network.best_block().await.map_err(ObserveError::network)?;
    let Some((tip, lowest)) = sink.ends().await else { return Ok(false) };
    if best.hash == tip.hash {
        return Ok(false);
    }
    let (mut first, mut step) = (tip.height.get().saturating_add(1), 1_u32);
    loop {
        let asked = network.headers(BitcoinHeight::new(first), BATCH).await;
        let fetched = asked.map_err(ObserveError::network)?;
        if let Some(outcome) = sink.import(&fetched).await? {
            let full = fetched.len() >= usize::try_from(BATCH.get()).unwrap_or(0);
            return Ok(full && !matches!(outcome, ImportOutcome::Unchanged));
        }
        if first <= lowest {
            // Nothing above the checkpoint yet, or a chain that does not hold it.
            let checkpoint = BitcoinHeight::new(lowest.saturating_sub(1));
            return match fetched.is_empty() {
                true => Ok(false),
                false => Err(ObserveError::OtherChain { checkpoint }),
            };
        }
        first = first.saturating_sub(step).max(lowest);
        step = step.saturating_mul(2);
    }
}

impl ChainFile {
    /// Returns the tip and the height above the checkpoint.
    pub(crate) fn ends(&self) -> (Tip, u32) {
        (self.chain.tip(), self.chain.checkpoint().height.get().saturating_add(1))
    }

    /// Imports headers that join the best chain; nothing when they do not, or when there are none.
    pub(crate) fn import_joined(
        &mut self,
        fetched: &[Header],
        now: UnixTime,
    ) -> Result<Option<ImportOutcome>, ObserveError> {
        match fetched.first() {
            Some(first) if self.chain.height_of(&first.prev_blockhash).is_some() => {
                self.import(fetched, now).map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Imports headers and saves what changed, in this order; on a fault of the disk the process
    /// has to stop, because memory and file differ.
    fn import(&mut self, headers: &[Header], now: UnixTime) -> Result<ImportOutcome, ObserveError> {
        let outcome = self.chain.import(headers, now)?;
        self.file.save(&self.chain, &outcome)?;
        let tip = self.chain.tip();
        match &outcome {
            ImportOutcome::Extended { connected } => {
                tracing::debug!(headers = connected.len(), tip = %tip.height, "new Bitcoin headers");
            }
            ImportOutcome::Reorganized { reverted, connected } => tracing::warn!(
                reverted = reverted.len(), connected = connected.len(), tip = %tip.height,
                "the Bitcoin chain was reorganised"
            ),
            ImportOutcome::SideBranch { end } => {
                tracing::debug!(end = %end.height, "headers of a Bitcoin branch with less work");
            }
            ImportOutcome::Unchanged => {}
        }
        Ok(outcome)
    }
}
