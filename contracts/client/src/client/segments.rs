//! The segments of the contract's header chain, found in logs and checked against the contract.

use std::collections::BTreeMap;

use ethers::abi::RawLog;
use ethers::contract::EthEvent as _;
use ethers::types as e;
use farbank_types::{EvmBlockNumber, SegmentIndex, B256};
use futures_util::{stream, StreamExt as _, TryStreamExt as _};

use super::{SideChainClient, INVENTED};
use crate::bindings::{event, SegmentStoredFilter};
use crate::fault::Fault;
use crate::node::{BlockAt, BlockRange, LogQuery};
use crate::segment::{SegmentPreimage, StoredSegment};

/// Slots of the contract's ring: older segments are overwritten.
const RING: u32 = 4_096;

/// Ranges searched for the logs of one answer at most: 20 million blocks, 231 days of one-second
/// blocks. The ring is far shorter; only a node that hides logs or invents a head reaches this.
const MAX_RANGES: u32 = 10_000;

/// Commitments asked for at once: a full ring over a slow line takes seconds, not minutes.
const AT_ONCE: usize = 16;

const METHOD: &str = "eth_getLogs";

impl SideChainClient {
    /// Returns the segments from `from` up to the newest one that the contract holds at the block
    /// `at`, in order of their index; overwritten ones are left out.
    ///
    /// Logs are searched from that block back in bounded ranges, and each preimage is checked against
    /// the commitment on chain. Ask with a number or a final block: at [`BlockAt::Latest`] the head is
    /// fixed first and all questions are about that block.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or leaves out or invents a log.
    pub async fn segments(
        &self,
        from: SegmentIndex,
        at: BlockAt,
    ) -> Result<Vec<StoredSegment>, Fault> {
        let last = self.node().block_at(at).await?.number;
        let at = BlockAt::Number(last);
        let count = self.header_tip(at).await?.segments;
        let first = from.get().max(count.saturating_sub(RING));
        let mut missing: BTreeMap<_, _> = stream::iter((first..count).map(SegmentIndex::new))
            .map(|index| async move {
                let commitment = self.segment_commitment(index, at).await?;
                commitment.map(|commitment| (index, commitment)).ok_or(HIDDEN)
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut found = BTreeMap::new();
        let mut remaining = Some(BlockRange { first: self.contracts().deployed_at, last });
        for _ in 0..MAX_RANGES {
            let Some(range) = remaining.filter(|_| !missing.is_empty()) else { break };
            let (newest, older) = range.newest();
            for segment in self.stored_between(newest).await?.into_iter().rev() {
                // Older logs under the same index are branches that were left: they do not match.
                if missing.get(&segment.index) == Some(&segment.preimage.commitment()) {
                    missing.remove(&segment.index);
                    found.insert(segment.index, segment);
                }
            }
            remaining = older;
        }
        if missing.is_empty() {
            Ok(found.into_values().collect())
        } else {
            Err(HIDDEN)
        }
    }

    /// Returns a segment that the contract holds at the block `at`, or `None` when it is unknown,
    /// stale or overwritten.
    ///
    /// # Errors
    ///
    /// As [`SideChainClient::segments`].
    pub async fn segment(
        &self,
        index: SegmentIndex,
        at: BlockAt,
    ) -> Result<Option<StoredSegment>, Fault> {
        let last = self.node().block_at(at).await?.number;
        let Some(commitment) = self.segment_commitment(index, BlockAt::Number(last)).await? else {
            return Ok(None);
        };
        let mut remaining = Some(BlockRange { first: self.contracts().deployed_at, last });
        for _ in 0..MAX_RANGES {
            let Some(range) = remaining else { break };
            let (newest, older) = range.newest();
            let logs = self.stored(Some(index), newest).await?;
            if let Some(segment) =
                logs.into_iter().rev().find(|segment| segment.preimage.commitment() == commitment)
            {
                return Ok(Some(segment));
            }
            remaining = older;
        }
        Err(HIDDEN)
    }

    /// Returns the segments published in a range of blocks, oldest first, including
    /// those that a branch has replaced since. Not checked against the contract.
    ///
    /// # Errors
    ///
    /// When the node does not answer or sends logs that the bridge cannot have written.
    pub async fn stored_between(&self, range: BlockRange) -> Result<Vec<StoredSegment>, Fault> {
        self.stored(None, range).await
    }

    async fn stored(
        &self,
        index: Option<SegmentIndex>,
        range: BlockRange,
    ) -> Result<Vec<StoredSegment>, Fault> {
        let query = LogQuery {
            contract: self.contracts().bridge,
            events: &[SegmentStoredFilter::signature()],
            topic: index.map(|index| B256::left_padding_from(&index.get().to_be_bytes())),
        };
        let logs = self.node().logs(query, range).await?;
        logs.into_iter().map(|log| read(log).ok_or(INVENTED)).collect()
    }
}

const HIDDEN: Fault =
    Fault::Contradiction { method: METHOD, expected: "the log of every segment that is stored" };

fn read(log: e::Log) -> Option<StoredSegment> {
    let stored_at = EvmBlockNumber::new(log.block_number?.as_u64());
    let raw = RawLog { topics: log.topics, data: log.data.to_vec() };
    let SegmentStoredFilter { index, segment } = event(&raw)?;
    Some(StoredSegment {
        index: SegmentIndex::new(u32::try_from(index).ok()?),
        preimage: SegmentPreimage {
            root: B256::from(segment.root),
            meta: B256::from(segment.meta),
            state: segment.state.map(B256::from),
        },
        stored_at,
    })
}
