//! Inputs that are no deposits to sweep.

use bitcoin::OutPoint;
use farbank_federation::bridge_state::{DepositRecord, DepositState};
use farbank_federation::custody::{CustodyPlan, SigningRequest};
use farbank_federation::policy::{DepositRefusal, FeeRefusal};
use farbank_types::{BitcoinHeight, DepositId};

use crate::common::chain::mine_on;
use crate::common::view::View;
use crate::common::{deposit, key, plan, sat};

fn sweep() -> CustodyPlan {
    CustodyPlan { deposits: vec![deposit(3, 1, 40_000), deposit(7, 0, 60_000)], ..plan(&[]) }
}

fn request() -> SigningRequest {
    sweep().build().expect("built")
}

fn record(view: &mut View, outpoint: OutPoint) -> &mut DepositRecord {
    view.state.deposits.get_mut(&DepositId::of(&outpoint)).expect("recorded")
}

#[test]
fn minted_deposits_are_swept_with_the_contracts_amounts() {
    let view = View::of(&sweep());
    let intent = view.judge(&request()).expect("signed");
    let values: Vec<_> = intent.spent.iter().map(|output| output.value.to_sat()).collect();
    assert_eq!(values, [100_000_000, 40_000, 60_000]);
    assert_eq!(intent.fee, sat(2_000));
}

#[test]
fn deposit_that_is_not_minted_is_refused() {
    let mut view = View::of(&sweep());
    let outpoint = sweep().deposits[1].outpoint;
    view.state.deposits.remove(&DepositId::of(&outpoint));
    view.refuses(&request(), DepositRefusal::DepositNotMinted { outpoint });
}

#[test]
fn deposit_that_is_swept_is_refused() {
    let outpoint = sweep().deposits[1].outpoint;
    for state in [DepositState::Swept, DepositState::SweptUnminted] {
        let mut view = View::of(&sweep());
        record(&mut view, outpoint).state = state;
        view.refuses(&request(), DepositRefusal::DepositAlreadySwept { outpoint });
    }
}

#[test]
fn deposit_that_is_disowned_is_refused() {
    let mut view = View::of(&sweep());
    let outpoint = sweep().deposits[0].outpoint;
    record(&mut view, outpoint).state = DepositState::Disowned;
    view.refuses(&request(), DepositRefusal::DepositDisowned { outpoint });
}

#[test]
fn deposit_of_a_block_that_left_the_best_chain_is_refused() {
    let mut view = View::of(&sweep());
    let (outpoint, height) = (sweep().deposits[0].outpoint, BitcoinHeight::new(3));
    mine_on(&mut view.bitcoin, BitcoinHeight::new(2), 14, 9);
    let refusal = DepositRefusal::DepositNotInBestChain { outpoint, height };
    view.refuses(&request(), refusal);
}

#[test]
fn deposit_above_the_own_tip_is_refused() {
    let mut view = View::of(&sweep());
    let (outpoint, height) = (sweep().deposits[0].outpoint, BitcoinHeight::new(13));
    record(&mut view, outpoint).height = height;
    view.refuses(&request(), DepositRefusal::DepositNotInBestChain { outpoint, height });
}

#[test]
fn deposit_without_description_is_refused() {
    let view = View::of(&sweep());
    let mut request = request();
    request.deposits.pop();
    view.refuses(&request, DepositRefusal::DepositCount { inputs: 2, found: 1 });
}

#[test]
fn deposit_described_with_another_key_is_refused() {
    let mut view = View::of(&sweep());
    let mut request = request();
    request.deposits[1].federation_key = key(8);
    let (outpoint, key) = (sweep().deposits[1].outpoint, key(8));
    view.refuses(&request, DepositRefusal::UnknownDepositKey { outpoint, key });
    view.state.keys.previous = Some(key);
    assert_eq!(view.judge(&request).expect("signed").spent[2].key, key);
}

#[test]
fn amount_that_the_relayer_makes_up_does_not_count() {
    let mut view = View::of(&sweep());
    record(&mut view, sweep().deposits[0].outpoint).amount = sat(30_000);
    let (inputs, outputs) = (sat(100_090_000), sat(100_098_000));
    view.refuses(&request(), FeeRefusal::Overdrawn { inputs, outputs });
}
