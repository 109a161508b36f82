//! The machine: which event leads from which state to which.

use super::context::CustodyContext;
use super::duties::CustodyDuty;
use super::errors::CustodyRejection;
use super::events::CustodyEvent;
use super::state::CustodyState;
use super::transitions::{signing, submission, viewed};

/// Where an event leads, and everything that is to be done there. Duties of the state before are
/// void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyTransition {
    /// The new state.
    pub next: CustodyState,
    /// What is to be done while it lasts.
    pub duties: Vec<CustodyDuty>,
}

/// Applies an event. Pure and deterministic: the same arguments give the same answer.
///
/// # Errors
/// [`CustodyRejection`] when the event changes nothing.
pub fn apply(
    state: &CustodyState,
    event: CustodyEvent,
    context: &CustodyContext<'_>,
) -> Result<CustodyTransition, CustodyRejection> {
    let next = match event {
        CustodyEvent::Viewed => Some(viewed::viewed(state, context)),
        // Only a reorganisation that takes the evidence back, which is seen, ends this.
        _ if *state == CustodyState::Halted => return Err(CustodyRejection::Halted),
        CustodyEvent::Signed { txid } => signing::signed(state, txid, context),
        CustodyEvent::SigningRefused { txid, refusal } => {
            signing::refused(state, txid, refusal, context)
        }
        CustodyEvent::BroadcastRefused { txid } => signing::broadcast_refused(state, txid, context),
        CustodyEvent::SubmissionRefused { submission, spend, refusal } => {
            submission::refused(state, submission, spend, refusal, context)
        }
    };
    match next {
        Some(next) if next != *state => {
            let duties = next.duties();
            Ok(CustodyTransition { next, duties })
        }
        _ => Err(CustodyRejection::Unchanged { state: state.name() }),
    }
}
