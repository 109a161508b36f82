//! Euros in, rupees out: at a live quote, once, and not otherwise.

use farbank_channels::payload::QuoteId;
use farbank_channels::quote::{Quote, SignedQuote};
use farbank_channels::switch::{
    Charge, HopFailure, PayCommand, PaymentEnd, PaymentFailure, Route, RouteHop, SwitchInput, Via,
};
use farbank_types::B256;

use super::world::{
    amount, euro, hash, id, preimage, rupee, World, ALPHA, BETA, DELTA, FUNDED, HUB,
};

const EUROS: u128 = 1_000;
const RUPEES: u128 = 90_000;

fn quote(world: &World, seed: u8) -> Quote {
    Quote {
        id: QuoteId::new(B256::repeat_byte(seed)),
        payment_hash: hash(seed),
        source: euro(),
        target: rupee(),
        amount_in: amount(EUROS),
        amount_out: amount(RUPEES),
        premium: amount(1),
        expires_at: world.now.saturating_add_secs(20),
        max_expiry_out: world.now.saturating_add_secs(60),
    }
}

/// The hub makes a quote and signs it.
fn offered(world: &mut World, quote: Quote) -> SignedQuote {
    world.apply(HUB, SwitchInput::Offer(quote)).unwrap();
    quote.sign(&world.nodes[HUB].key)
}

fn under(world: &World, seed: u8, signed: SignedQuote) -> PayCommand {
    let charge = Charge::Quote(Box::new(signed));
    let via = Via { node: id(HUB), charge, delta_secs: DELTA };
    world.command(seed, BETA, rupee(), RUPEES, &[via])
}

/// The same payment, with the hub's part of the route altered.
fn altered(command: &PayCommand, alter: impl Fn(&mut RouteHop)) -> PayCommand {
    let mut hops = command.routes[0].hops().to_vec();
    alter(&mut hops[0]);
    PayCommand { routes: vec![Route::from_hops(hops)], ..command.clone() }
}

/// A payment under a quote, before it is sent.
fn ready() -> (World, PayCommand) {
    let mut world = World::new();
    world.expect(BETA, 1, rupee(), RUPEES);
    let quote = quote(&world, 1);
    let signed = offered(&mut world, quote);
    let command = under(&world, 1, signed);
    (world, command)
}

fn refused(mut world: World, command: PayCommand) -> &'static str {
    world.pay(ALPHA, command).unwrap();
    world.run();
    for asset in [euro(), rupee()] {
        assert_eq!(world.balance(BETA, HUB, asset), FUNDED);
    }
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED);
    let Some(PaymentEnd::Failed(PaymentFailure::ByHop(signed))) = world.end(ALPHA, 1) else {
        panic!("not failed by a hop");
    };
    assert_eq!(signed.node, id(HUB));
    assert!(signed.is_genuine());
    signed.failure.name()
}

#[test]
fn euros_become_rupees_under_a_live_quote() {
    let (mut world, command) = ready();
    world.pay(ALPHA, command).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - EUROS);
    assert_eq!(world.balance(BETA, HUB, rupee()), FUNDED + RUPEES);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED);
}

#[test]
fn an_exchange_without_a_quote_is_refused() {
    let (world, command) = ready();
    let command = altered(&command, |hop| hop.quote = None);
    assert_eq!(refused(world, command), "QuoteMissing");
}

#[test]
fn a_quote_that_the_hub_never_made_is_refused() {
    let (world, command) = ready();
    let unknown = QuoteId::new(B256::repeat_byte(9));
    let command = altered(&command, |hop| hop.quote = Some(unknown));
    assert_eq!(refused(world, command), "QuoteUnknown");
}

#[test]
fn an_expired_quote_is_refused() {
    let (mut world, command) = ready();
    world.wait(21);
    let late = |hop: &RouteHop| RouteHop { expiry: hop.expiry.saturating_add_secs(15), ..*hop };
    let hops = command.routes[0].hops().iter().map(late).collect();
    let command = PayCommand { routes: vec![Route::from_hops(hops)], ..command };
    assert_eq!(refused(world, command), "QuoteExpired");
}

#[test]
fn less_than_the_quote_takes_is_refused() {
    let (world, command) = ready();
    let command = altered(&command, |hop| hop.amount = amount(EUROS - 1));
    assert_eq!(refused(world, command), "QuoteAltered");
}

#[test]
fn a_quote_of_another_payment_is_refused() {
    let (mut world, command) = ready();
    let other = Quote { payment_hash: hash(7), ..quote(&world, 7) };
    offered(&mut world, other);
    let command = altered(&command, |hop| hop.quote = Some(other.id));
    assert_eq!(refused(world, command), "QuoteAltered");
}

#[test]
fn a_lock_that_hangs_longer_than_the_quote_allows_is_refused() {
    let (mut world, _) = ready();
    let short = Quote { max_expiry_out: world.now.saturating_add_secs(39), ..quote(&world, 1) };
    let short = Quote { id: QuoteId::new(B256::repeat_byte(8)), ..short };
    offered(&mut world, short);
    let (_, command) = ready();
    let command = altered(&command, |hop| hop.quote = Some(short.id));
    assert_eq!(refused(world, command), "QuoteAltered");
}

#[test]
fn a_quote_serves_one_payment_only() {
    let (mut world, command) = ready();
    // The payee declines, so the payer may try again; the quote is used up all the same.
    world.apply(BETA, SwitchInput::Decline(hash(1))).unwrap();
    world.pay(ALPHA, command.clone()).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "UnknownInvoice");
    world.nodes[ALPHA].said.clear();
    world.expect(BETA, 1, rupee(), RUPEES);
    let command = PayCommand { entropy: [77; 32], ..command };
    assert_eq!(refused(world, command), "QuoteUsed");
}

#[test]
fn a_quote_outlives_a_restart_of_the_hub() {
    let (mut world, command) = ready();
    world.restart(HUB);
    world.run();
    world.pay(ALPHA, command).unwrap();
    world.until_sent(HUB, BETA);
    world.restart(HUB);
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(BETA, HUB, rupee()), FUNDED + RUPEES);
}

#[test]
fn a_quote_does_not_stand_for_the_fee_in_one_asset() {
    let (mut world, _) = ready();
    world.expect(BETA, 2, euro(), EUROS);
    // The hub's own fee is asked for, whatever quote is named.
    let mut command = world.routed(2, EUROS);
    command = altered(&command, |hop| {
        hop.amount = amount(EUROS);
        hop.quote = Some(QuoteId::new(B256::repeat_byte(1)));
    });
    world.pay(ALPHA, command).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 2), HopFailure::FeeTooLow.name());
}
