//! Why an attester does not sign: a name with values for every rule.

mod deposit;
mod fee;
mod lineage;
mod payout;
mod view;

use serde::{Deserialize, Serialize};

use crate::custody::ShapeRefusal;

pub use deposit::DepositRefusal;
pub use fee::FeeRefusal;
pub use lineage::LineageRefusal;
pub use payout::PayoutRefusal;
pub use view::ViewRefusal;

/// Why an attester does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PolicyRefusal {
    /// The attester cannot judge now, or not with this anchor.
    #[error(transparent)]
    View(#[from] ViewRefusal),
    /// Not a custody transaction.
    #[error(transparent)]
    Shape(#[from] ShapeRefusal),
    /// Its place after the proven custody outpoint.
    #[error(transparent)]
    Lineage(#[from] LineageRefusal),
    /// Its payouts.
    #[error(transparent)]
    Payout(#[from] PayoutRefusal),
    /// Its deposits.
    #[error(transparent)]
    Deposit(#[from] DepositRefusal),
    /// Its fee.
    #[error(transparent)]
    Fee(#[from] FeeRefusal),
}

impl PolicyRefusal {
    /// Returns the refusal's name, such as `AncestorPays`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::View(refusal) => refusal.into(),
            Self::Shape(refusal) => refusal.into(),
            Self::Lineage(refusal) => refusal.into(),
            Self::Payout(refusal) => refusal.into(),
            Self::Deposit(refusal) => refusal.into(),
            Self::Fee(refusal) => refusal.into(),
        }
    }
}
