//! The payout: planned without it, signed, given up, proven.

use bitcoin::Txid;
use farbank_types::EvmBlockNumber;

use crate::peg_out::context::PegOutContext;
use crate::peg_out::state::{Payout, PegOutState, QueueCause};

pub(in crate::peg_out) const fn passed(
    state: &PegOutState,
    cause: QueueCause,
) -> Option<PegOutState> {
    match state {
        PegOutState::Queued { .. } => Some(PegOutState::Queued { cause }),
        PegOutState::Requested { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. }
        | PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

pub(in crate::peg_out) const fn signed(state: &PegOutState, txid: Txid) -> Option<PegOutState> {
    match state {
        PegOutState::Queued { .. } | PegOutState::InPayout { .. } => {
            Some(PegOutState::InPayout { txid })
        }
        PegOutState::Requested { .. }
        | PegOutState::Paid { .. }
        | PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

pub(in crate::peg_out) const fn dropped(state: &PegOutState) -> Option<PegOutState> {
    match state {
        PegOutState::InPayout { .. } => Some(PegOutState::Queued { cause: QueueCause::NextPayout }),
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::Paid { .. }
        | PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

/// The contract's word on which output paid it; this relayer may have missed the payout itself.
pub(in crate::peg_out) const fn proven(
    state: &PegOutState,
    payout: Payout,
    at: EvmBlockNumber,
) -> Option<PegOutState> {
    match *state {
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. } => Some(PegOutState::Proven { payout, seen_at: at }),
        PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

/// Undone, or its block of the side chain was: what Bitcoin holds decides.
pub(in crate::peg_out) const fn unproven(state: &PegOutState) -> Option<PegOutState> {
    match *state {
        PegOutState::Proven { payout, .. } => Some(PegOutState::Paid { payout }),
        PegOutState::Unbacked { payout, .. } => Some(PegOutState::InPayout { txid: payout.txid }),
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

pub(in crate::peg_out) fn settled(
    state: &PegOutState,
    payout: Payout,
    at: EvmBlockNumber,
    context: &PegOutContext,
) -> Option<PegOutState> {
    match *state {
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. } => Some(match context.is_buried(&payout) {
            true => PegOutState::Done { payout, seen_at: at },
            false => PegOutState::Proven { payout, seen_at: at },
        }),
        // The output that this relayer itself sees in the best chain counts.
        PegOutState::Proven { payout, .. } => {
            context.is_buried(&payout).then_some(PegOutState::Done { payout, seen_at: at })
        }
        PegOutState::Unbacked { .. } | PegOutState::Done { .. } | PegOutState::Vanished => None,
    }
}
