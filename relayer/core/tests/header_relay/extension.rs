use farbank_relayer_core::header_relay::{HeaderRelayState, HeaderWait};
use farbank_types::{BlockCount, UnixTime};

use crate::world::{height, segment, World, START};

fn resting(wait: HeaderWait) -> HeaderRelayState {
    HeaderRelayState::Resting { wait }
}

fn not_worthwhile(headers: u32) -> HeaderRelayState {
    resting(HeaderWait::NotWorthwhile { headers: BlockCount::new(headers) })
}

#[test]
fn level_chains_rest() {
    assert_eq!(World::new().view(), resting(HeaderWait::Level));
}

#[test]
fn few_headers_that_nobody_waits_for_rest() {
    let mut world = World::new();
    world.mine(5);
    assert_eq!(world.view(), not_worthwhile(5));
    world.mine(1);
    let plan = segment(world.view());
    assert_eq!((plan.first, plan.last), (height(1), height(6)));
    assert_eq!(plan.tip, world.chain.tip().hash);
    assert_eq!(plan.parent.get(), 0);
}

#[test]
fn header_that_a_deposit_waits_for_goes_alone() {
    let mut world = World::new();
    world.mine(2);
    world.demand = Some(height(3));
    assert_eq!(world.view(), not_worthwhile(2), "the chain does not have it yet");
    world.mine(1);
    assert_eq!(segment(world.view()).last, height(3));
    world.carry_all();
    world.mine(1);
    assert_eq!(world.view(), not_worthwhile(1), "the contract has it already");
}

#[test]
fn header_goes_alone_when_the_tip_is_old() {
    let mut world = World::new();
    world.mine(1);
    world.now = UnixTime::new(START + 3_600);
    assert_eq!(world.view(), not_worthwhile(1));
    world.now = UnixTime::new(START + 3_601);
    assert_eq!(segment(world.view()).count().get(), 1);
}

#[test]
fn long_extension_is_cut_into_segments() {
    let mut world = World::new();
    world.mine(26);
    assert_eq!(world.carry_all(), [10, 10, 6]);
    assert_eq!(world.view(), resting(HeaderWait::Level));
}

#[test]
fn contract_that_is_ahead_is_left_alone() {
    let mut ahead = World::new();
    ahead.mine(12);
    ahead.carry_all();
    let mut behind = World::new();
    behind.mine(6);
    behind.contract = ahead.contract;
    assert_eq!(behind.view(), resting(HeaderWait::Outweighed));
}

#[test]
fn contract_without_a_common_segment_is_named() {
    let mut world = World::new();
    world.contract.segments.clear();
    assert_eq!(world.view(), resting(HeaderWait::NoCommonSegment));
}
