//! Payments that wait at the payee until somebody says yes or no.

use farbank_channels::payload::FinalPayload;
use farbank_channels::switch::{Expected, ExpectedState, PaymentEnd, SwitchInput, SwitchOutput};

use super::world::{amount, euro, expected, hash, id, preimage, World, ALPHA, BETA, FUNDED, HUB};

fn held() -> World {
    let mut world = World::new();
    let expected = Expected { preimage: None, ..expected(1, euro(), 1_000, world.now) };
    world.apply(BETA, SwitchInput::Expect(expected)).unwrap();
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), None);
    let Some(SwitchOutput::PaymentHeld { payment_hash, amount: held, payload }) =
        world.nodes[BETA].said.last()
    else {
        panic!("not held");
    };
    let FinalPayload { total, .. } = **payload;
    assert_eq!((*payment_hash, *held, total), (hash(1), amount(1_000), amount(1_000)));
    world
}

#[test]
fn a_held_payment_is_released_with_its_preimage() {
    let mut world = held();
    world.restart(BETA);
    world.run();
    world.apply(BETA, SwitchInput::Release(preimage(1))).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 1_000);
    let again = world.apply(BETA, SwitchInput::Release(preimage(1))).unwrap_err();
    assert_eq!(again.name(), "NotHeld");
}

#[test]
fn a_held_payment_is_declined() {
    let mut world = held();
    world.apply(BETA, SwitchInput::Decline(hash(1))).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "Declined");
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED);
    assert_eq!(world.nodes[BETA].switch.expected(&hash(1)), None);
}

#[test]
fn a_held_payment_that_nobody_releases_is_given_back_before_it_could_be_lost() {
    let mut world = held();
    // The lock lasts 40 seconds, its last 10 are for a reveal.
    world.wait(30);
    world.run();
    assert_eq!(world.end(ALPHA, 1), None);
    world.wait(1);
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "Declined");
    let state = &world.nodes[BETA].switch.expected(&hash(1)).unwrap().state;
    assert_eq!(*state, ExpectedState::Open);
    assert!(!world.nodes[BETA].switch.is_suspended(&id(HUB)));
}

#[test]
fn records_are_forgotten_when_they_are_long_over() {
    let mut world = held();
    world.apply(BETA, SwitchInput::Release(preimage(1))).unwrap();
    world.run();
    world.wait(600);
    assert!(world.nodes[BETA].switch.expected(&hash(1)).is_some());
    assert!(world.nodes[ALPHA].switch.payment(&hash(1)).is_some());
    world.wait(62);
    assert_eq!(world.nodes[BETA].switch.expected(&hash(1)), None);
    assert_eq!(world.nodes[ALPHA].switch.payment(&hash(1)), None);
}
