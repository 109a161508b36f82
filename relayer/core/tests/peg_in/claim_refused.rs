use farbank_relayer_core::peg_in::{ClaimRefusal, ClaimWait, PegInEvent, PegInState};

use crate::transition::{
    check, claimable, claiming, confirming, every_state, too_late, Case, World, NOW,
};

fn case(
    name: &'static str,
    from: PegInState,
    refusal: ClaimRefusal,
    to: Option<PegInState>,
) -> Case {
    Case { name, world: World::at_tip(105), from, event: PegInEvent::ClaimRefused(refusal), to }
}

#[test]
fn refusal_is_waited_out_by_its_name() {
    for (cause, secs) in [
        (ClaimWait::StaleTip, 15),
        (ClaimWait::Paused, 15),
        (ClaimWait::NotDeepEnough, 15),
        (ClaimWait::MintCapExceeded, 60),
        (ClaimWait::UnsweptValueExceeded, 60),
        (ClaimWait::UnsweptCountExceeded, 60),
        (ClaimWait::Insolvent, 60),
        (ClaimWait::Unexplained, 60),
        (ClaimWait::Disputed, 600),
    ] {
        let to = claimable(cause, 105, NOW + secs);
        check([case("not now", claiming(), ClaimRefusal::NotNow(cause), Some(to))]);
    }
}

#[test]
fn deposit_past_the_window_is_too_late() {
    check([case("late", claiming(), ClaimRefusal::TooCloseToReclaim, Some(too_late()))]);
}

#[test]
fn refusal_that_comes_late_changes_nothing() {
    for from in every_state() {
        if from != claiming() {
            check([case("late", from, ClaimRefusal::NotNow(ClaimWait::Unexplained), None)]);
        }
    }
    check([case("late", confirming(), ClaimRefusal::TooCloseToReclaim, None)]);
}
