//! Payments between nodes that nothing happens to.

use core::time::Duration;

use tokio::time::sleep;

use crate::world::{World, ALPHA, BETA, FUNDED, HUB};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn direct_payments_arrive_and_share_records() {
    let world = World::new().await;
    for seed in 0..200 {
        world.expect(HUB, seed, 5).await;
    }
    let before = world.handle(ALPHA).log().syncs();
    for seed in 0..200 {
        let pay = world.pay_command(HUB, seed, 5);
        world.handle(ALPHA).command(pay).await.unwrap().unwrap();
        if seed % 50 == 49 {
            // At most 64 locks wait with a peer.
            assert_eq!(world.ended(seed).await, Some(true));
        }
    }
    for seed in 0..200 {
        assert_eq!(world.ended(seed).await, Some(true), "{seed}");
    }
    world.quiet().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - 1_000);
    assert!(world.handle(ALPHA).log().syncs() - before < 2_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routed_payments_arrive_and_leave_their_fee_at_the_hub() {
    let world = World::new().await;
    for seed in 0..60 {
        world.expect(BETA, seed, 5).await;
        let pay = world.pay_command(BETA, seed, 5);
        world.handle(ALPHA).command(pay).await.unwrap().unwrap();
    }
    for seed in 0..60 {
        assert_eq!(world.ended(seed).await, Some(true), "{seed}");
    }
    world.quiet().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - 60 * 6);
    assert_eq!(world.balance(BETA, HUB).await, FUNDED + 60 * 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_to_a_peer_that_is_away_fails_and_later_ones_arrive() {
    let mut world = World::new().await;
    world.stop(BETA).await;
    while world.handle(HUB).is_linked(&crate::world::id(BETA)) {
        sleep(Duration::from_millis(10)).await;
    }
    let pay = world.pay_command(BETA, 1, 5);
    world.handle(ALPHA).command(pay).await.unwrap().unwrap();
    assert_eq!(world.ended(1).await, Some(false));
    world.start(BETA).await;
    world.settled().await;
    world.expect(BETA, 2, 5).await;
    let pay = world.pay_command(BETA, 2, 5);
    world.handle(ALPHA).command(pay).await.unwrap().unwrap();
    assert_eq!(world.ended(2).await, Some(true));
    world.quiet().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - 6);
}
