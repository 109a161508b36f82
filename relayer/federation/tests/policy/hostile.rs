//! Requests from nowhere: refused, never a panic, and never signed when a field that counts changed.

use bitcoin::{Amount, OutPoint, ScriptBuf, TxOut};
use farbank_federation::custody::{CustodyPlan, RedemptionId, SigningRequest};
use proptest::prelude::*;

use crate::common::view::View;
use crate::common::{deposit, outpoint, plan, redemption, script};

fn sound() -> CustodyPlan {
    CustodyPlan { deposits: vec![deposit(3, 1, 40_000)], ..plan(&[3, 7]) }
}

/// One change that leaves the request readable.
#[derive(Clone, Debug)]
enum Change {
    InputOutpoint(usize, u8, u32),
    OutputValue(usize, u64),
    OutputScript(usize, Vec<u8>),
    AddOutput(usize, u64),
    RemoveOutput(usize),
    RemoveInput(usize),
    RedemptionId(usize, u64),
    RedemptionAmount(usize, u64),
    DropRedemption(usize),
    AddRedemption(u64),
    DropDeposit,
}

fn change() -> impl Strategy<Value = Change> {
    use Change::*;
    prop_oneof![
        (0..2_usize, any::<u8>(), 0..3_u32)
            .prop_map(|(at, seed, vout)| InputOutpoint(at, seed, vout)),
        (0..4_usize, prop_oneof![any::<u64>(), 0..200_000_u64])
            .prop_map(|(at, v)| OutputValue(at, v)),
        (0..4_usize, proptest::collection::vec(any::<u8>(), 0..70))
            .prop_map(|(at, bytes)| OutputScript(at, bytes)),
        (0..4_usize, any::<u64>()).prop_map(|(at, value)| AddOutput(at, value)),
        (0..4_usize).prop_map(RemoveOutput),
        (0..2_usize).prop_map(RemoveInput),
        (0..2_usize, any::<u64>()).prop_map(|(at, id)| RedemptionId(at, id)),
        (0..2_usize, any::<u64>()).prop_map(|(at, amount)| RedemptionAmount(at, amount)),
        (0..2_usize).prop_map(DropRedemption),
        any::<u64>().prop_map(AddRedemption),
        Just(DropDeposit),
    ]
}

fn apply(request: &mut SigningRequest, change: Change) {
    let transaction = &mut request.transaction;
    match change {
        Change::InputOutpoint(at, seed, vout) => {
            if let Some(input) = transaction.input.get_mut(at) {
                input.previous_output = OutPoint { vout, ..outpoint(seed, 0) };
            }
        }
        Change::OutputValue(at, value) => {
            if let Some(output) = transaction.output.get_mut(at) {
                output.value = Amount::from_sat(value);
            }
        }
        Change::OutputScript(at, bytes) => {
            if let Some(output) = transaction.output.get_mut(at) {
                output.script_pubkey = ScriptBuf::from_bytes(bytes);
            }
        }
        Change::AddOutput(at, value) => {
            let output = TxOut { value: Amount::from_sat(value), script_pubkey: script(value) };
            transaction.output.insert(at.min(transaction.output.len()), output);
        }
        Change::RemoveOutput(at) if at < transaction.output.len() => {
            transaction.output.remove(at);
        }
        Change::RemoveInput(at) if at < transaction.input.len() => {
            transaction.input.remove(at);
        }
        Change::RedemptionId(at, id) => {
            if let Some(redemption) = request.redemptions.get_mut(at) {
                redemption.id = RedemptionId::new(id);
            }
        }
        Change::RedemptionAmount(at, amount) => {
            if let Some(redemption) = request.redemptions.get_mut(at) {
                redemption.amount = Amount::from_sat(amount);
            }
        }
        Change::DropRedemption(at) if at < request.redemptions.len() => {
            request.redemptions.remove(at);
        }
        Change::AddRedemption(id) => request.redemptions.push(redemption(id % 1_000)),
        Change::DropDeposit => request.deposits.clear(),
        Change::RemoveOutput(_) | Change::RemoveInput(_) | Change::DropRedemption(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a relayer proposes: when it is signed, no payout differs from what is owed, custody loses
    /// nothing but payouts and a bounded fee, and its key stays.
    #[test]
    fn what_is_signed_is_owed(changes in proptest::collection::vec(change(), 1..5)) {
        let view = View::of(&sound());
        let mut request = sound().build().expect("built");
        for change in changes {
            apply(&mut request, change);
        }
        if let Ok(intent) = view.judge(&request) {
            let outputs = &intent.transaction.output;
            prop_assert_eq!(outputs.len(), intent.payouts.len() + 2);
            let mut owed = 0;
            for (payout, output) in intent.payouts.iter().zip(outputs) {
                let redemption = redemption(payout.id.get());
                prop_assert!([3, 7].contains(&payout.id.get()));
                prop_assert_eq!(&output.script_pubkey, &redemption.script);
                prop_assert!(output.value <= redemption.amount);
                prop_assert!(redemption.amount - output.value <= redemption.max_fee);
                owed += redemption.amount.to_sat();
            }
            let inputs: u64 = intent.spent.iter().map(|output| output.value.to_sat()).sum();
            prop_assert!(inputs - intent.custody.value.to_sat() <= owed + 10_000);
            prop_assert_eq!(intent.transaction.input[0].previous_output, outpoint(0xc0, 1));
            prop_assert_eq!(intent.custody.key, crate::common::key(1));
        }
    }
}
