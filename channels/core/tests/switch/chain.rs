//! What only the chain can decide: locks that nobody answers, preimages that only it was told.

use farbank_channels::channel::{ChainDuty, ChainEvent};
use farbank_channels::domain::Sides;
use farbank_channels::switch::{PaymentEnd, SwitchInput, SwitchOutput};

use super::world::{euro, hash, id, preimage, terms, World, ALPHA, BETA, FUNDED, HUB};

#[test]
fn a_lock_that_the_payee_never_answers_fails_only_when_a_final_block_is_later_than_its_expiry() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    world.link_down(HUB, BETA);
    // The lock between hub and beta lasts 40 seconds, the one before it 50.
    world.wait(40);
    world.run();
    assert_eq!(world.end(ALPHA, 1), None);
    world.wait(1);
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "NextExpired");
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED);
}

/// Until beta showed its preimage to the hub, which never hears it.
fn shown_but_not_heard() -> World {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    world.deliver(HUB, BETA);
    world.apply(BETA, SwitchInput::Tick).unwrap();
    world.link_down(HUB, BETA);
    world
}

fn reveals(world: &World, node: usize) -> Vec<ChainDuty> {
    let duties = world.nodes[node].switch.duties(world.now);
    let duties = duties.into_iter().map(|(_, duty)| duty);
    duties.filter(|duty| matches!(duty, ChainDuty::Reveal { .. })).collect()
}

#[test]
fn a_payee_that_is_not_heard_reveals_in_time_and_everybody_is_paid() {
    let mut world = shown_but_not_heard();
    let expiry = world.now.saturating_add_secs(40);
    world.wait(29);
    assert_eq!(reveals(&world, BETA), []);
    world.wait(1);
    let reveal = ChainDuty::Reveal { preimage: preimage(1), by: expiry };
    assert_eq!(reveals(&world, BETA), [reveal]);
    // The hub owes nothing off chain any more, and hears of it from the chain.
    let at = world.now;
    world.wait(3);
    world.registry(ChainEvent::Revealed { hash: hash(1), preimage: preimage(1), at });
    assert_eq!(reveals(&world, BETA), []);
    world.link_up(HUB, BETA);
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 10_011);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
}

#[test]
fn who_makes_a_node_reveal_gets_no_locks_until_it_is_trusted_again() {
    let mut world = shown_but_not_heard();
    world.wait(31);
    assert!(world.nodes[BETA].switch.is_suspended(&id(HUB)));
    let suspended = SwitchOutput::PeerSuspended(id(HUB));
    assert_eq!(world.nodes[BETA].said.iter().filter(|said| **said == suspended).count(), 1);
    world.link_up(HUB, BETA);
    world.run();
    world.expect(HUB, 2, euro(), 100);
    world.pay(BETA, world.direct(2, HUB, 100)).unwrap();
    assert_eq!(world.failure(BETA, 2), "PeerSuspended");
    world.expect(BETA, 3, euro(), 100);
    world.pay(HUB, world.direct(3, BETA, 100)).unwrap();
    world.run();
    assert_eq!(world.failure(HUB, 3), "PeerSuspended");

    world.apply(BETA, SwitchInput::Trust(id(HUB))).unwrap();
    world.expect(HUB, 4, euro(), 100);
    world.pay(BETA, world.direct(4, HUB, 100)).unwrap();
    world.run();
    assert_eq!(world.end(BETA, 4), Some(PaymentEnd::Paid(preimage(4))));
}

#[test]
fn a_preimage_in_the_last_r_is_not_paid_for_off_chain() {
    let mut world = shown_but_not_heard();
    // The lock before lasts 50 seconds: until its last 10 the hub pays off chain.
    world.wait(39);
    world.link_up(HUB, BETA);
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));

    let mut world = shown_but_not_heard();
    world.nodes[HUB].said.clear();
    world.wait(41);
    world.link_up(HUB, BETA);
    world.run();
    assert_eq!(world.failure(ALPHA, 1), "NextExpired");
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED);
}

#[test]
fn the_payer_that_is_not_heard_is_claimed_from_on_chain() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    world.link_down(ALPHA, HUB);
    world.run();
    // Beta is paid; the hub claims from alpha, who does not answer.
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
    world.wait(39);
    assert_eq!(reveals(&world, HUB), []);
    world.wait(1);
    assert_eq!(reveals(&world, HUB).len(), 1);
    let at = world.now;
    world.wait(2);
    world.registry(ChainEvent::Revealed { hash: hash(1), preimage: preimage(1), at });
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    world.link_up(ALPHA, HUB);
    world.run();
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 10_011);
    assert_eq!(world.locks(), [(0, 0); 3]);
}

#[test]
fn a_channel_that_closes_leaves_its_locks_to_the_chain() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    let id = terms(ALPHA, HUB, euro()).id();
    let event = ChainEvent::Closing { close_at: world.now.saturating_add_secs(120) };
    world.link_down(ALPHA, HUB);
    for node in [ALPHA, HUB] {
        world.apply(node, SwitchInput::Channel { id, event }).unwrap();
    }
    world.run();
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
    world.wait(40);
    assert_eq!(reveals(&world, HUB).len(), 1);
    let at = world.now;
    world.registry(ChainEvent::Revealed { hash: hash(1), preimage: preimage(1), at });
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    let event = ChainEvent::Closed { paid: Sides::default() };
    for node in [ALPHA, HUB] {
        world.apply(node, SwitchInput::Channel { id, event }).unwrap();
    }
    assert_eq!(world.locks(), [(0, 0); 3]);
}
