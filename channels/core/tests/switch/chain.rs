//! What only the chain can decide: locks that nobody answers, preimages that only it was told.

use super::world::{euro, World, ALPHA, BETA, FUNDED, HUB};

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
