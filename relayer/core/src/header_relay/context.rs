//! What the machine sees: the verified chain and the contract's, read before.

use bitcoin::BlockHash;
use farbank_bitcoin_light_client::HeaderChain;
use farbank_types::{BitcoinHeight, SegmentIndex, UnixTime, Work};

use super::config::HeaderRelayParameters;

/// A segment of the contract's best chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractSegment {
    /// Its index.
    pub index: SegmentIndex,
    /// Height of its first block.
    pub first: BitcoinHeight,
    /// Height of its last block.
    pub last: BitcoinHeight,
    /// Hash of its last block.
    pub tip: BlockHash,
    /// Work up to its last block, counted from the checkpoint, which is the verified chain's too.
    pub work: Work,
}

/// The contract's header chain in the side chain's newest state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractChain {
    /// Its provable segments, ascending; the last one ends at the tip.
    pub segments: Vec<ContractSegment>,
    /// Time in the tip's header.
    pub tip_time: UnixTime,
}

impl ContractChain {
    /// Returns the segment that ends at the tip.
    #[must_use]
    pub fn newest(&self) -> Option<&ContractSegment> {
        self.segments.last()
    }

    /// Returns the newest segment that ends in a block of `chain`.
    #[must_use]
    pub fn common(&self, chain: &HeaderChain) -> Option<&ContractSegment> {
        self.segments.iter().rev().find(|segment| chain.hash(segment.last) == Some(segment.tip))
    }

    /// Returns the highest block that is surely in both chains. Inside a segment that only partly
    /// belongs to `chain` nothing is known, so it counts as foreign.
    #[must_use]
    pub fn shared_height(&self, chain: &HeaderChain) -> Option<BitcoinHeight> {
        self.common(chain).map(|segment| segment.last)
    }

    /// Returns the segment that holds the block at `height`.
    #[must_use]
    pub fn holding(&self, height: BitcoinHeight) -> Option<&ContractSegment> {
        let at = self.segments.partition_point(|segment| segment.last < height);
        self.segments.get(at).filter(|segment| segment.first <= height)
    }
}

/// What the machine sees of the world.
#[derive(Clone, Copy, Debug)]
pub struct HeaderRelayContext<'a> {
    /// What makes headers worth their gas.
    pub parameters: &'a HeaderRelayParameters,
    /// The best chain, as verified here.
    pub chain: &'a HeaderChain,
    /// The contract's.
    pub contract: &'a ContractChain,
    /// The lowest tip of the contract that some deposit waits for.
    pub demand: Option<BitcoinHeight>,
    /// This process's clock.
    pub now: UnixTime,
}
