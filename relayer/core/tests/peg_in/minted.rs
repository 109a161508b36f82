use farbank_relayer_core::peg_in::{ClaimWait, PegInEvent, PegInState};

use crate::transition::{
    check, claimable, claiming, confirming, disconnected, done, evm, here, minted, orphaned,
    reclaimed, refused, spent, too_late, Case, World, NOW,
};

fn case(name: &'static str, from: PegInState, event: PegInEvent, to: Option<PegInState>) -> Case {
    Case { name, world: World::at_tip(101), from, event, to }
}

fn unminted() -> [PegInState; 5] {
    [confirming(), claimable(ClaimWait::Unexplained, 101, NOW), claiming(), too_late(), spent(420)]
}

#[test]
fn mint_by_whomever_is_taken_from_every_state() {
    let event = PegInEvent::MintObserved { at: evm(50) };
    for from in unminted() {
        check([case("seen", from, event, Some(minted()))]);
    }
    check([
        case("seen without its block", disconnected(), event, Some(orphaned())),
        case("seen again", minted(), PegInEvent::MintObserved { at: evm(51) }, None),
        case("seen again without its block", orphaned(), event, None),
        case("done", done(), event, None),
    ]);
}

#[test]
fn mint_that_vanishes_is_judged_anew() {
    check([
        case("its block stands", minted(), PegInEvent::MintVanished, Some(confirming())),
        case("its block left", orphaned(), PegInEvent::MintVanished, Some(disconnected())),
    ]);
    for from in unminted() {
        check([case("never was there", from, PegInEvent::MintVanished, None)]);
    }
}

#[test]
fn final_mint_ends_the_story() {
    let event = PegInEvent::MintFinal { at: evm(60) };
    let end = PegInState::Done { inclusion: here(), seen_at: evm(60) };
    check([case("after it was seen", minted(), event, Some(end))]);
    for from in unminted() {
        check([case("at first sight", from, event, Some(end))]);
    }
    for from in [refused(), reclaimed(), done()] {
        check([case("over", from, event, None)]);
    }
}

#[test]
fn final_mint_without_its_block_is_not_done() {
    let event = PegInEvent::MintFinal { at: evm(60) };
    let unbacked = PegInState::Orphaned { last: here(), seen_at: evm(60) };
    check([
        case("known", orphaned(), event, None),
        case("at first sight", disconnected(), event, Some(unbacked)),
    ]);
}
