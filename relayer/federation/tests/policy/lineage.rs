//! The two forms of the signing rule, and what hangs on the place of a transaction.

use bitcoin::Weight;
use farbank_bitcoin_light_client::BlockRef;
use farbank_federation::bridge_state::NextKey;
use farbank_federation::custody::{CustodyPlan, RedemptionId};
use farbank_federation::policy::{FeeRefusal, LineageRefusal, SignedIntent};
use farbank_types::BitcoinHeight;

use crate::common::view::View;
use crate::common::{deposit, key, outpoint, plan, sat};

fn child_of(parent: &SignedIntent, ids: &[u64]) -> CustodyPlan {
    CustodyPlan { custody: parent.custody, ..plan(ids) }
}

/// Marks an intent of the log as seen in the best chain.
fn confirm(view: &mut View, at: usize, height: u32) {
    let height = BitcoinHeight::new(height);
    let hash = view.bitcoin.hash(height).expect("mined");
    view.own[at].confirmed = Some(BlockRef { height, hash });
}

#[test]
fn payout_from_the_proven_output_needs_no_memory() {
    let view = View::of(&plan(&[1, 2]));
    let intent = view.judge(&plan(&[1, 2]).build().expect("built")).expect("signed");
    assert_eq!(intent.parent, None);
    assert_eq!(intent.custody_input(), outpoint(0xc0, 1));
    assert!(intent.pays(RedemptionId::new(2)) && !intent.pays(RedemptionId::new(3)));
}

#[test]
fn second_payout_beside_the_first_conflicts_and_is_signed() {
    let mut view = View::of(&plan(&[1]));
    let first = view.sign(plan(&[1]));
    let second = view.sign(CustodyPlan { fee: sat(4_000), ..plan(&[1]) });
    assert_ne!(first.txid(), second.txid());
    assert_eq!(first.custody_input(), second.custody_input());
}

#[test]
fn child_of_an_own_intent_is_signed() {
    let mut view = View::of(&plan(&[1, 2]));
    let parent = view.sign(plan(&[1]));
    let child = view.sign(child_of(&parent, &[2]));
    assert_eq!(child.parent, Some(parent.txid()));
    assert_eq!(child.spent[0].value, parent.custody.value);
}

#[test]
fn child_that_pays_what_its_parent_pays_is_refused() {
    let mut view = View::of(&plan(&[1, 2]));
    let parent = view.sign(plan(&[1]));
    let request = child_of(&parent, &[1, 2]).build().expect("built");
    let (id, ancestor) = (RedemptionId::new(1), parent.txid());
    view.refuses(&request, LineageRefusal::AncestorPays { id, ancestor });
}

#[test]
fn grandchild_that_pays_what_its_grandparent_pays_is_refused() {
    let mut view = View::of(&plan(&[1, 2]));
    let first = view.sign(plan(&[1]));
    confirm(&mut view, 0, 3);
    let second = view.sign(child_of(&first, &[2]));
    let request = child_of(&second, &[1]).build().expect("built");
    let (id, ancestor) = (RedemptionId::new(1), first.txid());
    view.refuses(&request, LineageRefusal::AncestorPays { id, ancestor });
}

#[test]
fn child_that_sweeps_what_its_parent_sweeps_is_refused() {
    let mut first = plan(&[1]);
    first.deposits = vec![deposit(3, 1, 40_000)];
    let mut view = View::of(&first);
    let parent = view.sign(first.clone());
    let child = CustodyPlan { deposits: first.deposits, ..child_of(&parent, &[]) };
    let (outpoint, ancestor) = (outpoint(3, 1), parent.txid());
    let refusal = LineageRefusal::AncestorSpends { outpoint, ancestor };
    view.refuses(&child.build().expect("built"), refusal);
}

#[test]
fn parent_that_is_not_in_the_own_log_is_refused() {
    let mut view = View::of(&plan(&[1, 2]));
    let parent = view.sign(plan(&[1]));
    view.own.clear();
    let (outpoint, proven) = (parent.custody.outpoint, outpoint(0xc0, 1));
    let request = child_of(&parent, &[2]).build().expect("built");
    view.refuses(&request, LineageRefusal::UnknownParent { outpoint, proven });
}

#[test]
fn line_that_breaks_off_before_the_proven_output_is_refused() {
    let mut view = View::of(&plan(&[1, 2]));
    let parent = view.sign(plan(&[1]));
    let proven = outpoint(0xdd, 0);
    view.state.custody.as_mut().expect("custody").outpoint = proven;
    let outpoint = outpoint(0xc0, 1);
    let request = child_of(&parent, &[2]).build().expect("built");
    view.refuses(&request, LineageRefusal::UnknownParent { outpoint, proven });
}

#[test]
fn another_output_than_the_custody_output_is_refused() {
    let mut view = View::of(&plan(&[1, 2]));
    let expected = outpoint(0xc0, 1);
    let mut wrong = plan(&[1]);
    wrong.custody.outpoint.vout = 0;
    let found = wrong.custody.outpoint;
    let refusal = LineageRefusal::WrongCustodyInput { found, expected };
    view.refuses(&wrong.build().expect("built"), refusal);

    let parent = view.sign(plan(&[1]));
    let mut child = child_of(&parent, &[2]);
    child.custody.outpoint.vout = 0;
    let (found, expected) = (child.custody.outpoint, parent.custody.outpoint);
    let refusal = LineageRefusal::WrongCustodyInput { found, expected };
    view.refuses(&child.build().expect("built"), refusal);
}

