//! Payments that are not made, each for the reason that it names.

use farbank_channels::channel::ChainEvent;
use farbank_channels::domain::Party;
use farbank_channels::payload::PaymentSecret;
use farbank_channels::switch::{
    Expected, PayCommand, PayRejection, PaymentEnd, PaymentFailure, PaymentRequest, Registry,
    Route, RouteHop, SwitchConfig, SwitchInput, SwitchRejection,
};

use super::world::{
    amount, asset, config, euro, expected, hash, id, preimage, rupee, terms, World, ALPHA, BETA,
    FUNDED, HUB,
};

/// Pays from alpha to beta and returns the name of what it fails with; nothing may have moved.
fn failed(mut world: World, command: PayCommand) -> (&'static str, Option<usize>) {
    world.pay(ALPHA, command).unwrap();
    world.run();
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED);
    assert_eq!(world.locks(), [(0, 0); 3]);
    let by = match world.end(ALPHA, 1) {
        Some(PaymentEnd::Failed(PaymentFailure::ByHop(signed))) => {
            assert!(signed.is_genuine());
            [HUB, BETA].into_iter().find(|node| id(*node) == signed.node)
        }
        _ => None,
    };
    (world.failure(ALPHA, 1), by)
}

fn waiting(change: impl FnOnce(Expected) -> Expected) -> World {
    let mut world = World::new();
    let expected = change(expected(1, euro(), 1_000, world.now));
    world.apply(BETA, SwitchInput::Expect(expected)).unwrap();
    world
}

fn hops(command: &PayCommand, change: impl Fn(usize, RouteHop) -> RouteHop) -> PayCommand {
    let hops = command.routes[0].hops().iter().enumerate();
    let hops = hops.map(|(position, hop)| change(position, *hop)).collect();
    PayCommand { routes: vec![Route::from_hops(hops)], ..command.clone() }
}

#[test]
fn an_unknown_invoice_is_refused_by_the_payee() {
    let world = World::new();
    let command = world.routed(1, 1_000);
    assert_eq!(failed(world, command), ("UnknownInvoice", Some(BETA)));
}

#[test]
fn who_does_not_know_the_secret_learns_nothing() {
    let world = waiting(|expected| expected);
    let mut command = world.routed(1, 1_000);
    command.request.secret = PaymentSecret::new([9; 32]);
    assert_eq!(failed(world, command), ("UnknownInvoice", Some(BETA)));
}

#[test]
fn an_expired_invoice_is_refused_by_the_payee() {
    let mut world = waiting(|expected| Expected { expires_at: expected.expires_at, ..expected });
    world.wait(61);
    let command = world.routed(1, 1_000);
    assert_eq!(failed(world, command), ("InvoiceExpired", Some(BETA)));
}

#[test]
fn an_invoice_in_another_asset_is_refused_by_the_payee() {
    let world = waiting(|expected| Expected { asset: rupee(), ..expected });
    let command = world.routed(1, 1_000);
    assert_eq!(failed(world, command), ("OtherAsset", Some(BETA)));
}

#[test]
fn an_invoice_for_another_amount_is_refused_by_the_payee() {
    let world = waiting(|expected| Expected { amount: Some(amount(1_001)), ..expected });
    let command = world.routed(1, 1_000);
    assert_eq!(failed(world, command), ("OtherAmount", Some(BETA)));
}

#[test]
fn a_lock_that_is_too_short_for_the_invoice_is_refused_by_the_payee() {
    let world = waiting(|expected| Expected { min_lock_secs: 41, ..expected });
    let command = world.routed(1, 1_000);
    assert_eq!(failed(world, command), ("ExpiryTooSoon", Some(BETA)));
}

#[test]
fn a_paid_invoice_is_refused_by_payer_and_payee() {
    let mut world = waiting(|expected| expected);
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    world.run();
    let again = world.pay(ALPHA, world.routed(1, 1_000));
    assert_eq!(again, Err(SwitchRejection::Pay(PayRejection::AlreadyPaid)));
    // Somebody else, who knows the invoice, pays it once more.
    world.pay(HUB, world.direct(1, BETA, 1_000)).unwrap();
    world.run();
    assert_eq!(world.failure(HUB, 1), "InvoicePaid");
}

#[test]
fn a_payment_is_not_made_twice_at_once() {
    let mut world = waiting(|expected| expected);
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    let again = world.pay(ALPHA, world.routed(1, 1_000));
    assert_eq!(again.unwrap_err().name(), "InFlight");
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 1_000);
}

