//! The fee: within its rates, and never more than reserve and payouts give, back to the proven outpoint.

use bitcoin::{Amount, FeeRate, Weight};

use super::intent::{SignedIntent, SignedPayout};
use super::limits::PolicyLimits;
use super::lineage::Lineage;
use super::refusal::FeeRefusal;
use crate::custody::{custody_script, CustodyTransaction, SpentOutput};

/// Returns the transaction's fee.
pub(super) fn check(
    transaction: &CustodyTransaction,
    spent: &[SpentOutput],
    payouts: &[SignedPayout],
    lineage: &Lineage<'_>,
    limits: &PolicyLimits,
) -> Result<Amount, FeeRefusal> {
    let custody = &transaction.custody;
    let rotates = custody.key != lineage.spent.key;
    let is_empty = payouts.is_empty() && transaction.deposits.is_empty() && !rotates;
    if is_empty && lineage.unconfirmed == 0 {
        return Err(FeeRefusal::NoPurpose);
    }
    let dust = custody_script(custody.key).minimal_non_dust();
    if custody.value < dust {
        return Err(FeeRefusal::DustCustody { value: custody.value, dust });
    }
    let inputs = sum(spent.iter().map(|output| output.value));
    let outputs = sum(payouts.iter().map(|payout| payout.value).chain([custody.value]));
    let fee = inputs.checked_sub(outputs).ok_or(FeeRefusal::Overdrawn { inputs, outputs })?;

    let least = at_rate(limits.min_fee_rate, transaction.signed_weight);
    if fee < least {
        return Err(FeeRefusal::FeeTooLow { fee, least });
    }
    let most = at_rate(limits.max_fee_rate, transaction.signed_weight);
    if fee > most {
        return Err(FeeRefusal::FeeRateTooHigh { fee, most });
    }
    let ancestors = || lineage.ancestors.iter().copied();
    let fees = sum(ancestors().map(|ancestor| ancestor.fee).chain([fee]));
    let shares = ancestors().map(SignedIntent::shares).chain([shares(payouts)]);
    let most = sum(shares.chain([limits.fee_reserve]));
    if fees > most {
        return Err(FeeRefusal::FeeTooHigh { fee: fees, most });
    }
    Ok(fee)
}

/// Returns by how much payouts stay below the amounts owed.
pub(super) fn shares(payouts: &[SignedPayout]) -> Amount {
    sum(payouts
        .iter()
        .map(|payout| payout.amount.checked_sub(payout.value).unwrap_or(Amount::ZERO)))
}

fn at_rate(rate: FeeRate, weight: Weight) -> Amount {
    rate.fee_wu(weight).unwrap_or(Amount::MAX)
}

/// Sums that saturate: an amount out of range must end in a refusal, never in a panic.
pub(super) fn sum(amounts: impl IntoIterator<Item = Amount>) -> Amount {
    amounts
        .into_iter()
        .fold(Amount::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(Amount::MAX))
}
