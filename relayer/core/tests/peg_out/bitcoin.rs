//! The payout in a block, and the block gone.

use farbank_relayer_core::peg_out::{PegOutEvent, PegOutState};
use farbank_types::BitcoinHeight;

use crate::transition::{
    check, done, evm, in_payout, paid, payout, proven, queued, requested, unbacked, Case,
};

#[test]
fn payout_in_a_block_is_paid() {
    let event = PegOutEvent::PayoutConfirmed(payout(101, 2));
    let there = PegOutState::Paid { payout: payout(101, 2) };
    let proven_there = PegOutState::Proven { payout: payout(101, 2), seen_at: evm(60) };
    let case = |name, from, to| Case { name, tip: 105, from, event, to };
    check([
        case("signed", in_payout(), Some(there)),
        case("signed by others", queued(), Some(there)),
        case("final for others", requested(), Some(there)),
        case("in another block", paid(), Some(there)),
        case("again", there, None),
        case("back after the proof", unbacked(), Some(proven_there)),
        case("done", done(), None),
    ]);
}

#[test]
fn block_that_leaves_takes_the_payout_along() {
    let case = |name, fork, from, to| Case {
        name,
        tip: 105,
        from,
        event: PegOutEvent::Disconnected { fork: BitcoinHeight::new(fork) },
        to,
    };
    check([
        case("paid", 99, paid(), Some(in_payout())),
        case("paid below the fork", 100, paid(), None),
        case("proven", 99, proven(), Some(unbacked())),
        case("proven below the fork", 100, proven(), None),
        case("unbacked", 90, unbacked(), None),
        case("in a payout", 90, in_payout(), None),
        case("done", 90, done(), None),
    ]);
}
