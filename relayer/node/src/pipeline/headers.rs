//! Following the node's headers into the verified chain.

use std::path::Path;

use bitcoin::block::Header;
use farbank_bitcoin_light_client::store::{FileHeaderStore, HeaderStore as _};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, ImportOutcome, PREVIOUS_TIMES};
use farbank_relayer_core::ports::BitcoinNetwork;
use farbank_types::{BitcoinHeight, BlockCount, Deployment, UnixTime};

use super::bitcoin::ObserveError;
use super::memory::ChainFile;

/// Headers asked for at once: one retarget period, 160 kB.
pub(super) const BATCH: BlockCount = BlockCount::new(2_016);

/// Opens the chain's file, with the checkpoint's header and its predecessors' times from the node.
/// The deployment names the checkpoint by hash and each header names its parent, so nothing of it is
/// taken on trust.
pub(super) async fn open<N: BitcoinNetwork>(
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

impl ChainFile {
    /// Imports headers and saves what changed, in this order; on a fault of the disk the process
    /// has to stop, because memory and file differ.
    pub(super) fn import(
        &mut self,
        headers: &[Header],
        now: UnixTime,
    ) -> Result<ImportOutcome, ObserveError> {
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
