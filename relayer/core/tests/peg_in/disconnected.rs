use farbank_relayer_core::peg_in::{ClaimWait, PegInEvent, PegInState};

use crate::transition::{
    check, claimable, claiming, confirming, disconnected, done, height, minted, orphaned,
    reclaimed, refused, spent, too_late, Case, World, NOW,
};

fn case(name: &'static str, from: PegInState, fork: u32, to: Option<PegInState>) -> Case {
    let event = PegInEvent::Disconnected { fork: height(fork) };
    Case { name, world: World::at_tip(101), from, event, to }
}

#[test]
fn unminted_deposit_above_the_fork_waits_for_its_return() {
    for from in [
        confirming(),
        claimable(ClaimWait::MintCapExceeded, 101, NOW),
        claiming(),
        too_late(),
        spent(420),
    ] {
        check([
            case("one below its block", from, 99, Some(disconnected())),
            case("far below its block", from, 3, Some(disconnected())),
        ]);
    }
}

#[test]
fn minted_deposit_above_the_fork_is_orphaned() {
    check([case("one below its block", minted(), 99, Some(orphaned()))]);
}

#[test]
fn fork_at_or_above_its_block_changes_nothing() {
    for from in [confirming(), claiming(), minted(), too_late(), done(), refused(), reclaimed()] {
        check([case("its block stays", from, 100, None), case("far above", from, 419, None)]);
    }
    for from in [disconnected(), orphaned()] {
        check([case("it is out already", from, 50, None)]);
    }
}

#[test]
fn spend_that_leaves_the_chain_is_forgotten() {
    check([
        case("the spending block leaves", spent(420), 419, Some(confirming())),
        case("the spending block stays", spent(420), 420, None),
    ]);
}
