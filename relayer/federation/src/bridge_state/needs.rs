//! Which storage slots a request needs.

use farbank_types::{DepositId, B256};

use super::layout;
use crate::custody::{RedemptionId, SigningRequest};

/// The parts of the contract's state that a request needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateNeeds {
    pub(super) redemptions: Vec<RedemptionId>,
    pub(super) deposits: Vec<DepositId>,
}

impl StateNeeds {
    /// Returns what a request needs. The caller bounds the request's size.
    #[must_use]
    pub fn of(request: &SigningRequest) -> Self {
        let mut redemptions: Vec<_> = request.redemptions.iter().map(|one| one.id).collect();
        let mut deposits: Vec<_> = request.deposit_outpoints().map(|o| DepositId::of(&o)).collect();
        redemptions.sort_unstable();
        redemptions.dedup();
        deposits.sort_unstable();
        deposits.dedup();
        Self { redemptions, deposits }
    }

    /// Returns the slots to prove: first those that every request needs.
    #[must_use]
    pub fn slots(&self) -> Vec<B256> {
        let common = [
            layout::slot(layout::CUSTODY, 0),
            layout::slot(layout::CUSTODY, 1),
            layout::slot(layout::KEYS, 0),
            layout::slot(layout::KEYS, 1),
            layout::slot(layout::KEYS, 2),
            layout::slot(layout::KEYS, 3),
            layout::slot(layout::LEDGER, 0),
        ];
        let redemptions = self.redemptions.iter().map(|id| redemption_slot(*id));
        let deposits = self.deposits.iter().map(|id| deposit_slot(*id));
        common.into_iter().chain(redemptions).chain(deposits).collect()
    }
}

pub(super) fn redemption_slot(id: RedemptionId) -> B256 {
    layout::mapping_slot(layout::REDEMPTIONS, id.word())
}

pub(super) fn deposit_slot(id: DepositId) -> B256 {
    layout::mapping_slot(layout::DEPOSITS, id.get())
}
