//! What is remembered, how it is written down, and when it may be forgotten.

use core::time::Duration;

use farbank_federation::custody::{CustodyPlan, SigningRequest};
use farbank_federation::policy::{
    prunable, FeeRefusal, PayoutCap, PolicyRefusal, SignedIntent, ViewRefusal,
};
use farbank_types::{BitcoinHeight, BlockCount};

use crate::common::view::View;
use crate::common::{deposit, plan, sat, ANCHOR};

fn everything() -> CustodyPlan {
    CustodyPlan { deposits: vec![deposit(3, 1, 40_000)], ..plan(&[1, 2, 3, 4, 5]) }
}

#[test]
fn intent_reads_back_as_it_was_written() {
    let mut view = View::of(&everything());
    let intent = view.sign(everything());
    let json = serde_json::to_string(&intent).expect("written");
    assert_eq!(serde_json::from_str::<SignedIntent>(&json).expect("read"), intent);
    let bytes = postcard::to_stdvec(&intent).expect("written");
    assert_eq!(postcard::from_bytes::<SignedIntent>(&bytes).expect("read"), intent);
}

#[test]
fn request_and_refusals_travel_as_binary() {
    let request = everything().build().expect("built");
    let bytes = postcard::to_stdvec(&request).expect("written");
    assert_eq!(postcard::from_bytes::<SigningRequest>(&bytes).expect("read"), request);
    let refusals: [PolicyRefusal; 2] = [
        ViewRefusal::UnfinalAnchor { anchor: ANCHOR }.into(),
        FeeRefusal::FeeTooHigh { fee: sat(2), most: sat(1) }.into(),
    ];
    for refusal in refusals {
        let bytes = postcard::to_stdvec(&refusal).expect("written");
        assert_eq!(postcard::from_bytes::<PolicyRefusal>(&bytes).expect("read"), refusal);
    }
}

#[test]
fn witnesses_are_not_remembered() {
    let view = View::of(&everything());
    let mut request = everything().build().expect("built");
    let unsigned = request.transaction.clone();
    request.transaction.input[0].witness.push([1; 64]);
    assert_eq!(view.judge(&request).expect("signed").transaction, unsigned);
}

#[test]
fn intents_are_forgotten_once_the_proven_line_has_passed_them() {
    let mut view = View::of(&plan(&[1, 2, 3]));
    let first = view.sign(plan(&[1]));
    let beside = view.sign(plan(&[2]));
    let child = view.sign(CustodyPlan { custody: first.custody, ..plan(&[3]) });
    let forget = |view: &View, depth: u32| {
        let depth = BlockCount::new(depth);
        prunable(&view.own, &view.state, &view.bitcoin, &view.limits, depth, view.now)
    };
    assert_eq!(forget(&view, 1), []);

    let custody = view.state.custody.as_mut().expect("custody");
    (custody.outpoint, custody.value) = (first.custody.outpoint, first.custody.value);
    custody.height = BitcoinHeight::new(7);
    assert_eq!(forget(&view, 7), [], "six confirmations");
    assert_eq!(forget(&view, 6), [first.txid(), beside.txid()]);

    let window = Duration::from_secs(60);
    view.limits.payout_cap = Some(PayoutCap { amount: sat(1), window });
    assert_eq!(forget(&view, 6), [], "the cap still counts them");
    view.now = view.now.saturating_add_secs(61);
    assert_eq!(forget(&view, 6), [first.txid(), beside.txid()]);
    assert_eq!(child.parent, Some(first.txid()));
}
