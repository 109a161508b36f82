//! Refusals that follow from the attester's own view.

use core::time::Duration;

use farbank_federation::bridge_state::Anchor;
use farbank_federation::custody::ShapeRefusal;
use farbank_federation::policy::{PolicyRefusal, ViewRefusal};
use farbank_types::{UnixTime, B256};

use crate::common::view::{View, GENESIS};
use crate::common::{plan, ANCHOR};

fn view() -> View {
    View::of(&plan(&[1]))
}

#[track_caller]
fn refused(view: &View, refusal: ViewRefusal) {
    view.refuses(&plan(&[1]).build().expect("built"), refusal);
}

#[test]
fn operator_can_stop_signing() {
    let mut view = view();
    view.limits.paused = true;
    refused(&view, ViewRefusal::Paused);
}

#[test]
fn side_chain_of_another_genesis_is_refused() {
    let mut view = view();
    view.state.genesis = B256::repeat_byte(0x6f);
    let (found, expected) = (view.state.genesis, GENESIS);
    refused(&view, ViewRefusal::WrongGenesis { found, expected });
}

#[test]
fn stale_side_chain_is_refused() {
    let mut view = view();
    let (newest, limit) = (view.state.block.time, Duration::from_secs(120));
    view.now = UnixTime::new(newest.get() + 120);
    assert!(view.judge(&plan(&[1]).build().expect("built")).is_ok());
    view.now = UnixTime::new(newest.get() + 121);
    refused(&view, ViewRefusal::StaleSideChain { newest, limit });
}

#[test]
fn stale_bitcoin_tip_is_refused() {
    let mut view = view();
    let (tip, limit) = (view.bitcoin.tip().time, Duration::from_secs(3_600));
    view.now = UnixTime::new(tip.get() + 3_601);
    view.state.block.time = view.now;
    refused(&view, ViewRefusal::StaleBitcoin { tip, limit });
}

#[test]
fn anchor_that_is_not_final_is_refused() {
    let mut view = view();
    view.state.anchor = Anchor::NotFinal { hash: ANCHOR };
    refused(&view, ViewRefusal::UnfinalAnchor { anchor: ANCHOR });
}

#[test]
fn anchor_of_another_chain_is_refused() {
    let mut view = view();
    view.state.anchor = Anchor::Unknown { hash: ANCHOR };
    refused(&view, ViewRefusal::WrongAnchor { anchor: ANCHOR });
}

#[test]
fn anchor_that_was_not_asked_about_is_refused() {
    let view = view();
    let mut other = plan(&[1]);
    other.anchor = B256::repeat_byte(0xa1);
    let refusal = ViewRefusal::WrongAnchor { anchor: other.anchor };
    view.refuses(&other.build().expect("built"), refusal);
}

#[test]
fn old_anchor_is_refused() {
    let mut view = view();
    let (state, limit) = (view.state.block.time, Duration::from_secs(600));
    let anchor = UnixTime::new(state.get() - 601);
    let Anchor::Final(mut block) = view.state.anchor else { panic!("final") };
    block.time = anchor;
    view.state.anchor = Anchor::Final(block);
    refused(&view, ViewRefusal::StaleAnchor { anchor, state, limit });
}

#[test]
fn other_shape_is_refused() {
    let view = view();
    let mut request = plan(&[1]).build().expect("built");
    request.transaction.version = bitcoin::transaction::Version::TWO;
    view.refuses(&request, ShapeRefusal::WrongVersion { found: 2 });
}

#[test]
fn refusals_have_the_names_of_their_rules() {
    let refusal = PolicyRefusal::from(ViewRefusal::UnfinalAnchor { anchor: ANCHOR });
    assert_eq!(refusal.name(), "UnfinalAnchor");
    let refusal = PolicyRefusal::from(ShapeRefusal::NoInput);
    assert_eq!(refusal.name(), "NoInput");
}
