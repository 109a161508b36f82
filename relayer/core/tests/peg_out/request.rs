//! The request: begun, final, gone, amended.

use farbank_relayer_core::peg_out::{begin, PegOutEvent, PegOutState};

use crate::transition::{
    check, done, evm, in_payout, paid, queued, requested, too_low, unbacked, Case,
};

#[test]
fn request_waits_for_finality_unless_it_is_final() {
    assert_eq!(begin(evm(50), false), requested());
    assert_eq!(begin(evm(50), true), queued());
}

#[test]
fn final_request_is_queued() {
    let event = PegOutEvent::RequestFinal;
    let case = |name, from, to| Case { name, tip: 100, from, event, to };
    check([
        case("requested", requested(), Some(queued())),
        case("queued", queued(), None),
        case("in a payout", in_payout(), None),
        case("paid", paid(), None),
        case("done", done(), None),
    ]);
}

#[test]
fn vanished_request_is_over_unless_a_block_pays_it() {
    let event = PegOutEvent::RequestVanished;
    let case = |name, from, to| Case { name, tip: 100, from, event, to };
    check([
        case("requested", requested(), Some(PegOutState::Vanished)),
        case("queued", queued(), Some(PegOutState::Vanished)),
        case("in a payout", in_payout(), Some(PegOutState::Vanished)),
        case("paid", paid(), None),
        case("unbacked", unbacked(), None),
        case("vanished", PegOutState::Vanished, None),
    ]);
}

#[test]
fn raised_fee_puts_it_back_in_the_queue() {
    let event = PegOutEvent::MaxFeeRaised;
    let waiting = PegOutState::Queued { cause: too_low(500) };
    let case = |name, from, to| Case { name, tip: 100, from, event, to };
    check([
        case("fee too low", waiting, Some(queued())),
        case("queued", queued(), None),
        case("in a payout", in_payout(), None),
    ]);
}
