//! The header chain in memory: which chain has the most work, and what changed when another one
//! took over. Pure: the clock is an argument, nothing is read or written.

use std::collections::HashMap;

use bitcoin::block::Header;
use bitcoin::BlockHash;
use farbank_types::{BitcoinHeight, UnixTime, Work};
use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, Start, PREVIOUS_TIMES};
use crate::rejection::{HeaderRejection, ImportRejection};
use crate::rules::ChainRules;
use crate::side::SideBranches;
use crate::state::ChainState;

/// Most headers kept beside the best chain: ten retarget periods, some 5 MiB. A longer branch still
/// wins when it is imported at once.
pub const MAX_SIDE_HEADERS: usize = 20_160;

/// Blocks between two kept states, the most that are walked again to judge a fork.
const SNAPSHOT_INTERVAL: usize = 256;

/// A block of the chain by place and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockRef {
    /// Its height.
    pub height: BitcoinHeight,
    /// Its hash.
    pub hash: BlockHash,
}

/// The end of the best chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tip {
    /// Its height.
    pub height: BitcoinHeight,
    /// Its hash.
    pub hash: BlockHash,
    /// The time that its header holds.
    pub time: UnixTime,
    /// Work from the checkpoint on, the checkpoint's own included.
    pub work: Work,
}

/// What an import changed. All lists ascend by height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The best chain grew.
    Extended {
        /// The new blocks, at least one.
        connected: Vec<BlockRef>,
    },
    /// Another chain has more work.
    Reorganized {
        /// Blocks that left the best chain, at least one.
        reverted: Vec<BlockRef>,
        /// Blocks that took their place, at least one.
        connected: Vec<BlockRef>,
    },
    /// New headers of a branch with no more work than the best chain; kept for later.
    SideBranch {
        /// End of the branch.
        end: BlockRef,
    },
    /// Nothing that was not known.
    Unchanged,
}

/// A header with its hash, so that no hash is computed twice.
#[derive(Clone, Copy, Debug)]
struct Block {
    header: Header,
    hash: BlockHash,
}

/// The best chain from a checkpoint on, and the branches beside it.
#[derive(Clone, Debug)]
pub struct HeaderChain {
    rules: ChainRules,
    checkpoint: Checkpoint,
    /// The best chain, the checkpoint first.
    blocks: Vec<Block>,
    places: HashMap<BlockHash, usize>,
    tip: ChainState,
    /// States at every [`SNAPSHOT_INTERVAL`]th place of the best chain.
    snapshots: Vec<ChainState>,
    side: SideBranches,
}

impl HeaderChain {
    /// Starts a chain at a checkpoint.
    ///
    /// # Errors
    /// Refuses a checkpoint that contradicts itself or the network.
    pub fn new(rules: ChainRules, checkpoint: Checkpoint) -> Result<Self, HeaderRejection> {
        Self::with_side_limit(rules, checkpoint, MAX_SIDE_HEADERS)
    }

    /// Starts a chain that keeps at most `max_side_headers` beside its best branch.
    ///
    /// # Errors
    /// Refuses a checkpoint that contradicts itself or the network.
    pub fn with_side_limit(
        rules: ChainRules,
        checkpoint: Checkpoint,
        max_side_headers: usize,
    ) -> Result<Self, HeaderRejection> {
        let start = Start::check(
            rules,
            checkpoint.height,
            &checkpoint.header,
            Some(checkpoint.epoch_start_time),
            &checkpoint.previous_times,
        )?;
        let tip = ChainState::new(&start);
        let hash = start.hash;
        let blocks = vec![Block { header: checkpoint.header, hash }];
        let places = HashMap::from([(hash, 0)]);
        let side = SideBranches::new(max_side_headers);
        Ok(Self { rules, checkpoint, blocks, places, tip, snapshots: vec![tip], side })
    }

