//! Payouts that are not what the contract owes.

use core::time::Duration;

use bitcoin::{ScriptBuf, TxOut};
use farbank_federation::custody::{
    anchor_script, ids_hash, CustodyPlan, RedemptionId, SigningRequest,
};
use farbank_federation::policy::{PayoutCap, PayoutRefusal};
use farbank_types::UnixTime;

use crate::common::view::View;
use crate::common::{plan, redemption, sat, script, ANCHOR};

fn view() -> View {
    View::of(&plan(&[3, 7]))
}

fn request() -> SigningRequest {
    plan(&[3, 7]).build().expect("built")
}

const fn id(id: u64) -> RedemptionId {
    RedemptionId::new(id)
}

#[track_caller]
fn refused(change: impl FnOnce(&mut SigningRequest), refusal: PayoutRefusal) {
    let mut request = request();
    change(&mut request);
    view().refuses(&request, refusal);
}

#[test]
fn redemption_that_cannot_exist_is_refused() {
    let request = plan(&[0, 3]).build().expect("built");
    view().refuses(&request, PayoutRefusal::UnknownRedemption { id: id(0) });
}

#[test]
fn redemption_that_the_final_state_does_not_know_is_refused() {
    let request = plan(&[3, 1_001]).build().expect("built");
    let refusal = PayoutRefusal::RedemptionNotFinal { id: id(1_001), count: 1_000 };
    view().refuses(&request, refusal);
}

#[test]
fn redemption_that_is_paid_is_refused() {
    let request = plan(&[3, 8]).build().expect("built");
    view().refuses(&request, PayoutRefusal::RedemptionAlreadyPaid { id: id(8) });
}

#[test]
fn redemption_with_a_changed_field_is_refused() {
    let expected = redemption(3).commitment();
    let changes: [fn(&mut SigningRequest); 4] = [
        |r| r.redemptions[0].amount = sat(100_004),
        |r| r.redemptions[0].max_fee = sat(50_000),
        |r| r.redemptions[0].requested_at = UnixTime::new(1),
        |r| r.redemptions[0].requester = farbank_types::EvmAddress::ZERO,
    ];
    for change in changes {
        let mut request = request();
        change(&mut request);
        let found = request.redemptions[0].commitment();
        let refusal = PayoutRefusal::RedemptionMismatch { id: id(3), found, expected };
        view().refuses(&request, refusal);
    }
}

#[test]
fn redemption_above_the_limit_is_refused() {
    let mut view = view();
    view.limits.max_redemption = sat(100_005);
    let (amount, limit) = (sat(100_007), sat(100_005));
    view.refuses(&request(), PayoutRefusal::RedemptionTooLarge { id: id(7), amount, limit });
}

#[test]
fn redemptions_out_of_order_are_refused() {
    let swap = |r: &mut SigningRequest| {
        r.redemptions.swap(0, 1);
        r.transaction.output.swap(0, 1);
        r.transaction.output[3].script_pubkey = anchor_script(ANCHOR, ids_hash([id(7), id(3)]));
    };
    refused(swap, PayoutRefusal::RedemptionOrder { id: id(3) });
    let twice = |r: &mut SigningRequest| {
        r.redemptions[1] = r.redemptions[0].clone();
        r.transaction.output[1] = r.transaction.output[0].clone();
        r.transaction.output[3].script_pubkey = anchor_script(ANCHOR, ids_hash([id(3), id(3)]));
    };
    refused(twice, PayoutRefusal::RedemptionOrder { id: id(3) });
}

#[test]
fn extra_output_is_refused() {
    let extra = TxOut { value: sat(1_000), script_pubkey: script(1) };
    refused(|r| r.transaction.output.insert(2, extra), PayoutRefusal::ExtraOutput { output: 2 });
}

#[test]
fn redemption_without_payout_is_refused() {
    let remove = |r: &mut SigningRequest| drop(r.transaction.output.remove(1));
    refused(remove, PayoutRefusal::MissingPayout { id: id(7) });
}

#[test]
fn anchor_that_names_other_redemptions_is_refused() {
    let (found, expected) = (ids_hash([id(3)]), ids_hash([id(3), id(7)]));
    let change = |r: &mut SigningRequest| {
        r.transaction.output[3].script_pubkey = anchor_script(ANCHOR, found);
    };
    refused(change, PayoutRefusal::WrongIds { found, expected });
}

#[test]
fn payout_to_another_script_is_refused() {
    let refusal = PayoutRefusal::WrongScript { id: id(7) };
    refused(|r| r.transaction.output[1].script_pubkey = script(4), refusal);
    let swap = |r: &mut SigningRequest| r.transaction.output.swap(0, 1);
    refused(swap, PayoutRefusal::WrongScript { id: id(3) });
}

#[test]
fn redemption_to_an_unsupported_script_is_refused() {
    let mut view = view();
    let mut request = request();
    request.redemptions[0].script = ScriptBuf::from_hex("6a00").expect("hex");
    request.transaction.output[0].script_pubkey = request.redemptions[0].script.clone();
    view.state.redemptions.insert(id(3), request.redemptions[0].commitment());
    view.refuses(&request, PayoutRefusal::WrongScript { id: id(3) });
}

#[test]
fn payout_above_the_amount_owed_is_refused() {
    let (value, amount) = (sat(100_004), sat(100_003));
    let refusal = PayoutRefusal::PayoutTooLarge { id: id(3), value, amount };
    refused(|r| r.transaction.output[0].value = value, refusal);
}

#[test]
fn payout_below_amount_less_greatest_fee_is_refused() {
    let (value, least) = (sat(95_002), sat(95_003));
    let refusal = PayoutRefusal::PayoutTooSmall { id: id(3), value, least };
    refused(|r| r.transaction.output[0].value = value, refusal);
}

#[test]
fn payout_of_dust_is_refused() {
    let mut view = view();
    let mut request = request();
    request.redemptions[0].max_fee = sat(100_003);
    view.state.redemptions.insert(id(3), request.redemptions[0].commitment());
    request.transaction.output[0].value = sat(545);
    let (value, least) = (sat(545), sat(546));
    view.refuses(&request, PayoutRefusal::PayoutTooSmall { id: id(3), value, least });
}

#[test]
fn payouts_above_the_rolling_cap_are_refused() {
    let mut view = View::of(&plan(&[1, 2, 3]));
    let cap = sat(200_000);
    view.limits.payout_cap = Some(PayoutCap { amount: cap, window: Duration::from_secs(60) });
    let first = view.sign(plan(&[1]));
    // Instead of the first, not beside it: one of the two confirms at most.
    view.sign(CustodyPlan { fee: sat(3_000), ..plan(&[1, 2]) });
    let child = CustodyPlan { custody: first.custody, ..plan(&[3]) }.build().expect("built");
    let (paying, used) = (sat(99_003), sat(99_001 + 99_002));
    view.refuses(&child, PayoutRefusal::PayoutCapExceeded { paying, used, cap });
    let later = UnixTime::new(view.now.get() + 61);
    view.now = later;
    assert!(view.judge(&child).is_ok());
}
