//! Payments that go through.

use farbank_channels::switch::{ExpectedState, PaymentEnd, SwitchOutput};

use super::world::{amount, euro, hash, preimage, World, ALPHA, BETA, FUNDED, HUB};

#[test]
fn a_direct_payment_is_paid_without_an_onion() {
    let mut world = World::new();
    world.expect(HUB, 1, euro(), 500);
    world.pay(ALPHA, world.direct(1, HUB, 500)).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 500);
    let record = world.nodes[HUB].switch.expected(&hash(1)).unwrap();
    let received = ExpectedState::Received { amount: amount(500), at: world.now };
    assert_eq!(record.state, received);
    assert_eq!(world.locks(), [(0, 0); 3]);
}

#[test]
fn a_routed_payment_is_paid_and_the_hub_gets_its_fee() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    // 1 and 0.1 % of 10,000.
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 10_011);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
    assert_eq!(world.locks(), [(0, 0); 3]);
    let paid = SwitchOutput::ForwardPaid {
        payment_hash: hash(1),
        taken: (euro(), amount(10_011)),
        given: (euro(), amount(10_000)),
    };
    assert!(world.nodes[HUB].said.contains(&paid));
}

#[test]
fn many_payments_at_once_are_each_paid_once() {
    let mut world = World::new();
    for seed in 1..=40 {
        world.expect(BETA, seed, euro(), 100);
        world.pay(ALPHA, world.routed(seed, 100)).unwrap();
    }
    world.run();
    for seed in 1..=40 {
        assert_eq!(world.end(ALPHA, seed), Some(PaymentEnd::Paid(preimage(seed))));
    }
    // A fee of 2 each: 1, and 0.1 % rounded up.
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 40 * 102);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 40 * 100);
}