    /// Takes headers, each the child of the one before it; those known already are skipped. All of
    /// them are taken or none.
    ///
    /// A branch wins when its work is greater; with equal work the one that was there first stays.
    ///
    /// # Errors
    /// Refuses the batch when its first header's parent is unknown, when a header breaks a rule, or
    /// when it would make a side branch longer than is kept.
    pub fn import(
        &mut self,
        headers: &[Header],
        now: UnixTime,
    ) -> Result<ImportOutcome, ImportRejection> {
        let Some((known, parent)) = self.skip_known(headers)? else {
            return Ok(ImportOutcome::Unchanged);
        };
        let (branch, mut state) =
            self.branch_to(parent).ok_or(ImportRejection::UnknownParent { hash: parent })?;
        let fork = branch.first().map_or(parent, |block| block.header.prev_blockhash);
        let latest = ChainState::latest_time(now);
        let mut fresh = Vec::with_capacity(headers.len().saturating_sub(known));
        let mut states = Vec::with_capacity(fresh.capacity());
        for (index, header) in (0_u64..).zip(headers).skip(known) {
            let hash = header.block_hash();
            state.append(self.rules, header, hash, index, latest)?;
            fresh.push(Block { header: *header, hash });
            states.push(state.work());
        }
        if state.work() > self.tip.work() {
            return Ok(self.connect(fork, branch, fresh));
        }
        let count = branch.len().saturating_add(fresh.len());
        if count > self.side.max() {
            return Err(ImportRejection::TooManyHeaders { count, max: self.side.max() });
        }
        for (block, work) in fresh.iter().zip(states) {
            self.side.insert(block.header, block.hash, work);
        }
        self.side.prune(Some(state.hash()));
        Ok(ImportOutcome::SideBranch {
            end: BlockRef { height: state.height(), hash: state.hash() },
        })
    }

    /// Returns how many leading headers are known and the parent of the rest, or `None` when there
    /// is no rest.
    fn skip_known(
        &self,
        headers: &[Header],
    ) -> Result<Option<(usize, BlockHash)>, HeaderRejection> {
        let Some(first) = headers.first() else { return Ok(None) };
        let mut parent = first.prev_blockhash;
        for (at, header) in headers.iter().enumerate() {
            if header.prev_blockhash != parent {
                let index = u64::try_from(at).unwrap_or(u64::MAX);
                return Err(HeaderRejection::BadLink { index });
            }
            let hash = header.block_hash();
            if !self.places.contains_key(&hash) && !self.side.contains(&hash) {
                return Ok(Some((at, parent)));
            }
            parent = hash;
        }
        Ok(None)
    }

    /// Returns the side headers that lead to `hash` and the state at their end.
    fn branch_to(&self, hash: BlockHash) -> Option<(Vec<Block>, ChainState)> {
        if hash == self.tip.hash() {
            return Some((Vec::new(), self.tip));
        }
        let branch: Vec<_> = self
            .side
            .branch(hash)
            .into_iter()
            .map(|(header, hash)| Block { header, hash })
            .collect();
        let fork = branch.first().map_or(hash, |block| block.header.prev_blockhash);
        let mut state = self.state_at_place(*self.places.get(&fork)?)?;
        for block in &branch {
            state.follow(&block.header, block.hash);
        }
        Some((branch, state))
    }

    /// Puts a heavier branch on top of the block `fork` of the best chain.
    fn connect(&mut self, fork: BlockHash, branch: Vec<Block>, fresh: Vec<Block>) -> ImportOutcome {
        let keep = self.places.get(&fork).map_or(self.blocks.len(), |place| place + 1);
        let reverted = self.refs_from(keep);
        let mut state = self.state_at_place(keep - 1).unwrap_or(self.tip);
        let left = self.blocks.split_off(keep);
        self.snapshots.truncate(keep.div_ceil(SNAPSHOT_INTERVAL));
        for block in &branch {
            self.side.remove(&block.hash);
        }
        let mut work = state;
        for block in &left {
            self.places.remove(&block.hash);
            work.follow(&block.header, block.hash);
            self.side.insert(block.header, block.hash, work.work());
        }
        for block in branch.into_iter().chain(fresh) {
            state.follow(&block.header, block.hash);
            let place = self.blocks.len();
            if place.is_multiple_of(SNAPSHOT_INTERVAL) {
                self.snapshots.push(state);
            }
            self.places.insert(block.hash, place);
            self.blocks.push(block);
        }
        self.tip = state;
        self.side.prune(None);
        let connected = self.refs_from(keep);
        if reverted.is_empty() {
            ImportOutcome::Extended { connected }
        } else {
            ImportOutcome::Reorganized { reverted, connected }
        }
    }

