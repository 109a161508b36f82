//! Two contracts: a preimage that is revealed on one of them is carried across to the other.

use farbank_channels::channel::{ChainDuty, ChainEvent};
use farbank_channels::payload::QuoteId;
use farbank_channels::quote::Quote;
use farbank_channels::switch::{Charge, PayCommand, PaymentEnd, SwitchInput, Via};
use farbank_types::B256;

use super::world::{
    amount, dollar, euro, hash, id, preimage, terms, World, ALPHA, BETA, FUNDED, HUB,
};

/// 200 dollars to beta for 190 euros of alpha's.
fn exchanged(world: &mut World, delta_secs: u32) -> PayCommand {
    world.expect(BETA, 1, dollar(), 200);
    let quote = Quote {
        id: QuoteId::new(B256::repeat_byte(1)),
        payment_hash: hash(1),
        source: euro(),
        target: dollar(),
        amount_in: amount(190),
        amount_out: amount(200),
        premium: amount(1),
        expires_at: world.now.saturating_add_secs(20),
        max_expiry_out: world.now.saturating_add_secs(60),
    };
    world.apply(HUB, SwitchInput::Offer(quote)).unwrap();
    let signed = quote.sign(&world.nodes[HUB].key);
    let via = Via { node: id(HUB), charge: Charge::Quote(Box::new(signed)), delta_secs };
    world.command(1, BETA, dollar(), 200, &[via])
}

#[test]
fn the_time_between_two_registries_is_longer() {
    let mut world = World::new();
    let command = exchanged(&mut world, 59);
    world.pay(ALPHA, command).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "ExpiryTooSoon");
}

#[test]
fn a_preimage_revealed_on_the_one_is_claimed_with_on_the_other() {
    let mut world = World::new();
    let command = exchanged(&mut world, 60);
    world.pay(ALPHA, command).unwrap();
    world.until_sent(HUB, BETA);
    world.deliver(HUB, BETA);
    world.link_down(HUB, BETA);
    world.link_down(ALPHA, HUB);
    // Beta reveals on the dollar's contract; nobody does on the euro's.
    world.wait(31);
    let (at, secret) = (world.now, preimage(1));
    let revealed = ChainEvent::Revealed { hash: hash(1), preimage: secret, at };
    world.registry_of(dollar(), revealed);
    world.link_up(HUB, BETA);
    world.run();
    assert_eq!(world.balance(BETA, HUB, dollar()), FUNDED + 200);
    world.wait(58);
    assert_eq!(world.nodes[HUB].switch.duties(world.now), []);
    // Alpha does not answer: the hub claims on the euro's contract.
    world.wait(1);
    let by = at.saturating_add_secs(69);
    let reveal = ChainDuty::Reveal { preimage: secret, by };
    let channel = terms(ALPHA, HUB, euro()).id();
    assert_eq!(world.nodes[HUB].switch.duties(world.now), [(channel, reveal)]);
    world.registry_of(euro(), ChainEvent::Revealed { hash: hash(1), preimage: secret, at: by });
    world.link_up(ALPHA, HUB);
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(secret)));
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 190);
}
