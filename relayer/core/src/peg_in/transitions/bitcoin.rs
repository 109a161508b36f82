//! Bitcoin's side: inclusion, reorganisation, spending.

use farbank_bitcoin_light_client::BlockRef;
use farbank_types::BitcoinHeight;

use crate::peg_in::context::PegInContext;
use crate::peg_in::state::{Inclusion, PegInState};

pub(in crate::peg_in) fn included(state: &PegInState, inclusion: Inclusion) -> Option<PegInState> {
    match *state {
        PegInState::Minted { seen_at, .. } | PegInState::Orphaned { seen_at, .. } => {
            Some(PegInState::Minted { inclusion, seen_at })
        }
        // A state that accounts for this very block stays, a new block begins the story anew.
        PegInState::Confirming { inclusion: known }
        | PegInState::Claimable { inclusion: known, .. }
        | PegInState::Claiming { inclusion: known }
        | PegInState::TooLate { inclusion: known }
        | PegInState::Spent { inclusion: known, .. } => {
            (known != inclusion).then_some(PegInState::Confirming { inclusion })
        }
        PegInState::Disconnected { .. } => Some(PegInState::Confirming { inclusion }),
        PegInState::Done { .. } | PegInState::Refused { .. } | PegInState::Reclaimed { .. } => None,
    }
}

pub(in crate::peg_in) fn disconnected(
    state: &PegInState,
    fork: BitcoinHeight,
) -> Option<PegInState> {
    let inclusion = *state.inclusion();
    let left = inclusion.height() > fork;
    match *state {
        PegInState::Minted { seen_at, .. } => {
            left.then_some(PegInState::Orphaned { last: inclusion, seen_at })
        }
        PegInState::Confirming { .. }
        | PegInState::Claimable { .. }
        | PegInState::Claiming { .. }
        | PegInState::TooLate { .. } => {
            left.then_some(PegInState::Disconnected { last: inclusion })
        }
        PegInState::Spent { .. } if left => Some(PegInState::Disconnected { last: inclusion }),
        PegInState::Spent { spent, .. } => {
            (spent.height > fork).then_some(PegInState::Confirming { inclusion })
        }
        PegInState::Orphaned { .. }
        | PegInState::Disconnected { .. }
        | PegInState::Done { .. }
        | PegInState::Refused { .. }
        | PegInState::Reclaimed { .. } => None,
    }
}

pub(in crate::peg_in) fn spent(state: &PegInState, spent: BlockRef) -> Option<PegInState> {
    match *state {
        PegInState::Confirming { inclusion }
        | PegInState::Claimable { inclusion, .. }
        | PegInState::Claiming { inclusion }
        | PegInState::TooLate { inclusion }
        | PegInState::Spent { inclusion, .. } => Some(PegInState::Spent { inclusion, spent }),
        // A minted deposit is swept into custody; one outside the chain cannot be spent in it.
        PegInState::Minted { .. }
        | PegInState::Orphaned { .. }
        | PegInState::Disconnected { .. }
        | PegInState::Done { .. }
        | PegInState::Refused { .. }
        | PegInState::Reclaimed { .. } => None,
    }
}

pub(in crate::peg_in) fn advanced(
    state: &PegInState,
    context: &PegInContext<'_>,
) -> Option<PegInState> {
    let PegInState::Spent { inclusion, spent } = *state else { return None };
    let buried = spent.height.confirmations_at(context.bitcoin_tip);
    (buried >= context.parameters.max_confirmations)
        .then_some(PegInState::Reclaimed { inclusion, spent })
}
