//! The machine: which event leads from which state to which.

use super::config::RETRY_SECS;
use super::context::HeaderRelayContext;
use super::duties::{HeaderRelayDuty, SegmentPlan};
use super::errors::HeaderRelayRejection;
use super::events::{HeaderRelayEvent, SubmissionRefusal};
use super::plan::{assess, Assessment};
use super::state::{HeaderRelayState, HeaderWait};

/// Where an event leads, and everything that is to be done there. Duties of the state before are
/// void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRelayTransition {
    /// The new state.
    pub next: HeaderRelayState,
    /// What is to be done while it lasts.
    pub duties: Vec<HeaderRelayDuty>,
}

impl HeaderRelayTransition {
    fn to(next: HeaderRelayState) -> Self {
        let duties = match next {
            HeaderRelayState::Submitting { segment } => {
                vec![HeaderRelayDuty::SubmitHeaders(segment)]
            }
            HeaderRelayState::Resting { .. } => Vec::new(),
        };
        Self { next, duties }
    }
}

/// Applies an event. Pure and deterministic: the same arguments give the same answer.
///
/// # Errors
/// [`HeaderRelayRejection`] when the event changes nothing.
pub fn apply(
    state: &HeaderRelayState,
    event: HeaderRelayEvent,
    context: &HeaderRelayContext<'_>,
) -> Result<HeaderRelayTransition, HeaderRelayRejection> {
    let next = match event {
        HeaderRelayEvent::Viewed => viewed(state, context),
        HeaderRelayEvent::Refused { segment, refusal } => {
            if *state != (HeaderRelayState::Submitting { segment }) {
                return Err(HeaderRelayRejection::NotSubmitting);
            }
            refused(refusal, context)
        }
    };
    if next == *state {
        return Err(HeaderRelayRejection::Unchanged { state: state.name() });
    }
    Ok(HeaderRelayTransition::to(next))
}

fn viewed(state: &HeaderRelayState, context: &HeaderRelayContext<'_>) -> HeaderRelayState {
    match *state {
        HeaderRelayState::Submitting { segment } if is_pending(segment, context) => *state,
        HeaderRelayState::Resting { wait: HeaderWait::Refused { not_before, .. } }
            if context.now < not_before =>
        {
            *state
        }
        HeaderRelayState::Submitting { .. } | HeaderRelayState::Resting { .. } => {
            match assess(context) {
                Assessment::Submit(segment) => HeaderRelayState::Submitting { segment },
                Assessment::Rest(wait) => HeaderRelayState::Resting { wait },
            }
        }
    }
}

/// Returns whether a submission still makes sense as it is: the contract does not hold it yet, it
/// stands on the same segment, and its blocks are still the best chain's. New blocks on top do not
/// change it: they go into the next segment.
fn is_pending(segment: SegmentPlan, context: &HeaderRelayContext<'_>) -> bool {
    let stands = context.chain.hash(segment.last) == Some(segment.tip);
    let common = context.contract.common(context.chain);
    stands
        && common.is_some_and(|common| {
            common.index == segment.parent && common.tip == segment.parent_tip
        })
        && context.contract.newest().is_some_and(|newest| {
            let end = context.chain.state_at(segment.last);
            end.is_some_and(|end| end.work() > newest.work)
        })
}

fn refused(refusal: SubmissionRefusal, context: &HeaderRelayContext<'_>) -> HeaderRelayState {
    let not_before = context.now.saturating_add_secs(match refusal {
        SubmissionRefusal::Overtaken => 1,
        SubmissionRefusal::TimeTooNew
        | SubmissionRefusal::Disputed
        | SubmissionRefusal::Unexplained => RETRY_SECS,
    });
    HeaderRelayState::Resting { wait: HeaderWait::Refused { refusal, not_before } }
}
