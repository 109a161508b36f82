//! Header segments as the contract stores them: the same tree, words and commitment, so that a
//! caller can give the contract back what its slot commits to.
//!
//! A leaf is a header hash in internal byte order, a parent is keccak256(left ‖ right), and an odd
//! last node moves up as it is. A path holds the siblings from the bottom up; a level at which the
//! node moves up as it is contributes none.

use bitcoin::hashes::Hash as _;
use bitcoin::{BlockHash, CompactTarget};
use farbank_types::{keccak256, BitcoinHeight, BlockCount, EvmAddress, UnixTime, Work, B256, U256};
use serde::{Deserialize, Serialize};

use crate::chain::HeaderChain;
use crate::state::{ChainState, MEDIAN_WINDOW};

/// Most headers of a segment that extends the best chain, a bound of the contract.
pub const MAX_EXTENSION_HEADERS: usize = 1_000;

/// Most headers of any segment: a branch that replaces others may be longer than an extension, or
/// one that leaves inside a full segment could never be submitted. 128,000 bytes fit geth's bound of
/// 131,072 for a transaction.
pub const MAX_SEGMENT_HEADERS: usize = 1_600;

/// A segment cannot be built, or does not match the chain at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentRejection {
    /// A segment holds 1 to [`MAX_SEGMENT_HEADERS`] headers.
    #[error("{count} headers were given, a segment holds 1 to {max}")]
    TooManyHeaders {
        /// Headers that were given.
        count: usize,
        /// Most that a segment holds.
        max: usize,
    },
    /// The contract starts with eleven times; this chain knows fewer.
    #[error("only {known} times are known, eleven are needed; start from a later checkpoint")]
    TooFewTimes {
        /// Times that are known.
        known: usize,
    },
    /// The time of the period's first block is not known.
    #[error("the time of the first block of the retarget period is unknown; give it at the start")]
    EpochStartUnknown,
    /// The work does not fit the 128 bits that the contract keeps.
    #[error("the work {work} does not fit 128 bits; the headers are not those of a real network")]
    WorkTooGreat {
        /// Work of the chain.
        work: Work,
    },
    /// The best chain at hand does not hold the block.
    #[error("height {height} is not in the best chain from the checkpoint on; synchronise first")]
    UnknownHeight {
        /// Height that was asked for.
        height: BitcoinHeight,
    },
    /// The height lies outside the segment.
    #[error("height {height} is outside the segment; take the segment that holds it")]
    OutsideSegment {
        /// Height that was asked for.
        height: BitcoinHeight,
    },
    /// The best chain at hand holds other blocks than the segment.
    #[error("the segment holds other blocks than the best chain; wait for the newest segments")]
    OtherBlocks,
}

/// Returns a header hash as a leaf: its bytes as double SHA-256 gives them.
#[must_use]
pub fn leaf(hash: BlockHash) -> B256 {
    B256::from(hash.to_raw_hash().to_byte_array())
}

fn parent(left: B256, right: B256) -> B256 {
    keccak256([left, right].concat())
}

/// Returns the root over leaves; `None` when there are none.
#[must_use]
pub fn root(leaves: &[B256]) -> Option<B256> {
    let mut row = leaves.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| pair.get(1).map_or(pair[0], |right| parent(pair[0], *right)))
            .collect();
    }
    row.first().copied()
}

/// Returns the siblings from a leaf to the root; `None` when `position` is beyond the last leaf.
#[must_use]
pub fn path(leaves: &[B256], position: usize) -> Option<Vec<B256>> {
    leaves.get(position)?;
    let (mut row, mut at, mut path) = (leaves.to_vec(), position, Vec::new());
    while row.len() > 1 {
        path.extend(row.get(at ^ 1));
        row = row
            .chunks(2)
            .map(|pair| pair.get(1).map_or(pair[0], |right| parent(pair[0], *right)))
            .collect();
        at /= 2;
    }
    Some(path)
}

/// Returns the root that a leaf at `position` of `count` has with this path; `None` when the
/// position is beyond the last leaf or the path has another length.
#[must_use]
pub fn root_from_path(leaf: B256, position: usize, count: usize, path: &[B256]) -> Option<B256> {
    if position >= count {
        return None;
    }
    let (mut node, mut at, mut row, mut siblings) = (leaf, position, count, path.iter());
    while row > 1 {
        if at % 2 == 1 {
            node = parent(*siblings.next()?, node);
        } else if at + 1 < row {
            node = parent(node, *siblings.next()?);
        }
        at /= 2;
        row = row.div_ceil(2);
    }
    siblings.next().is_none().then_some(node)
}

