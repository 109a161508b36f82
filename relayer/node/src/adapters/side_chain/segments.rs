//! The contract's segments, remembered between looks and checked against the contract at each.

use std::collections::BTreeMap;

use farbank_contracts::{BlockAt, ContractTip, Fault, SegmentPreimage, SideChainClient};
use farbank_relayer_core::header_relay::ContractSegment;
use farbank_types::{BlockCount, SegmentIndex, Work, B256, U256};

/// Slots of the contract's ring: older segments cannot be proved against.
const RING: u32 = 4_096;

/// The contract's segments.
#[derive(Debug, Default)]
pub(super) struct SegmentCache {
    known: BTreeMap<u32, SegmentPreimage>,
}

impl SegmentCache {
    /// Brings the cache to what the contract holds at `at`. A branch replaces the newest segments,
    /// so they are compared from the newest down until one is found that the contract still holds.
    pub(super) async fn follow(
        &mut self,
        client: &SideChainClient,
        tip: &ContractTip,
        at: BlockAt,
    ) -> Result<(), Fault> {
        self.known = self.known.split_off(&tip.segments.saturating_sub(RING));
        self.known.split_off(&tip.segments);
        while let Some((&index, preimage)) = self.known.last_key_value() {
            let commitment = client.segment_commitment(SegmentIndex::new(index), at).await?;
            if commitment == Some(preimage.commitment()) {
                break;
            }
            self.known.remove(&index);
        }
        let from = self.known.last_key_value().map_or(0, |(index, _)| index.saturating_add(1));
        if from < tip.segments {
            for segment in client.segments(SegmentIndex::new(from), at).await? {
                self.known.insert(segment.index.get(), segment.preimage);
            }
        }
        Ok(())
    }

    pub(super) fn preimage(&self, index: SegmentIndex) -> Option<SegmentPreimage> {
        self.known.get(&index.get()).copied()
    }

    pub(super) fn segments(&self) -> Vec<ContractSegment> {
        self.known.iter().filter_map(|(index, preimage)| segment(*index, preimage)).collect()
    }
}

fn segment(index: u32, preimage: &SegmentPreimage) -> Option<ContractSegment> {
    let below = preimage.count().get().checked_sub(1)?;
    Some(ContractSegment {
        index: SegmentIndex::new(index),
        first: preimage.last_height().checked_sub(BlockCount::new(below))?,
        last: preimage.last_height(),
        tip: preimage.tip_hash(),
        work: work(preimage.state[1]),
    })
}

/// The first 16 bytes of the second state word.
fn work(word: B256) -> Work {
    Work::new(U256::from_be_bytes(word.0) >> 128)
}
