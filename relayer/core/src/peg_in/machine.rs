//! The machine: which event leads from which state to which.

use super::context::PegInContext;
use super::duties::PegInDuty;
use super::errors::PegInRejection;
use super::events::PegInEvent;
use super::state::{DepositRefusal, Inclusion, PegInState};
use super::transitions::{bitcoin, claim, contract, mint};

/// Where an event leads, and everything that is to be done there. Duties of the state before are
/// void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PegInTransition {
    /// The new state.
    pub next: PegInState,
    /// What is to be done while it lasts.
    pub duties: Vec<PegInDuty>,
}

impl PegInTransition {
    pub(super) fn to(next: PegInState) -> Self {
        let duties = match next {
            PegInState::Claiming { .. } => vec![PegInDuty::Claim],
            PegInState::Confirming { .. }
            | PegInState::Claimable { .. }
            | PegInState::Minted { .. }
            | PegInState::Orphaned { .. }
            | PegInState::Disconnected { .. }
            | PegInState::TooLate { .. }
            | PegInState::Spent { .. }
            | PegInState::Done { .. }
            | PegInState::Refused { .. }
            | PegInState::Reclaimed { .. } => Vec::new(),
        };
        Self { next, duties }
    }
}

/// Starts the story of a deposit that was found in a block of the best chain.
#[must_use]
pub fn begin(inclusion: Inclusion, context: &PegInContext<'_>) -> PegInTransition {
    let (facts, floor) = (context.facts, context.parameters.min_deposit);
    let reason = if inclusion.index == 0 {
        Some(DepositRefusal::CoinbaseIndex)
    } else if facts.amount < floor {
        Some(DepositRefusal::AmountTooSmall { amount: facts.amount, floor })
    } else if facts.carrier_fee > facts.amount {
        let (carrier_fee, amount) = (facts.carrier_fee, facts.amount);
        Some(DepositRefusal::CarrierFeeTooHigh { carrier_fee, amount })
    } else {
        None
    };
    PegInTransition::to(match reason {
        Some(reason) => PegInState::Refused { inclusion, reason },
        None => PegInState::Confirming { inclusion },
    })
}

/// Applies an event. Pure and deterministic: the same arguments give the same answer.
///
/// # Errors
/// [`PegInRejection`] when the event changes nothing; the state and its duties stay as they are.
pub fn apply(
    state: &PegInState,
    event: PegInEvent,
    context: &PegInContext<'_>,
) -> Result<PegInTransition, PegInRejection> {
    if state.is_terminal() {
        return Err(PegInRejection::Terminal { state: state.name() });
    }
    let next = match event {
        PegInEvent::Included(inclusion) => bitcoin::included(state, inclusion),
        PegInEvent::Disconnected { fork } => bitcoin::disconnected(state, fork),
        PegInEvent::Spent(block) => bitcoin::spent(state, block),
        PegInEvent::BitcoinAdvanced => bitcoin::advanced(state, context),
        PegInEvent::ContractViewed => contract::viewed(state, context),
        PegInEvent::MintObserved { at } => mint::observed(state, at),
        PegInEvent::MintVanished => mint::vanished(state),
        PegInEvent::MintFinal { at } => mint::finalised(state, at),
        PegInEvent::ClaimRefused(refusal) => claim::refused(state, refusal, context),
    };
    match next {
        Some(next) if next != *state => Ok(PegInTransition::to(next)),
        _ => Err(PegInRejection::Unchanged { state: state.name() }),
    }
}
