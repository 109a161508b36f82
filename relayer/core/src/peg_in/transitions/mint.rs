//! The mint: seen, gone, final.

use farbank_types::EvmBlockNumber;

use crate::peg_in::state::PegInState;

pub(in crate::peg_in) fn observed(state: &PegInState, at: EvmBlockNumber) -> Option<PegInState> {
    match *state {
        PegInState::Confirming { inclusion }
        | PegInState::Claimable { inclusion, .. }
        | PegInState::Claiming { inclusion }
        | PegInState::TooLate { inclusion }
        | PegInState::Spent { inclusion, .. } => {
            Some(PegInState::Minted { inclusion, seen_at: at })
        }
        PegInState::Disconnected { last } => Some(PegInState::Orphaned { last, seen_at: at }),
        PegInState::Minted { .. }
        | PegInState::Orphaned { .. }
        | PegInState::Done { .. }
        | PegInState::Refused { .. }
        | PegInState::Reclaimed { .. } => None,
    }
}

/// The claim is judged anew: whoever sent it may send it again, and the contract mints once.
pub(in crate::peg_in) fn vanished(state: &PegInState) -> Option<PegInState> {
    match *state {
        PegInState::Minted { inclusion, .. } => Some(PegInState::Confirming { inclusion }),
        PegInState::Orphaned { last, .. } => Some(PegInState::Disconnected { last }),
        PegInState::Confirming { .. }
        | PegInState::Claimable { .. }
        | PegInState::Claiming { .. }
        | PegInState::Disconnected { .. }
        | PegInState::TooLate { .. }
        | PegInState::Spent { .. }
        | PegInState::Done { .. }
        | PegInState::Refused { .. }
        | PegInState::Reclaimed { .. } => None,
    }
}

pub(in crate::peg_in) fn finalised(state: &PegInState, at: EvmBlockNumber) -> Option<PegInState> {
    match *state {
        PegInState::Confirming { inclusion }
        | PegInState::Claimable { inclusion, .. }
        | PegInState::Claiming { inclusion }
        | PegInState::Minted { inclusion, .. }
        | PegInState::TooLate { inclusion }
        | PegInState::Spent { inclusion, .. } => Some(PegInState::Done { inclusion, seen_at: at }),
        // Not backed: done only when its transaction is back in the best chain.
        PegInState::Disconnected { last } => Some(PegInState::Orphaned { last, seen_at: at }),
        PegInState::Orphaned { .. }
        | PegInState::Done { .. }
        | PegInState::Refused { .. }
        | PegInState::Reclaimed { .. } => None,
    }
}
