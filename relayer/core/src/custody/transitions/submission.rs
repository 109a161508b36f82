//! The contract's answer to a proof.

use crate::custody::config::submission_retry_secs;
use crate::custody::context::CustodyContext;
use crate::custody::events::SubmissionRefusal;
use crate::custody::state::{CustodySpend, CustodyState, Submission};

pub(in crate::custody) fn refused(
    state: &CustodyState,
    submission: Submission,
    spend: CustodySpend,
    refusal: SubmissionRefusal,
    context: &CustodyContext<'_>,
) -> Option<CustodyState> {
    let waits = *state == submitting(submission, spend);
    let not_before = context.now.saturating_add_secs(submission_retry_secs(refusal));
    waits.then_some(CustodyState::Refused { submission, spend, refusal, not_before })
}

/// Returns the state that waits for the contract to take this.
pub(super) const fn submitting(submission: Submission, spend: CustodySpend) -> CustodyState {
    match submission {
        Submission::Prove => CustodyState::Proving { spend },
        Submission::Undo => CustodyState::Undoing { spend },
        Submission::Report => CustodyState::Reporting { spend },
    }
}
