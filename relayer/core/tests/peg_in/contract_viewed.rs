use bitcoin::Amount;
use farbank_relayer_core::peg_in::{ClaimWait, PegInEvent, PegInState};
use farbank_types::{BridgeParameters, UnixTime};

use crate::transition::{
    check, claimable, claiming, confirming, disconnected, done, height, minted, orphaned, spent,
    too_late, Case, World, NOW,
};

/// Confirmations that the deposit of 1,000,000 sat needs: the least, so tip 101.
const ENOUGH: u32 = 101;
/// Last tip inside the window: 100 + 300 - 150.
const LATEST: u32 = 250;

fn case(name: &'static str, world: World, from: PegInState, to: Option<PegInState>) -> Case {
    Case { name, world, from, event: PegInEvent::ContractViewed, to }
}

#[test]
fn depth_is_counted_on_the_contracts_tip() {
    let ahead = World::at_tip(ENOUGH - 1).with(|world| world.bitcoin_tip = height(200));
    check([
        case("one short", World::at_tip(ENOUGH - 1), confirming(), None),
        case("one short, while Bitcoin is far ahead", ahead, confirming(), None),
        case("just enough", World::at_tip(ENOUGH), confirming(), Some(claiming())),
        case("contract below the block", World::at_tip(99), confirming(), None),
    ]);
}

#[test]
fn sum_minted_from_the_block_raises_the_depth() {
    let per = BridgeParameters::devnet().per_confirmation;
    let others =
        |sum: Amount, tip| World::at_tip(tip).with(move |world| world.minted_from_block = sum);
    let just_below = per - Amount::from_sat(1_000_001);
    let just_at = per - Amount::from_sat(1_000_000);
    check([
        case("below one step", others(just_below, ENOUGH), confirming(), Some(claiming())),
        case("at one step", others(just_at, ENOUGH), confirming(), None),
        case("at one step, deeper", others(just_at, ENOUGH + 1), confirming(), Some(claiming())),
        case("beyond the greatest", others(Amount::MAX, 105), confirming(), Some(claiming())),
        case("beyond the greatest, one short", others(Amount::MAX, 104), confirming(), None),
    ]);
}

#[test]
fn block_that_the_contract_does_not_share_is_not_deep() {
    let foreign = World::at_tip(110).with(|world| world.contract.shared_height = height(99));
    check([
        case("waits", foreign.clone(), confirming(), None),
        case("claim is called off", foreign, claiming(), Some(confirming())),
    ]);
}

#[test]
fn window_before_the_reclaim_is_kept_to_the_block() {
    check([
        case("last tip", World::at_tip(LATEST), confirming(), Some(claiming())),
        case("one later", World::at_tip(LATEST + 1), confirming(), Some(too_late())),
        case("claim under way", World::at_tip(LATEST + 1), claiming(), Some(too_late())),
        case("tip fell back", World::at_tip(LATEST), too_late(), Some(claiming())),
        case("still late", World::at_tip(LATEST + 1), too_late(), None),
    ]);
}

#[test]
fn stale_tip_is_waited_out() {
    let freshness = u64::from(BridgeParameters::devnet().freshness_secs);
    let aged = |age| {
        World::at_tip(ENOUGH).with(move |world| world.contract.tip_time = UnixTime::new(NOW - age))
    };
    let waiting = claimable(ClaimWait::StaleTip, ENOUGH, NOW + 15);
    check([
        case("fresh to the second", aged(freshness), confirming(), Some(claiming())),
        case("one second older", aged(freshness + 1), confirming(), Some(waiting)),
        case("claim under way", aged(freshness + 1), claiming(), Some(waiting)),
        case("still stale", aged(freshness + 1), waiting, None),
        case("fresh again, at once", aged(0), waiting, Some(claiming())),
    ]);
}

#[test]
fn pause_is_waited_out() {
    let paused = |until| {
        World::at_tip(ENOUGH).with(move |world| world.contract.paused_until = UnixTime::new(until))
    };
    let waiting = claimable(ClaimWait::Paused, ENOUGH, NOW + 15);
    check([
        case("paused", paused(NOW + 1), confirming(), Some(waiting)),
        case("over to the second", paused(NOW), confirming(), Some(claiming())),
        case("over", paused(NOW), waiting, Some(claiming())),
    ]);
}

#[test]
fn refused_claim_is_tried_again_at_another_tip_or_after_a_while() {
    let capped = claimable(ClaimWait::MintCapExceeded, ENOUGH, NOW + 60);
    let later = World::at_tip(ENOUGH).with(|world| world.now = UnixTime::new(NOW + 60));
    check([
        case("same tip, too early", World::at_tip(ENOUGH), capped, None),
        case("next tip", World::at_tip(ENOUGH + 1), capped, Some(claiming())),
        case("same tip, in time", later, capped, Some(claiming())),
    ]);
}

#[test]
fn disputed_claim_is_not_tried_at_every_tip() {
    let disputed = claimable(ClaimWait::Disputed, ENOUGH, NOW + 600);
    let later = World::at_tip(ENOUGH + 9).with(|world| world.now = UnixTime::new(NOW + 600));
    check([
        case("next tip", World::at_tip(ENOUGH + 1), disputed, None),
        case("in time", later, disputed, Some(claiming())),
    ]);
}

#[test]
fn contract_that_falls_back_makes_a_claimable_deposit_confirm_again() {
    let waiting = claimable(ClaimWait::MintCapExceeded, ENOUGH, NOW + 60);
    check([case("tip below", World::at_tip(100), waiting, Some(confirming()))]);
}

#[test]
fn states_that_do_not_wait_for_the_contract_stay() {
    for from in [minted(), orphaned(), disconnected(), spent(420), done()] {
        check([case("nothing", World::at_tip(ENOUGH), from, None)]);
    }
}