#[test]
fn nothing_is_signed_without_proven_custody() {
    let mut view = View::of(&plan(&[1]));
    view.state.custody = None;
    view.refuses(&plan(&[1]).build().expect("built"), LineageRefusal::NoCustody);
}

#[test]
fn grandchild_of_an_unconfirmed_transaction_is_refused() {
    let mut view = View::of(&plan(&[1, 2, 3]));
    let parent = view.sign(plan(&[1]));
    let child = view.sign(child_of(&parent, &[2]));
    let request = child_of(&child, &[3]).build().expect("built");
    view.refuses(&request, LineageRefusal::TooManyUnconfirmed { found: 2 });
    confirm(&mut view, 0, 3);
    assert!(view.judge(&request).is_ok());
    // The block in which the parent was seen left the best chain.
    view.own[0].confirmed.as_mut().expect("confirmed").height = BitcoinHeight::new(4);
    view.refuses(&request, LineageRefusal::TooManyUnconfirmed { found: 2 });
}

#[test]
fn large_child_of_an_unconfirmed_transaction_is_refused() {
    let ids: Vec<_> = (10..40).collect();
    let mut all = ids.clone();
    all.push(1);
    let mut view = View::of(&plan(&all));
    view.limits.fee_reserve = sat(50_000);
    let parent = view.sign(plan(&[1]));
    let child = child_of(&parent, &ids);
    let weight = child.signed_weight();
    assert!(weight > Weight::from_vb_unwrap(1_000));
    let request = child.build().expect("built");
    view.refuses(&request, LineageRefusal::ChildTooLarge { weight });
    confirm(&mut view, 0, 3);
    assert!(view.judge(&request).is_ok());
}

#[test]
fn more_unproven_ancestors_than_the_limit_are_refused() {
    let mut view = View::of(&plan(&[1, 2, 3, 4, 5, 6]));
    let mut parent = view.sign(plan(&[1]));
    for id in 2..=5 {
        let at = view.own.len() - 1;
        confirm(&mut view, at, 3);
        parent = view.sign(child_of(&parent, &[id]));
    }
    let request = child_of(&parent, &[6]).build().expect("built");
    view.refuses(&request, LineageRefusal::TooManyUnproven { limit: 4 });
}

#[test]
fn custody_output_to_another_key_is_refused() {
    let view = View::of(&plan(&[1]));
    let request = CustodyPlan { key: key(9), ..plan(&[1]) }.build().expect("built");
    view.refuses(&request, LineageRefusal::WrongCustodyOutput { found: key(9) });
}

#[test]
fn custody_moves_to_the_next_key_once_that_is_usable() {
    let mut view = View::of(&plan(&[1]));
    let time = view.state.block.time;
    let request = CustodyPlan { key: key(9), ..plan(&[1]) }.build().expect("built");
    let usable_from = time.saturating_add_secs(1);
    view.state.keys.next = Some(NextKey { key: key(9), usable_from });
    view.refuses(&request, LineageRefusal::WrongCustodyOutput { found: key(9) });
    view.state.keys.next = Some(NextKey { key: key(9), usable_from: time });
    assert!(view.judge(&request).is_ok());
}

#[test]
fn custody_never_moves_back() {
    let mut view = View::of(&plan(&[1, 2]));
    view.state.keys.next = Some(NextKey { key: key(9), usable_from: view.state.block.time });
    let parent = view.sign(CustodyPlan { key: key(9), ..plan(&[1]) });
    assert_eq!(parent.custody.key, key(9));
    let back = child_of(&parent, &[2]).build().expect("built");
    view.refuses(&back, LineageRefusal::WrongCustodyOutput { found: key(1) });
    let stays = CustodyPlan { key: key(9), ..child_of(&parent, &[2]) };
    assert_eq!(view.sign(stays).spent[0].key, key(9));
}

#[test]
fn conflicting_intents_have_their_own_children() {
    let mut view = View::of(&plan(&[1, 2]));
    let first = view.sign(plan(&[1]));
    let second = view.sign(plan(&[2]));
    assert!(view.judge(&child_of(&first, &[2]).build().expect("built")).is_ok());
    let request = child_of(&second, &[2]).build().expect("built");
    let (id, ancestor) = (RedemptionId::new(2), second.txid());
    view.refuses(&request, LineageRefusal::AncestorPays { id, ancestor });
}

#[test]
fn value_of_the_parent_is_the_logs() {
    let mut view = View::of(&plan(&[1, 2]));
    let parent = view.sign(plan(&[1]));
    let mut child = child_of(&parent, &[2]);
    child.custody.value = sat(200_000_000);
    let request = child.build().expect("built");
    let outputs = sat(200_000_000 - 2_000);
    view.refuses(&request, FeeRefusal::Overdrawn { inputs: parent.custody.value, outputs });
}
