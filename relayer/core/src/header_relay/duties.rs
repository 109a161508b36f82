//! What the machine wants done.

use bitcoin::BlockHash;
use farbank_types::{BitcoinHeight, BlockCount, SegmentIndex};
use serde::{Deserialize, Serialize};

/// A segment to submit: heights `first` to `last` of the best chain that holds `tip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentPlan {
    /// The contract's segment that it stands on.
    pub parent: SegmentIndex,
    /// Hash of the last block of that segment.
    pub parent_tip: BlockHash,
    /// Height of the first header.
    pub first: BitcoinHeight,
    /// Height of the last header.
    pub last: BitcoinHeight,
    /// Hash of the last header.
    pub tip: BlockHash,
}

impl SegmentPlan {
    /// Returns the number of headers.
    #[must_use]
    pub const fn count(&self) -> BlockCount {
        self.first.confirmations_at(self.last)
    }
}

/// What the machine wants done. Idempotent: the contract takes a segment once, because a second one
/// has no more work than its own tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderRelayDuty {
    /// Have the contract store this segment.
    SubmitHeaders(SegmentPlan),
}

impl HeaderRelayDuty {
    /// Returns the name that logs and database use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SubmitHeaders(_) => "submit-headers",
        }
    }
}
