//! The machine: which event leads from which state to which.

use farbank_types::EvmBlockNumber;

use super::context::PegOutContext;
use super::errors::PegOutRejection;
use super::events::PegOutEvent;
use super::state::{PegOutState, QueueCause};
use super::transitions::{bitcoin, payout, request};

/// Starts the story of a redemption whose request was seen in block `at`, in its newest state or,
/// when `is_final`, in a final one.
#[must_use]
pub const fn begin(at: EvmBlockNumber, is_final: bool) -> PegOutState {
    if is_final {
        PegOutState::Queued { cause: QueueCause::NextPayout }
    } else {
        PegOutState::Requested { seen_at: at }
    }
}

/// Applies an event. Pure and deterministic: the same arguments give the same answer.
///
/// # Errors
/// [`PegOutRejection`] when the event changes nothing.
pub fn apply(
    state: &PegOutState,
    event: PegOutEvent,
    context: &PegOutContext,
) -> Result<PegOutState, PegOutRejection> {
    if state.is_terminal() {
        return Err(PegOutRejection::Terminal { state: state.name() });
    }
    let next = match event {
        PegOutEvent::RequestFinal => request::finalised(state),
        PegOutEvent::RequestVanished => request::vanished(state),
        PegOutEvent::MaxFeeRaised => request::raised(state),
        PegOutEvent::Passed(cause) => payout::passed(state, cause),
        PegOutEvent::PayoutSigned { txid } => payout::signed(state, txid),
        PegOutEvent::PayoutDropped => payout::dropped(state),
        PegOutEvent::PayoutConfirmed(output) => bitcoin::confirmed(state, output),
        PegOutEvent::Disconnected { fork } => bitcoin::disconnected(state, fork),
        PegOutEvent::ProofObserved { payout, at } => payout::proven(state, payout, at),
        PegOutEvent::ProofVanished => payout::unproven(state),
        PegOutEvent::ProofFinal { payout, at } => payout::settled(state, payout, at, context),
    };
    match next {
        Some(next) if next != *state => Ok(next),
        _ => Err(PegOutRejection::Unchanged { state: state.name() }),
    }
}
