//! The contract's answer to a claim.

use super::contract::retry;
use crate::peg_in::context::PegInContext;
use crate::peg_in::events::ClaimRefusal;
use crate::peg_in::state::PegInState;

pub(in crate::peg_in) fn refused(
    state: &PegInState,
    refusal: ClaimRefusal,
    context: &PegInContext<'_>,
) -> Option<PegInState> {
    let PegInState::Claiming { inclusion } = *state else { return None };
    Some(match refusal {
        ClaimRefusal::NotNow(cause) => {
            PegInState::Claimable { inclusion, cause, retry: retry(cause, context) }
        }
        ClaimRefusal::TooCloseToReclaim => PegInState::TooLate { inclusion },
    })
}
