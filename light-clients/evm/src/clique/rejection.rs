//! Why headers are refused.

use farbank_types::{EvmAddress, EvmBlockNumber, UnixTime, B256, U256};
use serde::Serialize;

/// A header breaks a rule of Clique. `number` is what the header says of itself.
///
/// Serialised as an object whose `refused` holds the name, beside the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum CliqueRejection {
    /// The header before it is not known.
    #[error("the parent {parent} of header {number} is unknown; import from a common block on")]
    UnknownParent {
        /// The header's number.
        number: EvmBlockNumber,
        /// Hash that it names.
        parent: B256,
    },
    /// The branch leaves the chain below its newest final block, or deeper than is kept.
    #[error(
        "header {number} is on a branch that leaves the chain below {floor}, where it is final; \
         stop and find out which nodes follow that branch"
    )]
    ConflictsWithFinal {
        /// The header's number.
        number: EvmBlockNumber,
        /// Lowest block that a branch may leave from.
        floor: EvmBlockNumber,
    },
    /// More headers at once than are kept, or a side branch longer than is kept. A whole branch that
    /// has more difficulty is taken.
    #[error("{count} headers exceed the {max} kept; import less at once, but whole branches")]
    TooManyHeaders {
        /// New headers, or headers of the branch.
        count: usize,
        /// Most that are kept of the kind.
        max: usize,
    },
    /// Not its parent's number plus one; or a checkpoint to start from that is none.
    #[error("header {number} should have the number {expected}")]
    BadNumber {
        /// The header's number.
        number: EvmBlockNumber,
        /// Number that belongs there.
        expected: EvmBlockNumber,
    },
    /// Earlier than the period after its parent allows.
    #[error("header {number} has time {time}, the earliest allowed is {earliest}")]
    BadTime {
        /// The header's number.
        number: EvmBlockNumber,
        /// Its time.
        time: UnixTime,
        /// The parent's time plus the period.
        earliest: UnixTime,
    },
    /// Ahead of the clock.
    #[error("header {number} has time {time}, later than {latest}; check this machine's clock")]
    TimeTooNew {
        /// The header's number.
        number: EvmBlockNumber,
        /// Its time.
        time: UnixTime,
        /// Latest time allowed: the clock plus a small skew.
        latest: UnixTime,
    },
    /// Vanity, signers and seal do not have the sizes that belong there.
    #[error("header {number} has {length} bytes of extra data, which is no vanity, signers, seal")]
    BadExtraData {
        /// The header's number.
        number: EvmBlockNumber,
        /// Bytes of extra data.
        length: usize,
    },
    /// Neither 1 nor 2, or not what the signer's turn demands.
    #[error("header {number} has difficulty {difficulty}, which does not fit its signer's turn")]
    BadDifficulty {
        /// The header's number.
        number: EvmBlockNumber,
        /// Its difficulty.
        difficulty: U256,
        /// What the signer's turn demands, once the signer is known.
        expected: Option<u64>,
    },
    /// Sealed by somebody who is no signer at this block; also after any change of the header.
    #[error("header {number} is sealed by {signer}, who is no signer there")]
    UnauthorizedSigner {
        /// The header's number.
        number: EvmBlockNumber,
        /// Who the seal names.
        signer: EvmAddress,
    },
    /// Sealed by a signer that has to wait.
    #[error("header {number} is sealed by {signer}, who sealed {last} and has to wait longer")]
    RecentlySigned {
        /// The header's number.
        number: EvmBlockNumber,
        /// Who sealed it.
        signer: EvmAddress,
        /// Block that the same signer sealed before.
        last: EvmBlockNumber,
    },
    /// The seal is no signature.
    #[error("the seal of header {number} is no signature")]
    BadSeal {
        /// The header's number.
        number: EvmBlockNumber,
    },
    /// A nonce that is no vote, or a vote in a checkpoint.
    #[error("header {number} has a nonce or a beneficiary that is no vote there")]
    BadVote {
        /// The header's number.
        number: EvmBlockNumber,
    },
    /// A checkpoint does not list the signers in ascending order.
    #[error("checkpoint {number} does not list the {signers} signers")]
    BadCheckpointSigners {
        /// The header's number.
        number: EvmBlockNumber,
        /// Signers in force there.
        signers: usize,
    },
    /// Gas limit out of bounds, or more gas used than that.
    #[error("header {number} has gas limit {limit} and uses {used}; its parent's limit is {parent_limit}")]
    BadGas {
        /// The header's number.
        number: EvmBlockNumber,
        /// Its gas limit.
        limit: u64,
        /// Gas that it uses.
        used: u64,
        /// Gas limit of its parent.
        parent_limit: u64,
    },
    /// Not the base fee that follows from its parent (EIP-1559); `None`: none at all.
    #[error(
        "header {number} has another base fee than {expected:?}, which follows from its parent"
    )]
    BadBaseFee {
        /// The header's number.
        number: EvmBlockNumber,
        /// Its base fee in wei per gas.
        base_fee: Option<u64>,
        /// What belongs there; `None` when the parent leaves no room for one.
        expected: Option<u64>,
    },
    /// Uncles, which Clique has not.
    #[error("header {number} names uncles")]
    BadUncles {
        /// The header's number.
        number: EvmBlockNumber,
    },
    /// A mix digest, which Clique keeps at zero.
    #[error("header {number} has a mix digest")]
    BadMixDigest {
        /// The header's number.
        number: EvmBlockNumber,
    },
    /// Fields of a fork after London, which Clique knows nothing of.
    #[error("header {number} has fields of a fork after London")]
    LaterFork {
        /// The header's number.
        number: EvmBlockNumber,
    },
    /// Block 0 is another than the genesis file describes.
    #[error("block 0 is {found}, the genesis file describes {expected}; use the chain's own file")]
    WrongGenesis {
        /// Hash of the block given.
        found: B256,
        /// Hash of the block that the file describes.
        expected: B256,
    },
}

