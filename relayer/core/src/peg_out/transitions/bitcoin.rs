//! Bitcoin's side: the payout in a block, and the block gone.

use farbank_types::BitcoinHeight;

use crate::peg_out::state::{Payout, PegOutState};

pub(in crate::peg_out) const fn confirmed(
    state: &PegOutState,
    payout: Payout,
) -> Option<PegOutState> {
    match *state {
        // A request may be final for the attesters and not yet here.
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. } => Some(PegOutState::Paid { payout }),
        PegOutState::Proven { seen_at, .. } | PegOutState::Unbacked { seen_at, .. } => {
            Some(PegOutState::Proven { payout, seen_at })
        }
        PegOutState::Done { .. } | PegOutState::Vanished => None,
    }
}

/// The transaction is back in the pool, and its rivals have another chance.
pub(in crate::peg_out) fn disconnected(
    state: &PegOutState,
    fork: BitcoinHeight,
) -> Option<PegOutState> {
    match *state {
        PegOutState::Paid { payout } => {
            (payout.block.height > fork).then_some(PegOutState::InPayout { txid: payout.txid })
        }
        PegOutState::Proven { payout, seen_at } => {
            (payout.block.height > fork).then_some(PegOutState::Unbacked { payout, seen_at })
        }
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}
