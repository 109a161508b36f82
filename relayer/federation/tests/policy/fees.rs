//! Fees: rates, the bound back to the proven outpoint, and fees for nothing.

use bitcoin::Amount;
use farbank_federation::custody::{CustodyPlan, SigningRequest};
use farbank_federation::policy::FeeRefusal;

use crate::common::view::View;
use crate::common::{plan, sat};

fn with_fee(fee: Amount) -> SigningRequest {
    CustodyPlan { fee, ..plan(&[1]) }.build().expect("built")
}

fn at_rate(sat_per_vb: u64) -> Amount {
    sat(plan(&[1]).signed_weight().to_wu() * sat_per_vb / 4)
}

#[test]
fn fee_below_the_least_rate_is_refused() {
    let view = View::of(&plan(&[1]));
    let least = sat(plan(&[1]).signed_weight().to_vbytes_ceil());
    let fee = least - sat(1);
    view.refuses(&with_fee(fee), FeeRefusal::FeeTooLow { fee, least });
    assert_eq!(view.judge(&with_fee(least)).expect("signed").fee, least);
}

#[test]
fn fee_above_the_greatest_rate_is_refused() {
    let mut view = View::of(&plan(&[1]));
    view.limits.fee_reserve = sat(1_000_000);
    let most = sat((plan(&[1]).signed_weight().to_wu() * 100).div_ceil(4));
    let fee = most + sat(1);
    view.refuses(&with_fee(fee), FeeRefusal::FeeRateTooHigh { fee, most });
    assert!(view.judge(&with_fee(at_rate(99))).is_ok());
}

#[test]
fn fee_above_reserve_and_shares_is_refused() {
    let view = View::of(&plan(&[1]));
    // A reserve of 10,000 and a share of 1,000.
    let most = sat(11_000);
    assert!(view.judge(&with_fee(most)).is_ok());
    let fee = sat(11_001);
    view.refuses(&with_fee(fee), FeeRefusal::FeeTooHigh { fee, most });
}

#[test]
fn fees_are_summed_back_to_the_proven_outpoint() {
    let mut view = View::of(&plan(&[1, 2]));
    let parent = view.sign(CustodyPlan { fee: sat(9_000), ..plan(&[1]) });
    let child = CustodyPlan { custody: parent.custody, fee: sat(3_001), ..plan(&[2]) };
    let (fee, most) = (sat(12_001), sat(12_000));
    view.refuses(&child.clone().build().expect("built"), FeeRefusal::FeeTooHigh { fee, most });
    let child = CustodyPlan { fee: sat(3_000), ..child };
    assert!(view.judge(&child.build().expect("built")).is_ok());
}

#[test]
fn replacement_counts_its_own_fee_alone() {
    let mut view = View::of(&plan(&[1]));
    view.sign(CustodyPlan { fee: sat(10_000), ..plan(&[1]) });
    view.sign(CustodyPlan { fee: sat(11_000), ..plan(&[1]) });
}

#[test]
fn outputs_above_the_inputs_are_refused() {
    let view = View::of(&plan(&[1]));
    let mut request = with_fee(sat(2_000));
    request.transaction.output[1].value = sat(100_000_000);
    let (inputs, outputs) = (sat(100_000_000), sat(100_099_001));
    view.refuses(&request, FeeRefusal::Overdrawn { inputs, outputs });
}

#[test]
fn custody_output_of_dust_is_refused() {
    let view = View::of(&plan(&[1]));
    let mut request = with_fee(sat(2_000));
    request.transaction.output[1].value = sat(329);
    let refusal = FeeRefusal::DustCustody { value: sat(329), dust: sat(330) };
    view.refuses(&request, refusal);
}

#[test]
fn fee_for_nothing_is_refused() {
    let mut view = View::of(&plan(&[1]));
    let empty = plan(&[]);
    view.refuses(&empty.build().expect("built"), FeeRefusal::NoPurpose);
    // A child that pays for its unconfirmed parent has a purpose.
    let parent = view.sign(plan(&[1]));
    view.sign(CustodyPlan { custody: parent.custody, ..plan(&[]) });
}
