use farbank_relayer_core::header_relay::{HeaderRelayState, HeaderWait};
use farbank_types::BlockCount;

use crate::world::{height, segment, World};

#[test]
fn branch_is_submitted_whole_from_the_segment_that_it_leaves() {
    let mut world = World::new();
    world.mine(20);
    assert_eq!(world.carry_all(), [10, 10]);
    world.mine_on(13, 8, 1);
    let plan = segment(world.view());
    assert_eq!(plan.parent.get(), 1, "segment 2 holds both good and bad blocks");
    assert_eq!((plan.first, plan.last), (height(11), height(21)));
    assert!(world.store(&plan));
    assert_eq!(world.contract.shared_height(&world.chain), Some(height(21)));
}

#[test]
fn branch_waits_for_no_batch() {
    let mut world = World::new();
    world.mine(6);
    world.carry_all();
    world.mine_on(5, 2, 1);
    assert_eq!(segment(world.view()).last, height(7));
}

#[test]
fn branch_across_several_segments_replaces_them_all() {
    let mut world = World::new();
    world.mine(30);
    assert_eq!(world.carry_all(), [10, 10, 10]);
    world.mine_on(8, 24, 1);
    let plan = segment(world.view());
    assert_eq!((plan.parent.get(), plan.first, plan.last), (0, height(1), height(32)));
    assert!(world.store(&plan));
    assert_eq!(world.contract.segments.len(), 2);
}

#[test]
fn branch_that_leaves_inside_a_full_segment_is_carried() {
    let mut world = World::new();
    world.parameters.max_segment_headers = BlockCount::new(1_000);
    world.mine(1_000);
    assert_eq!(world.carry_all(), [1_000]);
    world.mine_on(999, 2, 1);
    assert_eq!(world.carry_all(), [1_001]);
}

#[test]
fn branch_longer_than_a_segment_is_named() {
    let mut world = World::new();
    world.parameters.max_segment_headers = BlockCount::new(1_000);
    world.mine(2_000);
    assert_eq!(world.carry_all(), [1_000, 1_000]);
    world.mine_on(999, 1_002, 1);
    // 2,001 headers would have to go at once: why segments are kept small.
    assert_eq!(world.view(), HeaderRelayState::Resting { wait: HeaderWait::BranchTooLong });
    let mut small = World::new();
    small.parameters.max_segment_headers = BlockCount::new(144);
    small.mine(2_000);
    small.carry_all();
    small.mine_on(999, 1_002, 1);
    assert_eq!(small.carry_all().len(), 1);
}

#[test]
fn branch_with_equal_work_changes_nothing() {
    let mut world = World::new();
    world.mine(6);
    world.carry_all();
    world.mine_on(5, 1, 1);
    assert_eq!(world.view(), HeaderRelayState::Resting { wait: HeaderWait::Level });
}
