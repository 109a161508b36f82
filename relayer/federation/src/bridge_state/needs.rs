//! Which storage slots a request needs.

use farbank_types::{DepositId, B256};

use super::layout;
use crate::custody::{CustodyTransaction, RedemptionId, ShapeRefusal, SigningRequest};

/// The parts of the contract's state that a request needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateNeeds {
    pub(super) redemptions: Vec<RedemptionId>,
    pub(super) deposits: Vec<DepositId>,
}

impl StateNeeds {
    /// Returns what a request needs: no more than its transaction has inputs and payouts, whose number the
    /// shape bounds.
    ///
    /// # Errors
    /// [`ShapeRefusal`] when it holds no custody transaction: then there is nothing to prove.
    pub fn of(request: &SigningRequest) -> Result<Self, ShapeRefusal> {
        let transaction = CustodyTransaction::parse(&request.transaction)?;
        let paid = request.redemptions.iter().take(transaction.payouts.len());
        let mut redemptions: Vec<_> = paid.map(|redemption| redemption.id).collect();
        let mut deposits: Vec<_> = transaction.deposits.iter().map(DepositId::of).collect();
        redemptions.sort_unstable();
        redemptions.dedup();
        deposits.sort_unstable();
        Ok(Self { redemptions, deposits })
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
