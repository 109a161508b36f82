//! The request: final, gone, amended.

use crate::peg_out::state::{PegOutState, QueueCause};

pub(in crate::peg_out) const fn finalised(state: &PegOutState) -> Option<PegOutState> {
    match state {
        PegOutState::Requested { .. } => {
            Some(PegOutState::Queued { cause: QueueCause::NextPayout })
        }
        PegOutState::Queued { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. }
        | PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

/// A payout in a block stays a fact, whatever the side chain forgets.
pub(in crate::peg_out) const fn vanished(state: &PegOutState) -> Option<PegOutState> {
    match state {
        PegOutState::Requested { .. }
        | PegOutState::Queued { .. }
        | PegOutState::InPayout { .. } => Some(PegOutState::Vanished),
        PegOutState::Paid { .. }
        | PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}

/// Whatever stood in the way is judged anew when the next payout is planned.
pub(in crate::peg_out) const fn raised(state: &PegOutState) -> Option<PegOutState> {
    match state {
        PegOutState::Queued { .. } => Some(PegOutState::Queued { cause: QueueCause::NextPayout }),
        PegOutState::Requested { .. }
        | PegOutState::InPayout { .. }
        | PegOutState::Paid { .. }
        | PegOutState::Proven { .. }
        | PegOutState::Unbacked { .. }
        | PegOutState::Done { .. }
        | PegOutState::Vanished => None,
    }
}
