//! The states of the header relay.

use farbank_types::{BlockCount, UnixTime};
use serde::{Deserialize, Serialize};

use super::duties::SegmentPlan;
use super::events::SubmissionRefusal;

/// What the header relay waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum HeaderRelayState {
    /// Nothing is under way.
    Resting {
        /// What has to change before something is.
        wait: HeaderWait,
    },
    /// A segment is on its way; waits until the contract holds it.
    Submitting {
        /// The segment.
        segment: SegmentPlan,
    },
}

/// What has to change before headers are submitted. `Display` gives the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "wait", rename_all = "kebab-case", deny_unknown_fields)]
pub enum HeaderWait {
    /// Nothing was looked at yet.
    #[error("the contract was not looked at yet")]
    Start,
    /// The contract's tip is the best chain's.
    #[error("the contract's header chain is up to date")]
    Level,
    /// There are new headers that nobody waits for.
    #[error("{headers} new headers are not worth their gas yet")]
    NotWorthwhile {
        /// How many.
        headers: BlockCount,
    },
    /// The contract's chain has no less work than the one verified here.
    #[error(
        "the contract's header chain has as much work as the one verified here, and another tip"
    )]
    Outweighed,
    /// A reorganisation deeper than one transaction can carry.
    #[error("the heavier branch needs more headers than one transaction can carry")]
    BranchTooLong,
    /// None of the contract's provable segments ends in the best chain.
    #[error("no provable segment of the contract ends in a block of the best chain")]
    NoCommonSegment,
    /// The contract refused.
    #[error("the contract refused the newest headers ({refusal:?})")]
    Refused {
        /// Why.
        refusal: SubmissionRefusal,
        /// Time of the next try.
        not_before: UnixTime,
    },
}

impl HeaderWait {
    /// Returns what a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Start | Self::Level | Self::NotWorthwhile { .. } => "nothing to do",
            Self::Outweighed => "wait for the Bitcoin node to catch up",
            Self::BranchTooLong | Self::NoCommonSegment => {
                "check that the Bitcoin node follows the right network"
            }
            Self::Refused { refusal, .. } => match refusal {
                SubmissionRefusal::Overtaken => "nothing to do; it is tried again",
                SubmissionRefusal::TimeTooNew => "check the clock of the side chain's validators",
                SubmissionRefusal::Disputed => {
                    "check that both nodes and deployment.json belong together; see the log"
                }
                SubmissionRefusal::Unexplained => {
                    "check the relayer's gas balance and its side-chain node"
                }
            },
        }
    }
}

impl HeaderRelayState {
    /// The state of a relayer that knows nothing yet.
    pub const START: Self = Self::Resting { wait: HeaderWait::Start };

    /// Returns the name that logs, status and database use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Resting { .. } => "resting",
            Self::Submitting { .. } => "submitting",
        }
    }
}
