//! Several routes, and onions that come again.

use farbank_channels::payload::Uetr;
use farbank_channels::switch::{
    Charge, PayCommand, PaymentEnd, PlanRejection, Route, RouteHop, SwitchOutput, Via,
};
use farbank_types::B256;

use super::world::{amount, euro, hash, id, preimage, World, ALPHA, BETA, DELTA, FUNDED, HUB};

fn attempts(world: &World) -> Vec<u32> {
    let said = world.nodes[ALPHA].said.iter();
    said.filter_map(|said| match said {
        SwitchOutput::PaymentSent { attempt, .. } => Some(*attempt),
        _ => None,
    })
    .collect()
}

/// The route with less for the hub than it takes, then the good one.
fn two_routes(world: &World) -> PayCommand {
    let good = world.routed(1, 1_000);
    let mut hops = good.routes[0].hops().to_vec();
    hops[0] = RouteHop { amount: amount(1_000), ..hops[0] };
    let routes = vec![Route::from_hops(hops), good.routes[0].clone()];
    PayCommand { routes, ..good }
}

#[test]
fn the_next_route_is_tried_when_the_one_before_failed_for_good() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 1_000);
    world.pay(ALPHA, two_routes(&world)).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(attempts(&world), [1, 2]);
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 1_002);
}

#[test]
fn no_other_route_is_tried_when_the_payee_itself_refuses() {
    let mut world = World::new();
    let mut command = two_routes(&world);
    command.routes.reverse();
    world.pay(ALPHA, command).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "UnknownInvoice");
    assert_eq!(attempts(&world), [1]);
}

#[test]
fn no_other_route_is_tried_while_the_lock_of_one_is_out() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 1_000);
    let mut command = two_routes(&world);
    command.routes.reverse();
    world.pay(ALPHA, command).unwrap();
    world.until_sent(HUB, BETA);
    world.link_down(HUB, BETA);
    world.wait(30);
    assert_eq!(attempts(&world), [1]);
    assert_eq!(world.end(ALPHA, 1), None);
}

#[test]
fn a_failed_payment_may_be_made_again() {
    let mut world = World::new();
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "UnknownInvoice");
    world.nodes[ALPHA].said.clear();
    world.expect(BETA, 1, euro(), 1_000);
    let again = PayCommand { entropy: [99; 32], ..world.routed(1, 1_000) };
    world.pay(ALPHA, again).unwrap();
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
}

#[test]
fn an_onion_that_was_here_before_is_refused() {
    let mut world = World::new();
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    world.run();
    world.nodes[ALPHA].said.clear();
    world.expect(BETA, 1, euro(), 1_000);
    // The same entropy gives the same onion.
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "Replayed");
    world.nodes[ALPHA].said.clear();
    world.restart(HUB);
    world.run();
    world.pay(ALPHA, world.routed(1, 1_000)).unwrap();
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "Replayed");
}

#[test]
fn the_payee_learns_the_transfer_that_a_payment_belongs_to() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 1_000);
    let uetr: Uetr = "eb6305c9-1f7f-49de-aed0-16487c27b42d".parse().unwrap();
    let meta = B256::repeat_byte(0x3e);
    let mut command = world.routed(1, 1_000);
    command.request.uetr = Some(uetr);
    command.request.meta_hash = Some(meta);
    world.pay(ALPHA, command).unwrap();
    world.run();
    let claimed = world.nodes[BETA].said.iter().find_map(|said| match said {
        SwitchOutput::PaymentClaimed { payment_hash, payload, .. } if *payment_hash == hash(1) => {
            Some((payload.uetr, payload.meta_hash))
        }
        _ => None,
    });
    assert_eq!(claimed, Some((Some(uetr), Some(meta))));
}

#[test]
fn a_route_is_planned_backwards_and_never_over_one_node_twice() {
    let world = World::new();
    let fee = |node| Via {
        node: id(node),
        charge: Charge::Fee { base: amount(5), ppm: 1 },
        delta_secs: DELTA,
    };
    let destination = world.destination(1, BETA, euro(), 1_000_000);
    let route = Route::plan(&destination, &[fee(ALPHA), fee(HUB)], world.now).unwrap();
    let seen: Vec<_> = route.hops().iter().map(|hop| (hop.node, hop.amount.get())).collect();
    // 1 part in a million of 1,000,006 is 2 when it is rounded up.
    assert_eq!(seen, [(id(ALPHA), 1_000_013), (id(HUB), 1_000_006), (id(BETA), 1_000_000)]);
    let expiries: Vec<_> = route.hops().iter().map(|hop| hop.expiry).collect();
    let last = destination.expiry;
    let expected = [last.saturating_add_secs(20), last.saturating_add_secs(10), last];
    assert_eq!(expiries, expected);

    let twice = Route::plan(&destination, &[fee(HUB), fee(HUB)], world.now);
    assert_eq!(twice, Err(PlanRejection::Loop { node: id(HUB) }));
    let most = world.destination(1, BETA, euro(), u128::MAX);
    let over = Route::plan(&most, &[fee(HUB)], world.now);
    assert_eq!(over, Err(PlanRejection::TooMuch));
}
