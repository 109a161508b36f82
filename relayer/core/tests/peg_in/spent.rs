use farbank_relayer_core::peg_in::{ClaimWait, PegInEvent, PegInState};

use crate::transition::{
    block, check, claimable, claiming, confirming, disconnected, done, minted, orphaned, reclaimed,
    spent, too_late, Case, World, NOW,
};

fn case(
    name: &'static str,
    tip: u32,
    from: PegInState,
    event: PegInEvent,
    to: Option<PegInState>,
) -> Case {
    Case { name, world: World::at_tip(tip), from, event, to }
}

#[test]
fn spend_without_a_mint_is_noticed() {
    let event = PegInEvent::Spent(block(420, 1));
    for from in [confirming(), claimable(ClaimWait::Paused, 101, NOW), claiming(), too_late()] {
        check([case("spent", 420, from, event, Some(spent(420)))]);
    }
    check([case("again", 420, spent(420), event, None)]);
}

#[test]
fn spend_of_a_minted_or_absent_deposit_changes_nothing() {
    let event = PegInEvent::Spent(block(420, 1));
    for from in [minted(), orphaned(), disconnected(), done()] {
        check([case("not ours", 420, from, event, None)]);
    }
}

#[test]
fn reclaim_is_final_when_buried_as_deep_as_the_greatest_mint() {
    check([
        case("one short", 424, spent(420), PegInEvent::BitcoinAdvanced, None),
        case("buried", 425, spent(420), PegInEvent::BitcoinAdvanced, Some(reclaimed())),
        case("nothing spent", 500, confirming(), PegInEvent::BitcoinAdvanced, None),
    ]);
}
