//! What the chain answers: where its tip is, and what an import changed.

use farbank_types::{EvmAddress, EvmBlockNumber, UnixTime, B256};
use serde::{Deserialize, Serialize};

/// A block of the chain by number and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockRef {
    /// Its number.
    pub number: EvmBlockNumber,
    /// Its hash.
    pub hash: B256,
}

/// The end of the best chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tip {
    /// Its number.
    pub number: EvmBlockNumber,
    /// Its hash.
    pub hash: B256,
    /// The time that its header holds.
    pub time: UnixTime,
}

/// What an import changed. All lists ascend by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The best chain grew.
    Extended {
        /// The new blocks, at least one.
        connected: Vec<BlockRef>,
    },
    /// Another chain has more difficulty.
    Reorganized {
        /// Blocks that left the best chain, at least one.
        reverted: Vec<BlockRef>,
        /// Blocks that took their place, at least one.
        connected: Vec<BlockRef>,
    },
    /// New headers of a branch with no more difficulty than the best chain; kept for later.
    SideBranch {
        /// End of the branch.
        end: BlockRef,
        /// Signers that are seen for the first time to have sealed two blocks of one number.
        sealed_twice: Vec<EvmAddress>,
    },
    /// Nothing that was not known.
    Unchanged,
}
