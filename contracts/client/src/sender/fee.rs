//! What a transaction may cost. The node's suggestions are only believed within bounds.

use core::num::NonZeroU64;

use farbank_types::{Gas, Wei};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::PrepareRejection;
use crate::node::{FeeMarket, GasEstimate};

const FIVE: NonZeroU64 = NonZeroU64::new(5).expect("not zero");
const EIGHT: NonZeroU64 = NonZeroU64::new(8).expect("not zero");

/// Bounds on what transactions cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeePolicy {
    /// Greatest fee per gas, replacements included: the hard cap.
    pub max_fee_per_gas: Wei,
    /// Least priority fee per gas: signers of the chain may ignore less.
    pub min_priority_fee: Wei,
    /// Greatest priority fee per gas of a first attempt, whatever the node suggests.
    pub max_priority_fee: Wei,
    /// Greatest gas limit.
    pub max_gas_limit: Gas,
}

/// What a transaction offers for each unit of gas, EIP-1559.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Greatest price, base fee included.
    pub max_fee_per_gas: Wei,
    /// Greatest part of it that goes to the block's signer.
    pub priority_fee_per_gas: Wei,
}

/// Why no fee is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FeeRejection {
    /// More would be needed than the policy allows.
    #[error(
        "a fee of {needed} wei per gas is needed, the cap is {cap}; wait for cheaper blocks or raise \
         the cap"
    )]
    AboveCap {
        /// Fee per gas that is needed now.
        needed: Wei,
        /// [`FeePolicy::max_fee_per_gas`].
        cap: Wei,
    },
    /// The priority fee exceeds the whole fee, which no chain accepts.
    #[error("a priority fee of {priority} wei is above the whole fee of {max} wei per gas")]
    PriorityAboveFee {
        /// Priority fee per gas.
        priority: Wei,
        /// Whole fee per gas.
        max: Wei,
    },
}

impl Default for FeePolicy {
    /// Returns the bounds for a side chain whose gas is cheap: at most 200 gwei per gas; a priority
    /// fee of 1 gwei (the least that geth's miner takes by default) to 10 gwei at the first attempt;
    /// at most 15 million gas, half a block.
    fn default() -> Self {
        Self {
            max_fee_per_gas: Wei::from_gwei(200),
            min_priority_fee: Wei::from_gwei(1),
            max_priority_fee: Wei::from_gwei(10),
            max_gas_limit: Gas::new(15_000_000),
        }
    }
}

impl FeePolicy {
    /// Returns the fee of a first attempt: room for the base fee to double (six full blocks in a
    /// row), plus the priority fee that the node suggests within the bounds.
    ///
    /// # Errors
    ///
    /// When even the present base fee and the priority fee exceed the cap.
    pub fn choose(&self, market: FeeMarket) -> Result<Fee, FeeRejection> {
        let priority = market.priority_fee.min(self.max_priority_fee).max(self.min_priority_fee);
        let needed = market.base_fee.saturating_add(priority);
        self.within_cap(needed)?;
        let wanted = market.base_fee.saturating_add(needed);
        let max_fee_per_gas = wanted.min(self.max_fee_per_gas);
        Ok(Fee { max_fee_per_gas, priority_fee_per_gas: priority })
    }

    /// Returns the fee of a replacement: both parts an eighth higher and at least what a first
    /// attempt would offer now.
    pub(super) fn replacement(&self, old: Fee, market: FeeMarket) -> Result<Fee, FeeRejection> {
        let fresh = self.choose(market)?;
        let priority = raised(old.priority_fee_per_gas).max(fresh.priority_fee_per_gas);
        let least = raised(old.max_fee_per_gas).max(priority);
        self.within_cap(least)?;
        let max_fee_per_gas = least.max(fresh.max_fee_per_gas);
        Ok(Fee { max_fee_per_gas, priority_fee_per_gas: priority })
    }

    pub(super) fn check(&self, fee: Fee) -> Result<(), FeeRejection> {
        let Fee { max_fee_per_gas: max, priority_fee_per_gas: priority } = fee;
        if priority > max {
            return Err(FeeRejection::PriorityAboveFee { priority, max });
        }
        self.within_cap(max)
    }

    /// Returns the estimate and a fifth more: state may change until the block.
    pub(super) fn gas_limit(&self, estimate: GasEstimate) -> Result<Gas, PrepareRejection> {
        let GasEstimate(estimate) = estimate;
        let limit = self.max_gas_limit;
        if estimate > limit {
            return Err(PrepareRejection::GasAboveLimit { estimate, limit });
        }
        let margin = estimate.get().div_ceil(FIVE.get());
        Ok(Gas::new(estimate.get().saturating_add(margin)).min(limit))
    }

    fn within_cap(&self, needed: Wei) -> Result<(), FeeRejection> {
        let cap = self.max_fee_per_gas;
        if needed > cap {
            return Err(FeeRejection::AboveCap { needed, cap });
        }
        Ok(())
    }
}

/// An eighth more, rounded up, and at least one wei more.
fn raised(fee: Wei) -> Wei {
    fee.scale_up(9, EIGHT).max(fee.saturating_add(Wei::from(1)))
}
