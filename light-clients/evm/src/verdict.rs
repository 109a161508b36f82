//! What a finality verifier answers. Decides nothing itself: the verifiers do, each by the rule of
//! its consensus.

use farbank_types::{EvmBlockNumber, UnixTime, B256};
use serde::Serialize;

use crate::header::SideHeader;

/// Whether a block can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is final: by the verifier's rule nothing replaces it.
    Final(FinalHeader),
    /// Not final so far; ask again when the chain has grown.
    NotYet(Progress),
    /// It will not become final, or is not known.
    Invalid(Why),
}

/// How far a block is from being final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Blocks of the best chain on top of it; none when it is not part of the best chain.
    pub blocks: u64,
    /// Blocks that the rule asks for.
    pub blocks_needed: u64,
    /// Distinct signers of those blocks that count.
    pub signers: u64,
    /// Signers that the rule asks for.
    pub signers_needed: u64,
}

/// Why a block is not going to be final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum Why {
    /// The verifier does not hold it: never seen, or older than what is kept.
    #[error("the block is not known here; import its headers, or name a newer block")]
    UnknownBlock,
    /// Another block of its height, or of an earlier one, is final.
    #[error("the block is not part of the chain that is final up to {newest_final}")]
    ConflictsWithFinal {
        /// Number of the newest final block.
        newest_final: EvmBlockNumber,
    },
}

impl Why {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownBlock => "UnknownBlock",
            Self::ConflictsWithFinal { .. } => "ConflictsWithFinal",
        }
    }
}

/// A header that a verifier found final. Nothing else can make one, so whoever holds one may rely on
/// its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalHeader {
    number: EvmBlockNumber,
    hash: B256,
    state_root: B256,
    time: UnixTime,
}

impl FinalHeader {
    pub(crate) const fn new(header: &SideHeader) -> Self {
        Self {
            number: header.number(),
            hash: header.hash(),
            state_root: header.state_root(),
            time: header.time(),
        }
    }

    /// Returns the block's number.
    #[must_use]
    pub const fn number(&self) -> EvmBlockNumber {
        self.number
    }

    /// Returns the block's hash.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// Returns the root of the state after the block.
    #[must_use]
    pub const fn state_root(&self) -> B256 {
        self.state_root
    }

    /// Returns the block's time.
    #[must_use]
    pub const fn time(&self) -> UnixTime {
        self.time
    }
}

/// Gives verdicts by the rule of one consensus.
///
/// A block that was final once stays final; its ancestors are final with it, as far back as the
/// verifier keeps headers.
pub trait FinalityVerifier {
    /// Returns the verdict on a block.
    fn verdict(&self, block: &B256) -> Verdict;

    /// Returns the newest block that is final, if one is.
    fn newest_final(&self) -> Option<FinalHeader>;
}