#[test]
fn a_payment_to_oneself_is_refused() {
    let mut world = waiting(|expected| expected);
    for command in [world.direct(2, ALPHA, 1_000), {
        let command = world.routed(2, 1_000);
        PayCommand { request: PaymentRequest { payee: id(ALPHA), ..command.request }, ..command }
    }] {
        let refused = world.pay(ALPHA, command);
        assert_eq!(refused, Err(SwitchRejection::Pay(PayRejection::ToSelf)));
    }
    let own = world.direct(1, HUB, 1_000);
    assert_eq!(world.pay(BETA, own).unwrap_err().name(), "ToSelf");
}

#[test]
fn a_payment_after_its_invoice_expired_is_not_tried() {
    let mut world = World::new();
    let command = world.routed(1, 1_000);
    world.wait(61);
    assert_eq!(world.pay(ALPHA, command).unwrap_err().name(), "InvoiceExpired");
}

#[test]
fn a_route_that_leads_elsewhere_or_costs_too_much_is_not_tried() {
    let mut world = World::new();
    let good = world.routed(1, 1_000);
    let wrong = [
        PayCommand { routes: Vec::new(), ..good.clone() },
        PayCommand { routes: vec![Route::from_hops(Vec::new())], ..good.clone() },
        hops(&good, |at, hop| RouteHop { asset: if at == 1 { rupee() } else { hop.asset }, ..hop }),
        hops(&good, |_, hop| RouteHop { amount: amount(999), ..hop }),
        hops(&good, |at, hop| RouteHop { node: if at == 1 { id(HUB) } else { hop.node }, ..hop }),
    ];
    for command in wrong {
        assert_eq!(world.pay(ALPHA, command).unwrap_err().name(), "WrongRoute");
    }
    let mut dear = good;
    dear.request.max_amount_in = amount(1_001);
    assert_eq!(world.pay(ALPHA, dear).unwrap_err().name(), "TooExpensive");
    let nothing = world.routed(1, 0);
    assert_eq!(world.pay(ALPHA, nothing).unwrap_err().name(), "ZeroAmount");
}

#[test]
fn a_payment_above_capacity_or_limits_is_not_sent() {
    let world = World::new();
    // A quarter of what both put into the channel.
    let command = world.direct(1, HUB, FUNDED / 2 + 1);
    assert_eq!(failed(world, command), ("TooMuchValue", None));
    let mut world = World::new();
    let all = SwitchConfig { max_value_percent: 100, ..config() };
    world.apply(ALPHA, SwitchInput::Configure(Box::new(all))).unwrap();
    let command = world.direct(1, HUB, FUNDED + 1);
    assert_eq!(failed(world, command), ("NoCapacity", None));
    let world = World::new();
    let command = world.direct(1, HUB, 9);
    assert_eq!(failed(world, command), ("AmountTooSmall", None));
}

#[test]
fn more_locks_than_one_peer_may_have_are_not_sent() {
    let mut world = World::new();
    let few = SwitchConfig { max_locks_per_peer: 2, ..config() };
    world.apply(ALPHA, SwitchInput::Configure(Box::new(few))).unwrap();
    for seed in 1..=3 {
        world.expect(HUB, seed, euro(), 100);
        world.pay(ALPHA, world.direct(seed, HUB, 100)).unwrap();
    }
    assert_eq!(world.failure(ALPHA, 3), "TooManyLocks");
    world.run();
    assert_eq!(world.end(ALPHA, 2), Some(PaymentEnd::Paid(preimage(2))));
}

#[test]
fn the_hub_refuses_what_it_cannot_or_will_not_forward() {
    let good = |world: &World| world.routed(1, 1_000);
    let world = waiting(|expected| expected);
    let command = hops(&good(&world), |at, hop| RouteHop {
        amount: if at == 0 { amount(1_001) } else { hop.amount },
        ..hop
    });
    assert_eq!(failed(world, command), ("FeeTooLow", Some(HUB)));

    let world = waiting(|expected| expected);
    let sooner = world.now.saturating_add_secs(49);
    let command = hops(&good(&world), |at, hop| RouteHop {
        expiry: if at == 0 { sooner } else { hop.expiry },
        ..hop
    });
    assert_eq!(failed(world, command), ("ExpiryTooSoon", Some(HUB)));

    let mut world = waiting(|expected| expected);
    world.link_down(HUB, BETA);
    let command = good(&world);
    assert_eq!(failed(world, command), ("NextOffline", Some(HUB)));

    let mut world = waiting(|expected| expected);
    let none = SwitchConfig { max_incoming_locks: 0, ..config() };
    world.apply(HUB, SwitchInput::Configure(Box::new(none))).unwrap();
    let command = good(&world);
    assert_eq!(failed(world, command), ("TooManyIncoming", Some(HUB)));
}

