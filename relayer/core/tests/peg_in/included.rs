use farbank_relayer_core::peg_in::{ClaimWait, PegInEvent, PegInState};

use crate::transition::{
    check, claimable, claiming, confirming, disconnected, done, evm, here, minted, orphaned,
    reclaimed, refused, spent, there, too_late, Case, World, NOW,
};

fn case(
    name: &'static str,
    from: PegInState,
    inclusion: farbank_relayer_core::peg_in::Inclusion,
    to: Option<PegInState>,
) -> Case {
    Case { name, world: World::at_tip(101), from, event: PegInEvent::Included(inclusion), to }
}

#[test]
fn same_block_again_changes_nothing() {
    for from in [
        confirming(),
        claimable(ClaimWait::StaleTip, 101, NOW),
        claiming(),
        minted(),
        too_late(),
        spent(420),
        done(),
        refused(),
        reclaimed(),
    ] {
        check([case("the block that it is in", from, here(), None)]);
    }
}

#[test]
fn deposit_that_comes_back_starts_over() {
    let anew = PegInState::Confirming { inclusion: there() };
    check([
        case("another block after its block left", disconnected(), there(), Some(anew)),
        case("the same block after it left", disconnected(), here(), Some(confirming())),
        case("another block while confirming", confirming(), there(), Some(anew)),
        case("another block while claiming", claiming(), there(), Some(anew)),
        case("another block while spent", spent(420), there(), Some(anew)),
    ]);
}

#[test]
fn minted_deposit_that_comes_back_is_backed_again_and_not_claimed_again() {
    let backed = PegInState::Minted { inclusion: there(), seen_at: evm(50) };
    check([
        case("another block", orphaned(), there(), Some(backed)),
        case("the same block", orphaned(), here(), Some(minted())),
    ]);
}
