//! What the builder makes, and what it refuses.

use bitcoin::{Amount, ScriptBuf};
use farbank_federation::custody::{
    custody_script, ids_hash, BuildRefusal, CustodyTransaction, RedemptionId, MAX_WEIGHT,
};
use farbank_types::keccak256;
use proptest::prelude::*;

use crate::common::{deposit, key, outpoint, payout, plan, sat, ANCHOR};

#[test]
fn built_transaction_has_the_shape() {
    let mut plan = plan(&[9, 2, 5]);
    plan.deposits = vec![deposit(7, 0, 60_000), deposit(3, 4, 50_000), deposit(3, 1, 40_000)];
    let weight = plan.signed_weight();
    let request = plan.build().expect("built");
    let parsed = CustodyTransaction::parse(&request.transaction).expect("of the shape");
    assert_eq!(parsed.custody_input, outpoint(0xc0, 1));
    assert_eq!(parsed.deposits, [outpoint(3, 1), outpoint(3, 4), outpoint(7, 0)]);
    let ids: Vec<_> = request.redemptions.iter().map(|redemption| redemption.id.get()).collect();
    assert_eq!(ids, [2, 5, 9]);
    let values: Vec<_> = parsed.payouts.iter().map(|output| output.value.to_sat()).collect();
    assert_eq!(values, [99_002, 99_005, 99_009]);
    assert_eq!(parsed.custody.key, key(1));
    assert_eq!(parsed.custody.value, sat(100_000_000 + 150_000 - 297_016 - 2_000));
    assert_eq!(parsed.anchor, ANCHOR);
    assert_eq!(parsed.ids_hash, ids_hash([2, 5, 9].map(RedemptionId::new)));
    assert_eq!(parsed.signed_weight, weight);
}

#[test]
fn hash_of_no_ids_is_that_of_nothing() {
    assert_eq!(ids_hash([]), keccak256(b""));
}

#[test]
fn plan_with_a_redemption_twice_is_refused() {
    let id = RedemptionId::new(4);
    assert_eq!(plan(&[4, 1, 4]).build(), Err(BuildRefusal::DuplicateRedemption { id }));
}

#[test]
fn plan_with_an_outpoint_twice_is_refused() {
    let mut twice = plan(&[]);
    twice.deposits = vec![deposit(3, 1, 40_000), deposit(7, 0, 40_000), deposit(3, 1, 40_000)];
    let outpoint = twice.deposits[0].outpoint;
    assert_eq!(twice.build(), Err(BuildRefusal::DuplicateInput { outpoint }));
    let mut custody = plan(&[]);
    custody.deposits = vec![deposit(0xc0, 1, 40_000)];
    let outpoint = custody.deposits[0].outpoint;
    assert_eq!(custody.build(), Err(BuildRefusal::DuplicateInput { outpoint }));
}

#[test]
fn fee_share_above_the_greatest_fee_is_refused() {
    let mut plan = plan(&[]);
    plan.payouts = vec![payout(1, 5_001)];
    let refusal = BuildRefusal::FeeShareTooHigh {
        id: RedemptionId::new(1),
        share: sat(5_001),
        max_fee: sat(5_000),
    };
    assert_eq!(plan.build(), Err(refusal));
}

#[test]
fn payout_of_dust_is_refused() {
    let mut plan = plan(&[5]);
    plan.payouts[0].redemption.amount = sat(1_293);
    let refusal =
        BuildRefusal::DustPayout { id: RedemptionId::new(5), value: sat(293), dust: sat(294) };
    assert_eq!(plan.build(), Err(refusal));
}

#[test]
fn payout_to_an_unknown_script_is_refused() {
    let mut plan = plan(&[5]);
    plan.payouts[0].redemption.script = ScriptBuf::from_hex("6a00").expect("hex");
    let id = RedemptionId::new(5);
    assert_eq!(plan.build(), Err(BuildRefusal::UnsupportedScript { id }));
}

#[test]
fn plan_that_custody_cannot_pay_is_refused() {
    let mut plan = plan(&[5]);
    plan.custody.value = sat(99_005 + 2_000 + 329);
    let (inputs, needed) = (plan.custody.value, sat(99_005 + 2_000 + 330));
    assert_eq!(plan.clone().build(), Err(BuildRefusal::Overdrawn { inputs, needed }));
    plan.custody.value = needed;
    let request = plan.build().expect("exactly enough");
    assert_eq!(request.transaction.output[1].value, sat(330));
    assert_eq!(request.transaction.output[1].script_pubkey, custody_script(key(1)));
}

#[test]
fn plan_above_ten_thousand_virtual_bytes_is_refused() {
    let ids: Vec<_> = (1..=400).collect();
    let weight = plan(&ids).signed_weight();
    assert!(weight > MAX_WEIGHT);
    let mut large = plan(&ids);
    large.fee = Amount::ZERO;
    assert_eq!(large.build(), Err(BuildRefusal::TooLarge { weight }));
}

proptest! {
    #[test]
    fn what_is_built_parses_and_conserves_value(
        ids in proptest::collection::btree_set(1..100_000_u64, 0..20),
        seeds in proptest::collection::btree_set(2..200_u8, 0..20),
        fee in 0..1_000_000_u64,
    ) {
        let mut plan = plan(&ids.iter().rev().copied().collect::<Vec<_>>());
        plan.deposits = seeds.iter().rev().filter(|seed| **seed != 0xc0)
            .map(|seed| deposit(*seed, 0, 50_000)).collect();
        plan.fee = sat(fee);
        let inputs = 100_000_000 + 50_000 * u64::try_from(plan.deposits.len()).expect("fits");
        let request = plan.build().expect("built");
        let parsed = CustodyTransaction::parse(&request.transaction).expect("of the shape");
        let outputs: u64 = request.transaction.output.iter().map(|o| o.value.to_sat()).sum();
        prop_assert_eq!(inputs - outputs, fee);
        prop_assert_eq!(parsed.payouts.len(), ids.len());
        let paid = ids.iter().copied().map(RedemptionId::new);
        prop_assert_eq!(parsed.ids_hash, ids_hash(paid));
    }
}