    fn refs_from(&self, place: usize) -> Vec<BlockRef> {
        let blocks = self.blocks.iter().enumerate().skip(place);
        blocks
            .filter_map(|(at, block)| {
                Some(BlockRef { height: self.height_at(at)?, hash: block.hash })
            })
            .collect()
    }

    fn height_at(&self, place: usize) -> Option<BitcoinHeight> {
        let above = u32::try_from(place).ok()?;
        self.checkpoint.height.get().checked_add(above).map(BitcoinHeight::new)
    }

    fn place_of(&self, height: BitcoinHeight) -> Option<usize> {
        let above = height.since(self.checkpoint.height)?;
        usize::try_from(above.get()).ok().filter(|place| *place < self.blocks.len())
    }

    fn state_at_place(&self, place: usize) -> Option<ChainState> {
        if place + 1 == self.blocks.len() {
            return Some(self.tip);
        }
        let snapshot = place / SNAPSHOT_INTERVAL;
        let mut state = *self.snapshots.get(snapshot)?;
        for block in self.blocks.get(snapshot * SNAPSHOT_INTERVAL + 1..=place)? {
            state.follow(&block.header, block.hash);
        }
        Some(state)
    }

    /// Returns the rules that the chain follows.
    #[must_use]
    pub const fn rules(&self) -> ChainRules {
        self.rules
    }

    /// Returns the checkpoint that the chain starts from.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Returns the end of the best chain.
    #[must_use]
    pub fn tip(&self) -> Tip {
        let tip = &self.tip;
        Tip { height: tip.height(), hash: tip.hash(), time: tip.time(), work: tip.work() }
    }

    /// Returns the header of the best chain at `height`.
    #[must_use]
    pub fn header(&self, height: BitcoinHeight) -> Option<&Header> {
        self.place_of(height).map(|place| &self.blocks[place].header)
    }

    /// Returns the hash of the best chain's block at `height`.
    #[must_use]
    pub fn hash(&self, height: BitcoinHeight) -> Option<BlockHash> {
        self.place_of(height).map(|place| self.blocks[place].hash)
    }

    /// Returns the height of a block of the best chain; `None` for any other block.
    #[must_use]
    pub fn height_of(&self, hash: &BlockHash) -> Option<BitcoinHeight> {
        self.places.get(hash).and_then(|place| self.height_at(*place))
    }

    /// Returns everything that the rules know at a block of the best chain.
    #[must_use]
    pub fn state_at(&self, height: BitcoinHeight) -> Option<ChainState> {
        self.place_of(height).and_then(|place| self.state_at_place(place))
    }

    /// Returns the median time of the eleven blocks that end at `height`, or `None` when the block
    /// is not in the best chain or too few before it are known.
    #[must_use]
    pub fn median_time_past(&self, height: BitcoinHeight) -> Option<UnixTime> {
        self.state_at(height)?.median_time_past()
    }

    /// Returns the time of the first block of the retarget period of `height`.
    #[must_use]
    pub fn epoch_start_time(&self, height: BitcoinHeight) -> Option<UnixTime> {
        self.state_at(height)?.epoch_start_time()
    }

    /// Returns a block of the best chain as a checkpoint to start another chain from.
    #[must_use]
    pub fn checkpoint_at(&self, height: BitcoinHeight) -> Option<Checkpoint> {
        let state = self.state_at(height)?;
        let mut previous_times = state.recent_times();
        previous_times.truncate(previous_times.len().saturating_sub(1));
        debug_assert!(previous_times.len() <= PREVIOUS_TIMES);
        let header = *self.header(height)?;
        Some(Checkpoint {
            height,
            header,
            epoch_start_time: state.epoch_start_time()?,
            previous_times,
        })
    }

    /// Returns how many headers are kept beside the best chain.
    #[must_use]
    pub fn side_headers(&self) -> usize {
        self.side.len()
    }

    /// Returns hashes of the best chain for a source to find the fork by: the newest ten, then
    /// at doubling distances, the checkpoint last.
    #[must_use]
    pub fn locator(&self) -> Vec<BlockHash> {
        let mut locator = Vec::new();
        let mut place = self.blocks.len() - 1;
        let mut step = 1;
        while place > 0 {
            locator.push(self.blocks[place].hash);
            if locator.len() >= 10 {
                step *= 2;
            }
            place = place.saturating_sub(step);
        }
        locator.push(self.blocks[0].hash);
        locator
    }
}
