use farbank_relayer_core::header_relay::{
    HeaderRelayEvent, HeaderRelayRejection, HeaderRelayState, HeaderWait,
};

use crate::world::{duty_of, height, segment, World};

fn submitting() -> (World, HeaderRelayState) {
    let mut world = World::new();
    world.mine(6);
    let state = world.view();
    (world, state)
}

#[test]
fn submission_stays_as_it_is_while_blocks_come() {
    let (mut world, state) = submitting();
    world.mine(3);
    let again = world.apply(&state, HeaderRelayEvent::Viewed);
    assert_eq!(again, Err(HeaderRelayRejection::Unchanged { state: "submitting" }));
}

#[test]
fn submission_that_the_contract_holds_is_over() {
    let (mut world, state) = submitting();
    assert!(world.store(&segment(state)));
    let next = world.apply(&state, HeaderRelayEvent::Viewed).unwrap();
    assert_eq!(next.next, HeaderRelayState::Resting { wait: HeaderWait::Level });
    assert_eq!(duty_of(&next), None);
}

#[test]
fn submission_whose_blocks_left_the_chain_is_replaced() {
    let (mut world, state) = submitting();
    world.mine_on(4, 4, 1);
    let next = world.apply(&state, HeaderRelayEvent::Viewed).unwrap();
    assert_eq!(duty_of(&next).unwrap().last, height(8));
    assert_ne!(duty_of(&next).unwrap().tip, segment(state).tip);
}

#[test]
fn submission_by_another_relayer_is_as_good() {
    let (mut world, state) = submitting();
    world.mine(1);
    let theirs = segment(world.view());
    assert!(world.store(&theirs));
    let next = world.apply(&state, HeaderRelayEvent::Viewed).unwrap();
    assert_eq!(next.next, HeaderRelayState::Resting { wait: HeaderWait::Level });
}

#[test]
fn submission_that_a_side_chain_reorganisation_undid_is_made_again() {
    let (mut world, state) = submitting();
    let before = world.contract.clone();
    assert!(world.store(&segment(state)));
    let rested = world.apply(&state, HeaderRelayEvent::Viewed).unwrap().next;
    world.contract = before;
    assert_eq!(world.apply(&rested, HeaderRelayEvent::Viewed).unwrap().next, state);
}