/// What a slot of the contract commits to, as the words of its ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentPreimage {
    /// Root over the segment's header hashes.
    pub root: B256,
    /// Last height (4 bytes), count (4), zero (4), submitter (20), big-endian.
    pub meta: B256,
    /// Tip hash; work (16), bits (4), epoch start time (4), zero (8); the eight oldest of the last
    /// eleven times (4 each, oldest first); the three newest, then zero. Numbers are big-endian.
    pub state: [B256; 4],
}

/// Where a block is in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentPosition {
    /// Its place, from zero.
    pub position: usize,
    /// Siblings up to the segment's root.
    pub path: Vec<B256>,
}

impl SegmentPreimage {
    /// Builds the preimage of a segment with these header hashes (oldest first) that ends at `end`.
    ///
    /// # Errors
    /// Refuses what the contract cannot hold.
    pub fn new(
        hashes: &[BlockHash],
        submitter: EvmAddress,
        end: &ChainState,
    ) -> Result<Self, SegmentRejection> {
        let leaves: Vec<_> = hashes.iter().map(|hash| leaf(*hash)).collect();
        let too_many =
            SegmentRejection::TooManyHeaders { count: leaves.len(), max: MAX_SEGMENT_HEADERS };
        if leaves.len() > MAX_SEGMENT_HEADERS {
            return Err(too_many);
        }
        let root = root(&leaves).ok_or(too_many)?;
        let count = u32::try_from(leaves.len()).map_err(|_| too_many)?;
        let mut meta = [0; 32];
        meta[..4].copy_from_slice(&end.height().get().to_be_bytes());
        meta[4..8].copy_from_slice(&count.to_be_bytes());
        meta[12..].copy_from_slice(submitter.as_slice());
        Ok(Self { root, meta: B256::from(meta), state: state_words(end)? })
    }

    /// Builds the preimage of segment 0, which the contract stores for its checkpoint.
    ///
    /// # Errors
    /// Refuses a chain whose checkpoint does not hold ten predecessors' times.
    pub fn of_checkpoint(chain: &HeaderChain) -> Result<Self, SegmentRejection> {
        let height = chain.checkpoint().height;
        Self::of_chain(chain, height, height, EvmAddress::ZERO)
    }

    /// Builds the preimage of the best chain's blocks from `first` to `last`, both included.
    ///
    /// # Errors
    /// Refuses heights that the chain does not hold and what the contract cannot hold.
    pub fn of_chain(
        chain: &HeaderChain,
        first: BitcoinHeight,
        last: BitcoinHeight,
        submitter: EvmAddress,
    ) -> Result<Self, SegmentRejection> {
        let hashes = hashes_of(chain, first, last)?;
        let end = chain.state_at(last).ok_or(SegmentRejection::UnknownHeight { height: last })?;
        Self::new(&hashes, submitter, &end)
    }

    /// Finds a block of the best chain in this segment.
    ///
    /// # Errors
    /// Refuses a height outside the segment, and a segment whose blocks are not the best chain's.
    pub fn locate(
        &self,
        chain: &HeaderChain,
        height: BitcoinHeight,
    ) -> Result<SegmentPosition, SegmentRejection> {
        let outside = SegmentRejection::OutsideSegment { height };
        let (first, last) = (self.first_height().ok_or(outside)?, self.last_height());
        if height > last {
            return Err(outside);
        }
        let position = height.since(first).ok_or(outside)?;
        let leaves: Vec<_> = hashes_of(chain, first, last)?.into_iter().map(leaf).collect();
        if root(&leaves) != Some(self.root) {
            return Err(SegmentRejection::OtherBlocks);
        }
        let position = usize::try_from(position.get()).map_err(|_| outside)?;
        let path = path(&leaves, position).ok_or(outside)?;
        Ok(SegmentPosition { position, path })
    }

    /// Returns keccak256(abi.encode(state)).
    #[must_use]
    pub fn state_hash(&self) -> B256 {
        keccak256(self.state.concat())
    }

