//! The contract's side before the mint: depth, window, freshness, brakes.

use crate::peg_in::config::retry_secs;
use crate::peg_in::context::{Outlook, PegInContext};
use crate::peg_in::state::{ClaimWait, Inclusion, PegInState, Retry};

pub(in crate::peg_in) fn viewed(
    state: &PegInState,
    context: &PegInContext<'_>,
) -> Option<PegInState> {
    match *state {
        PegInState::Confirming { inclusion } | PegInState::Claiming { inclusion } => {
            Some(judge(inclusion, context))
        }
        PegInState::Claimable { inclusion, cause, retry } => {
            let next = judge(inclusion, context);
            let again = match next {
                PegInState::Claiming { .. } => is_due(cause, retry, context),
                // Only another cause is news; the same one keeps its first date.
                PegInState::Claimable { cause: now, .. } => now != cause,
                PegInState::Confirming { .. }
                | PegInState::Minted { .. }
                | PegInState::Orphaned { .. }
                | PegInState::Disconnected { .. }
                | PegInState::TooLate { .. }
                | PegInState::Spent { .. }
                | PegInState::Done { .. }
                | PegInState::Refused { .. }
                | PegInState::Reclaimed { .. } => true,
            };
            again.then_some(next)
        }
        // The contract's tip fell back in a reorganisation of either chain.
        PegInState::TooLate { inclusion } => Some(judge(inclusion, context)),
        PegInState::Minted { .. }
        | PegInState::Orphaned { .. }
        | PegInState::Disconnected { .. }
        | PegInState::Spent { .. }
        | PegInState::Done { .. }
        | PegInState::Refused { .. }
        | PegInState::Reclaimed { .. } => None,
    }
}

/// Returns the state of a deposit that is in the best chain and not minted.
fn judge(inclusion: Inclusion, context: &PegInContext<'_>) -> PegInState {
    let wait = |cause| PegInState::Claimable { inclusion, cause, retry: retry(cause, context) };
    match context.outlook(&inclusion) {
        Outlook::NotDeepEnough => PegInState::Confirming { inclusion },
        Outlook::TooLate => PegInState::TooLate { inclusion },
        Outlook::Stale => wait(ClaimWait::StaleTip),
        Outlook::Paused => wait(ClaimWait::Paused),
        Outlook::Open => PegInState::Claiming { inclusion },
    }
}

/// What this relayer can see itself is over when it sees so; what only the contract knows is asked
/// again at another tip or after a while.
fn is_due(cause: ClaimWait, retry: Retry, context: &PegInContext<'_>) -> bool {
    match cause {
        ClaimWait::StaleTip | ClaimWait::Paused => true,
        ClaimWait::MintCapExceeded
        | ClaimWait::UnsweptValueExceeded
        | ClaimWait::UnsweptCountExceeded
        | ClaimWait::NotDeepEnough => {
            context.contract.tip_height != retry.refused_at || context.now >= retry.not_before
        }
        ClaimWait::Insolvent | ClaimWait::Disputed | ClaimWait::Unexplained => {
            context.now >= retry.not_before
        }
    }
}

pub(super) fn retry(cause: ClaimWait, context: &PegInContext<'_>) -> Retry {
    Retry {
        refused_at: context.contract.tip_height,
        not_before: context.now.saturating_add_secs(retry_secs(cause)),
    }
}
