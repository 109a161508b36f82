use farbank_relayer_core::peg_in::{ClaimWait, Wait};

use crate::transition::{claimable, confirming, every_state, height, too_late, World, NOW};

#[test]
fn every_wait_has_a_cause_and_a_remedy() {
    let world = World::at_tip(100);
    for state in every_state() {
        match state.wait(&world.context()) {
            Some(wait) => {
                assert!(!wait.to_string().is_empty());
                assert!(!wait.remedy().is_empty());
            }
            None => assert!(state.is_terminal(), "{} waits for nothing", state.name()),
        }
    }
}

#[test]
fn confirmations_are_named_with_the_tip_that_is_needed() {
    let world = World::at_tip(100);
    let wait = confirming().wait(&world.context()).unwrap();
    assert_eq!(
        wait.to_string(),
        "the contract's Bitcoin tip is at height 100, the deposit needs 101 (2 confirmations)"
    );
    assert_eq!(confirming().awaited_tip(&world.context()), Some(height(101)));
}

#[test]
fn other_branch_is_named() {
    let world = World::at_tip(110).with(|world| world.contract.shared_height = height(98));
    let wait = confirming().wait(&world.context());
    assert_eq!(wait, Some(Wait::OtherBranch { shared: height(98) }));
}

#[test]
fn reclaim_height_is_named() {
    let world = World::at_tip(300);
    assert_eq!(too_late().wait(&world.context()), Some(Wait::Reclaim { from: height(400) }));
}

#[test]
fn stale_tip_asks_for_any_newer_header() {
    let world = World::at_tip(105);
    let state = claimable(ClaimWait::StaleTip, 105, NOW);
    assert_eq!(state.awaited_tip(&world.context()), Some(height(106)));
    let state = claimable(ClaimWait::Paused, 105, NOW);
    assert_eq!(state.awaited_tip(&world.context()), None);
}