    /// Returns what the contract's slot holds: keccak256(abi.encode(root, meta, state hash)).
    #[must_use]
    pub fn commitment(&self) -> B256 {
        keccak256([self.root, self.meta, self.state_hash()].concat())
    }

    /// Returns the height of the last block.
    #[must_use]
    pub fn last_height(&self) -> BitcoinHeight {
        BitcoinHeight::new(u32_at(self.meta, 0))
    }

    /// Returns the number of blocks.
    #[must_use]
    pub fn count(&self) -> BlockCount {
        BlockCount::new(u32_at(self.meta, 4))
    }

    /// Returns the height of the first block; `None` for words that no segment has.
    #[must_use]
    pub fn first_height(&self) -> Option<BitcoinHeight> {
        let below = self.count().get().checked_sub(1)?;
        self.last_height().checked_sub(BlockCount::new(below))
    }

    /// Returns who submitted it; zero for the checkpoint.
    #[must_use]
    pub fn submitter(&self) -> EvmAddress {
        EvmAddress::from_word(B256::from(U256::from_be_bytes(self.meta.0) << 96 >> 96))
    }

    /// Returns the hash of the last block.
    #[must_use]
    pub fn tip_hash(&self) -> BlockHash {
        BlockHash::from_byte_array(self.state[0].0)
    }

    /// Returns the work up to the last block, counted from the contract's checkpoint.
    #[must_use]
    pub fn work(&self) -> Work {
        Work::new(U256::from_be_bytes(self.state[1].0) >> 128)
    }

    /// Returns the compact target of the last block.
    #[must_use]
    pub fn bits(&self) -> CompactTarget {
        CompactTarget::from_consensus(u32_at(self.state[1], 16))
    }

    /// Returns the time of the first block of the last block's retarget period.
    #[must_use]
    pub fn epoch_start_time(&self) -> UnixTime {
        UnixTime::new(u64::from(u32_at(self.state[1], 20)))
    }

    /// Returns the times of the newest eleven blocks, oldest first.
    #[must_use]
    pub fn times(&self) -> [u32; MEDIAN_WINDOW] {
        core::array::from_fn(|at| match at.checked_sub(8) {
            None => u32_at(self.state[2], at * 4),
            Some(newer) => u32_at(self.state[3], newer * 4),
        })
    }
}

fn u32_at(word: B256, offset: usize) -> u32 {
    word[offset..].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn hashes_of(
    chain: &HeaderChain,
    first: BitcoinHeight,
    last: BitcoinHeight,
) -> Result<Vec<BlockHash>, SegmentRejection> {
    let span = last.get().saturating_sub(first.get());
    if usize::try_from(span).map_or(true, |span| span >= MAX_SEGMENT_HEADERS) {
        let count = usize::try_from(span).unwrap_or(usize::MAX).saturating_add(1);
        return Err(SegmentRejection::TooManyHeaders { count, max: MAX_SEGMENT_HEADERS });
    }
    (first.get()..=last.get())
        .map(BitcoinHeight::new)
        .map(|height| chain.hash(height).ok_or(SegmentRejection::UnknownHeight { height }))
        .collect()
}

fn state_words(end: &ChainState) -> Result<[B256; 4], SegmentRejection> {
    let times = end.recent_times();
    if times.len() != MEDIAN_WINDOW {
        return Err(SegmentRejection::TooFewTimes { known: times.len() });
    }
    let work = u128::try_from(end.work().get())
        .map_err(|_| SegmentRejection::WorkTooGreat { work: end.work() })?;
    let epoch_start = end
        .epoch_start_time()
        .and_then(|time| u32::try_from(time.get()).ok())
        .ok_or(SegmentRejection::EpochStartUnknown)?;
    let mut numbers = [0; 32];
    numbers[..16].copy_from_slice(&work.to_be_bytes());
    numbers[16..20].copy_from_slice(&end.bits().to_consensus().to_be_bytes());
    numbers[20..24].copy_from_slice(&epoch_start.to_be_bytes());
    let mut packed = [0; 64];
    for (place, time) in packed.chunks_mut(4).zip(times) {
        place.copy_from_slice(&time.to_be_bytes());
    }
    let [older, newer] = [0, 32].map(|from| B256::from_slice(&packed[from..from + 32]));
    Ok([leaf(end.hash()), B256::from(numbers), older, newer])
}
