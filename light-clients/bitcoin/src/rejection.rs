//! Why headers are refused, by the names that the contract uses as well.

use bitcoin::BlockHash;
use farbank_types::{BitcoinHeight, UnixTime};
use serde::Serialize;

/// A header breaks a rule. `index` counts the headers of the batch or file from zero.
///
/// Serialised as an object whose `refused` holds the name, beside the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum HeaderRejection {
    /// Not a whole, nonzero number of 80-byte headers.
    #[error("{length} bytes are not a whole, nonzero number of 80-byte headers; fetch them again")]
    CutOff {
        /// Bytes that were given.
        length: u64,
    },
    /// The header does not name the hash of the one before it.
    #[error("header {index} does not continue the one before it; fetch from the fork point on")]
    BadLink {
        /// Place of the header.
        index: u64,
    },
    /// `nBits` is not what the retarget rule demands.
    #[error("header {index} has bits {bits:#010x}, the network demands {expected:#010x}")]
    BadBits {
        /// Place of the header.
        index: u64,
        /// Compact target of the header.
        bits: u32,
        /// Compact target that the rule gives (for a checkpoint: the easiest of the network).
        expected: u32,
    },
    /// The hash is above the target.
    #[error("header {index} does not meet its own target; ask another source")]
    BadProofOfWork {
        /// Place of the header.
        index: u64,
    },
    /// Not later than the median of the eleven blocks before it.
    #[error("header {index} has time {time}, which is not after the median of its predecessors")]
    TimeTooOld {
        /// Place of the header.
        index: u64,
        /// Its time.
        time: u32,
    },
    /// More than two hours ahead of the clock.
    #[error("header {index} has time {time}, later than {limit}; check this machine's clock")]
    TimeTooNew {
        /// Place of the header.
        index: u64,
        /// Its time.
        time: u32,
        /// Latest time allowed: the clock plus two hours.
        limit: UnixTime,
    },
    /// The first block of a period lies too far before its parent (BIP-0094, testnet4 only).
    #[error("header {index} has time {time}, but starts a period and may not lie before {limit}")]
    TimeWarp {
        /// Place of the header.
        index: u64,
        /// Its time.
        time: u32,
        /// Earliest time allowed: the parent's less 600 seconds.
        limit: u32,
    },
    /// The retarget needs the time of the period's first block and nobody gave it.
    #[error(
        "header {index} at height {height} needs the time of the first block of its predecessors' \
         retarget period; give it with the checkpoint"
    )]
    EpochStartUnknown {
        /// Place of the header.
        index: u64,
        /// Its height.
        height: BitcoinHeight,
    },
    /// The height would exceed 2^32 - 1.
    #[error("header {index} would have a height above 2^32 - 1; check the checkpoint's height")]
    HeightOverflow {
        /// Place of the header.
        index: u64,
    },
    /// The checkpoint contradicts itself or the network.
    #[error("bad checkpoint: {fault}")]
    BadCheckpoint {
        /// What is wrong with it.
        fault: CheckpointFault,
    },
}

/// What is wrong with a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind")]
#[non_exhaustive]
pub enum CheckpointFault {
    /// On testnet3 and testnet4 the real difficulty is known for certain only there.
    #[error("height {height} is not a multiple of 2,016, which this network needs")]
    NotAtPeriodStart {
        /// Height that was given.
        height: BitcoinHeight,
    },
    /// At height 0 only one header is right.
    #[error("{hash} is not the genesis block of this network, {expected}")]
    NotGenesis {
        /// Hash of the header that was given.
        hash: BlockHash,
        /// Hash of the genesis block.
        expected: BlockHash,
    },
    /// More times of predecessors than are used or than exist.
    #[error("{count} times of predecessors were given, at most {max} belong there")]
    TooManyPreviousTimes {
        /// Times that were given.
        count: usize,
        /// Most that belong there.
        max: usize,
    },
    /// The checkpoint starts its period, or the time does not fit a header.
    #[error("{given} is not the time of its period's first block; the header itself says {time}")]
    EpochStart {
        /// Time that was given.
        given: UnixTime,
        /// Time of the checkpoint's header.
        time: UnixTime,
    },
}

impl From<CheckpointFault> for HeaderRejection {
    fn from(fault: CheckpointFault) -> Self {
        Self::BadCheckpoint { fault }
    }
}

impl HeaderRejection {
    /// Returns the name of the reason, the same as the contract's error.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CutOff { .. } => "CutOff",
            Self::BadLink { .. } => "BadLink",
            Self::BadBits { .. } => "BadBits",
            Self::BadProofOfWork { .. } => "BadProofOfWork",
            Self::TimeTooOld { .. } => "TimeTooOld",
            Self::TimeTooNew { .. } => "TimeTooNew",
            Self::TimeWarp { .. } => "TimeWarp",
            Self::EpochStartUnknown { .. } => "EpochStartUnknown",
            Self::HeightOverflow { .. } => "HeightOverflow",
            Self::BadCheckpoint { .. } => "BadCheckpoint",
        }
    }

    /// Returns the place of the header at fault, when one header is.
    #[must_use]
    pub const fn index(&self) -> Option<u64> {
        match self {
            Self::BadLink { index }
            | Self::BadBits { index, .. }
            | Self::BadProofOfWork { index }
            | Self::TimeTooOld { index, .. }
            | Self::TimeTooNew { index, .. }
            | Self::TimeWarp { index, .. }
            | Self::EpochStartUnknown { index, .. }
            | Self::HeightOverflow { index } => Some(*index),
            Self::CutOff { .. } | Self::BadCheckpoint { .. } => None,
        }
    }
}

/// A batch is refused as a whole; the chain stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportRejection {
    /// The first header's parent is not known.
    #[error("the parent {hash} is unknown; ask again with the chain's locator")]
    UnknownParent {
        /// Hash that the first header names.
        hash: BlockHash,
    },
    /// A side branch longer than is kept. Imported at once it is still compared by its work.
    #[error("a side branch of {count} headers exceeds the {max} kept; import the branch at once")]
    TooManyHeaders {
        /// Headers of the branch.
        count: usize,
        /// Most that are kept beside the best chain.
        max: usize,
    },
    /// A header breaks a rule.
    #[error(transparent)]
    Header(#[from] HeaderRejection),
}

impl ImportRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownParent { .. } => "UnknownParent",
            Self::TooManyHeaders { .. } => "TooManyHeaders",
            Self::Header(reason) => reason.name(),
        }
    }
}
