//! What can happen to the header relay.

use super::duties::SegmentPlan;

/// What can happen to the header relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRelayEvent {
    /// Both chains were looked at: the context holds what was seen.
    Viewed,
    /// The contract refuses this segment, before or after it was sent.
    Refused {
        /// The segment.
        segment: SegmentPlan,
        /// Why.
        refusal: SubmissionRefusal,
    },
}

/// What the contract's refusal of a segment means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionRefusal {
    /// Another relayer was faster, or the side chain was reorganised: look again.
    Overtaken,
    /// A header's time lies more than two hours ahead of the side chain's clock.
    TimeTooNew,
    /// The contract refuses headers that the light client accepts.
    Disputed,
    /// The submission failed without a reason.
    Unexplained,
}
