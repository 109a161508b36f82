//! Nodes that come back with the end of their log missing.

use farbank_channels::switch::{PaymentEnd, PaymentState};

use super::world::{euro, hash, preimage, World, ALPHA, BETA, FUNDED, HUB};

/// A payment that went through, and how long alpha's log was when the payment had just left.
fn paid() -> (World, usize) {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(ALPHA, HUB);
    let kept = world.nodes[ALPHA].log.len();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    (world, kept)
}

fn check_paid_once(world: &World) {
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 10_011);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
    assert_eq!(world.locks(), [(0, 0); 3]);
}

#[test]
fn a_payment_whose_end_the_payer_lost_is_never_made_again() {
    let (mut world, kept) = paid();
    world.forget(ALPHA, kept);
    world.run();
    let payment = world.nodes[ALPHA].switch.payment(&hash(1)).unwrap();
    assert_eq!(payment.state, PaymentState::Unknown);
    let again = world.pay(ALPHA, world.routed(1, 10_000)).unwrap_err();
    assert_eq!(again.name(), "AlreadyPaid");
    check_paid_once(&world);
}

#[test]
fn a_payment_that_the_payer_forgot_is_refused_by_the_payee() {
    let (mut world, kept) = paid();
    // Not even the command is left.
    world.forget(ALPHA, kept - 4);
    world.run();
    assert_eq!(world.nodes[ALPHA].switch.payment(&hash(1)), None);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.run();
    assert!(matches!(world.end(ALPHA, 1), Some(PaymentEnd::Failed(_))));
    check_paid_once(&world);
}

#[test]
fn a_hub_that_forgot_a_forward_loses_nothing() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    let kept = world.nodes[HUB].log.len();
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.run();
    check_paid_once(&world);
    world.forget(HUB, kept);
    world.run();
    check_paid_once(&world);
}

#[test]
fn a_hub_that_lost_all_after_the_forwarded_lock_loses_nothing() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    let kept = world.nodes[HUB].log.len();
    world.run();
    world.forget(HUB, kept);
    world.run();
    // What it still holds for waiting runs out.
    world.live(60);
    world.run();
    check_paid_once(&world);
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
}

#[test]
fn a_payee_that_forgot_that_it_was_paid_keeps_the_money() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    let kept = world.nodes[BETA].log.len();
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.run();
    world.forget(BETA, kept);
    world.run();
    check_paid_once(&world);
}
