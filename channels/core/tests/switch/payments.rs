//! Payments that go through.

use farbank_channels::invoice::{Currency, Invoice, InvoiceTerms};
use farbank_channels::payload::{AssetKey, PaymentSecret};
use farbank_channels::switch::{
    ExpectedState, PaymentEnd, PaymentRequest, SwitchInput, SwitchOutput, SwitchRejection,
};

use super::world::{amount, asset, euro, hash, preimage, terms, World, ALPHA, BETA, FUNDED, HUB};

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

#[test]
fn what_is_too_little_for_a_lock_is_paid_without_one_and_no_more() {
    let mut world = World::new();
    let channel = terms(ALPHA, HUB, euro()).id();
    let push = |value| SwitchInput::Push { channel, amount: amount(value), memo: b"tea".to_vec() };
    let refused = world.apply(ALPHA, push(10)).unwrap_err();
    let limit = amount(10);
    assert_eq!(refused, SwitchRejection::PushTooLarge { amount: limit, limit });
    world.apply(ALPHA, push(9)).unwrap();
    world.run();
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 9);
}

#[test]
fn an_invoice_is_paid_from_its_text_alone() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    let text = Invoice::sign(&invoice(&world, euro()), &world.nodes[BETA].key).unwrap().to_string();

    let read: Invoice = text.parse().unwrap();
    let paid = world.nodes[ALPHA].switch.check_invoice(&read, None, world.now).unwrap();
    let mut command = world.routed(1, paid.get());
    command.request = PaymentRequest::from_invoice(&read, paid, amount(10_011));
    world.pay(ALPHA, command).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));

    let foreign = Invoice::sign(&invoice(&world, asset(9)), &world.nodes[BETA].key).unwrap();
    let refused = world.nodes[ALPHA].switch.check_invoice(&foreign, None, world.now);
    assert_eq!(refused.unwrap_err().name(), "ForeignAsset");
}

fn invoice(world: &World, asset: AssetKey) -> InvoiceTerms {
    InvoiceTerms {
        network: Currency::Regtest,
        asset,
        amount: Some(amount(10_000)),
        payment_hash: hash(1),
        secret: PaymentSecret::new([1; 32]),
        description: String::new(),
        created_at: world.now,
        lifetime_secs: 60,
        min_lock_secs: 15,
        quote: None,
    }
}
