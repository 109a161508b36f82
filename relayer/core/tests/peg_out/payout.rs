//! The payout: passed over, signed, dropped, proven.

use farbank_relayer_core::peg_out::{PegOutEvent, PegOutState};

use crate::transition::{
    check, done, evm, in_payout, paid, payout, proven, queued, requested, too_low, txid, unbacked,
    Case,
};

fn case(
    name: &'static str,
    from: PegOutState,
    event: PegOutEvent,
    to: Option<PegOutState>,
) -> Case {
    Case { name, tip: 105, from, event, to }
}

#[test]
fn redemption_that_is_passed_over_remembers_why() {
    let event = PegOutEvent::Passed(too_low(500));
    check([
        case("queued", queued(), event, Some(PegOutState::Queued { cause: too_low(500) })),
        case("again", PegOutState::Queued { cause: too_low(500) }, event, None),
        case("not final", requested(), event, None),
        case("in a payout", in_payout(), event, None),
    ]);
}

#[test]
fn signed_transaction_takes_it_out_of_the_queue() {
    let event = PegOutEvent::PayoutSigned { txid: txid(8) };
    let replaced = PegOutState::InPayout { txid: txid(8) };
    check([
        case("queued", queued(), event, Some(replaced)),
        case("replaced", in_payout(), event, Some(replaced)),
        case("same", replaced, event, None),
        case("paid", paid(), event, None),
        case("unbacked", unbacked(), event, None),
    ]);
}

#[test]
fn payout_that_cannot_confirm_any_more_puts_it_back_in_the_queue() {
    let event = PegOutEvent::PayoutDropped;
    check([
        case("in a payout", in_payout(), event, Some(queued())),
        case("paid", paid(), event, None),
        case("proven", proven(), event, None),
    ]);
}

#[test]
fn proof_counts_whoever_sent_it() {
    let event = PegOutEvent::ProofObserved { payout: payout(100, 1), at: evm(60) };
    check([
        case("paid", paid(), event, Some(proven())),
        case("missed the payout", queued(), event, Some(proven())),
        case("missed everything", requested(), event, Some(proven())),
        case("again", proven(), event, None),
        case("unbacked", unbacked(), event, None),
    ]);
}

#[test]
fn undone_proof_leaves_what_bitcoin_holds() {
    let event = PegOutEvent::ProofVanished;
    check([
        case("still in the chain", proven(), event, Some(paid())),
        case("left the chain", unbacked(), event, Some(in_payout())),
        case("paid", paid(), event, None),
        case("done", done(), event, None),
    ]);
}

#[test]
fn final_proof_is_done_once_the_payout_is_buried() {
    let event = PegOutEvent::ProofFinal { payout: payout(100, 1), at: evm(70) };
    let seen = PegOutState::Proven { payout: payout(100, 1), seen_at: evm(70) };
    check([
        Case { name: "shallow", tip: 110, from: proven(), event, to: None },
        Case { name: "buried", tip: 111, from: proven(), event, to: Some(done()) },
        Case { name: "unseen and shallow", tip: 110, from: paid(), event, to: Some(seen) },
        Case { name: "unseen and buried", tip: 111, from: queued(), event, to: Some(done()) },
        Case { name: "unbacked", tip: 111, from: unbacked(), event, to: None },
    ]);
}