#[test]
fn a_route_over_a_node_or_asset_that_the_hub_does_not_know_is_refused() {
    let world = waiting(|expected| expected);
    let stranger = super::world::key(7);
    let command = world.routed(1, 1_000);
    let stranger = farbank_channels::signature::ChannelSigner::node_id(&stranger);
    let mut command = hops(&command, |at, hop| RouteHop {
        node: if at == 1 { stranger } else { hop.node },
        ..hop
    });
    command.request.payee = stranger;
    assert_eq!(failed(world, command), ("UnknownNext", Some(HUB)));

    let world = World::new();
    let mut command = world.routed(1, 1_000);
    let foreign = asset(0x99);
    command = hops(&command, |at, hop| RouteHop {
        asset: if at == 1 { foreign } else { hop.asset },
        ..hop
    });
    command.request.asset = foreign;
    assert_eq!(failed(world, command), ("QuoteMissing", Some(HUB)));
}

#[test]
fn nothing_is_sent_or_taken_on_an_old_head() {
    let mut world = waiting(|expected| expected);
    world.now = world.now.saturating_add_secs(31);
    let command = world.routed(1, 1_000);
    assert_eq!(failed(world, command), ("StaleHead", None));
}

#[test]
fn messages_and_events_that_are_not_the_nodes_are_refused() {
    let mut world = World::new();
    let foreign = terms(HUB, BETA, rupee());
    let refused = world.apply(ALPHA, SwitchInput::Open { terms: foreign, peer: id(HUB) });
    assert!(refused.is_err());
    let known = terms(ALPHA, HUB, euro());
    let refused = world.apply(ALPHA, SwitchInput::Open { terms: known, peer: id(HUB) });
    assert_eq!(refused.unwrap_err().name(), "ChannelExists");
    assert_eq!(
        world.apply(ALPHA, SwitchInput::LinkUp(id(BETA))).unwrap_err().name(),
        "UnknownPeer"
    );
    let funded = ChainEvent::Funded { of: Party::A, total: amount(1) };
    let unknown = SwitchInput::Channel { id: foreign.id(), event: funded };
    assert_eq!(world.apply(ALPHA, unknown).unwrap_err().name(), "UnknownChannel");
    let misplaced = SwitchInput::Registry { registry: Registry::from(euro()), event: funded };
    assert_eq!(world.apply(ALPHA, misplaced).unwrap_err().name(), "MisplacedEvent");

    world.pay(ALPHA, world.direct(9, HUB, 100)).unwrap();
    world.until_sent(ALPHA, HUB);
    let message = world.wires[&(ALPHA, HUB)][0].clone();
    let stolen = SwitchInput::Received { peer: id(BETA), message };
    assert_eq!(world.apply(HUB, stolen).unwrap_err().name(), "WrongPeer");
    let tick = world.nodes[ALPHA].switch.clone().apply(
        &SwitchInput::Tick,
        world.now,
        &super::world::key(BETA),
    );
    assert_eq!(tick, Err(SwitchRejection::WrongSigner));
}

#[test]
fn invoices_are_made_once_and_released_by_their_preimage() {
    let mut world = waiting(|expected| expected);
    let again = expected(1, euro(), 5, world.now);
    let refused = world.apply(BETA, SwitchInput::Expect(again.clone())).unwrap_err();
    assert_eq!(refused, SwitchRejection::InvoiceExists { payment_hash: hash(1) });
    let wrong = Expected { payment_hash: hash(2), ..again };
    let refused = world.apply(BETA, SwitchInput::Expect(wrong)).unwrap_err();
    assert_eq!(refused, SwitchRejection::WrongPreimage { payment_hash: hash(2) });
    let refused = world.apply(BETA, SwitchInput::Release(preimage(3))).unwrap_err();
    assert_eq!(refused, SwitchRejection::UnknownInvoice { payment_hash: hash(3) });
    let refused = world.apply(BETA, SwitchInput::Release(preimage(1))).unwrap_err();
    assert_eq!(refused, SwitchRejection::NotHeld { payment_hash: hash(1) });
}
