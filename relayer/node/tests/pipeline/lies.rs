use farbank_relayer::pipeline::ObserveError;

use crate::world::World;

#[tokio::test]
async fn header_without_work_changes_nothing_and_is_no_end() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine_empty(3, 0);
    relayer.look().await.unwrap();
    world.bitcoin.mine(0, core::slice::from_ref(&payment));
    world.bitcoin.spoil_newest();
    let error = relayer.look().await.unwrap_err();
    assert!(matches!(error, ObserveError::Headers(_)), "{error}");
    assert!(!error.is_fatal());
    assert_eq!(relayer.cursor(id).await, 3);
    world.bitcoin.truncate(3);
    world.bitcoin.mine(1, &[payment]);
    relayer.look().await.unwrap();
    assert_eq!(relayer.stored(id).await, [("confirming", 4)]);
}

#[tokio::test]
async fn node_without_the_block_is_asked_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine(0, &[payment]);
    *world.bitcoin.without_blocks.lock().unwrap() = true;
    let error = relayer.look().await.unwrap_err();
    assert!(matches!(error, ObserveError::BlockMissing { .. }) && !error.is_fatal());
    assert_eq!(relayer.cursor(id).await, 0);
    *world.bitcoin.without_blocks.lock().unwrap() = false;
    relayer.look().await.unwrap();
    assert_eq!(relayer.stored(id).await, [("confirming", 1)]);
}

#[tokio::test]
async fn node_that_is_away_is_no_end() {
    let world = World::new();
    let relayer = world.start().await;
    *world.bitcoin.away.lock().unwrap() = true;
    let error = relayer.look().await.unwrap_err();
    assert!(matches!(error, ObserveError::Network(_)) && !error.is_fatal());
    *world.bitcoin.away.lock().unwrap() = false;
    relayer.look().await.unwrap();
}

#[tokio::test]
async fn chain_with_less_work_is_not_followed() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine_empty(2, 0);
    world.bitcoin.mine(0, &[payment]);
    world.bitcoin.mine_empty(3, 0);
    relayer.look().await.unwrap();
    world.bitcoin.truncate(2);
    world.bitcoin.mine_empty(2, 1);
    relayer.look().await.unwrap();
    assert_eq!(relayer.stored(id).await, [("confirming", 3)]);
}