impl CliqueRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownParent { .. } => "UnknownParent",
            Self::ConflictsWithFinal { .. } => "ConflictsWithFinal",
            Self::TooManyHeaders { .. } => "TooManyHeaders",
            Self::BadNumber { .. } => "BadNumber",
            Self::BadTime { .. } => "BadTime",
            Self::TimeTooNew { .. } => "TimeTooNew",
            Self::BadExtraData { .. } => "BadExtraData",
            Self::BadDifficulty { .. } => "BadDifficulty",
            Self::UnauthorizedSigner { .. } => "UnauthorizedSigner",
            Self::RecentlySigned { .. } => "RecentlySigned",
            Self::BadSeal { .. } => "BadSeal",
            Self::BadVote { .. } => "BadVote",
            Self::BadCheckpointSigners { .. } => "BadCheckpointSigners",
            Self::BadGas { .. } => "BadGas",
            Self::BadBaseFee { .. } => "BadBaseFee",
            Self::BadUncles { .. } => "BadUncles",
            Self::BadMixDigest { .. } => "BadMixDigest",
            Self::LaterFork { .. } => "LaterFork",
            Self::WrongGenesis { .. } => "WrongGenesis",
        }
    }

    /// Returns the number that the header at fault says of itself, when the values name it.
    #[must_use]
    pub const fn number(&self) -> Option<EvmBlockNumber> {
        match self {
            Self::UnknownParent { number, .. }
            | Self::ConflictsWithFinal { number, .. }
            | Self::BadNumber { number, .. }
            | Self::BadTime { number, .. }
            | Self::TimeTooNew { number, .. }
            | Self::BadExtraData { number, .. }
            | Self::BadDifficulty { number, .. }
            | Self::UnauthorizedSigner { number, .. }
            | Self::RecentlySigned { number, .. }
            | Self::BadSeal { number }
            | Self::BadVote { number }
            | Self::BadCheckpointSigners { number, .. }
            | Self::BadGas { number, .. }
            | Self::BadBaseFee { number, .. }
            | Self::BadUncles { number }
            | Self::BadMixDigest { number }
            | Self::LaterFork { number } => Some(*number),
            Self::TooManyHeaders { .. } | Self::WrongGenesis { .. } => None,
        }
    }

    /// Tells whether the same header may be taken later, with a later clock or more headers.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::UnknownParent { .. } | Self::TimeTooNew { .. })
    }
}
