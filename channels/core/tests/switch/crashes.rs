//! Nodes that stop between two steps, and links that break: nothing is lost, nothing is paid twice.

use farbank_channels::switch::PaymentEnd;

use super::world::{euro, preimage, World, ALPHA, BETA, FUNDED, HUB};

#[test]
fn the_hub_stops_between_the_forwarded_lock_and_the_preimage() {
    let mut world = World::new();
    world.expect(BETA, 1, euro(), 10_000);
    world.pay(ALPHA, world.routed(1, 10_000)).unwrap();
    world.until_sent(HUB, BETA);
    world.deliver(HUB, BETA);
    world.kill(HUB);
    world.wait(5);
    assert_eq!(world.end(ALPHA, 1), None);
    world.restart(HUB);
    world.run();
    assert_eq!(world.end(ALPHA, 1), Some(PaymentEnd::Paid(preimage(1))));
    assert_eq!(world.balance(ALPHA, HUB, euro()), FUNDED - 10_011);
    assert_eq!(world.balance(BETA, HUB, euro()), FUNDED + 10_000);
}
