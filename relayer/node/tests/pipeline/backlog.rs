use crate::world::World;

#[tokio::test]
async fn descriptor_far_behind_does_not_hold_up_the_others() {
    let world = World::new();
    let relayer = world.start().await;
    world.bitcoin.mine_empty(150, 0);
    relayer.look().await.unwrap();
    let (current, payment) = relayer.watch(1, 150).await;
    let (behind, _) = relayer.watch(2, 0).await;
    world.bitcoin.mine(0, &[payment]);
    assert!(relayer.look_once().await.unwrap(), "there is more to do");
    assert_eq!(relayer.stored(current).await, [("confirming", 151)]);
    let cursor = relayer.cursor(behind).await;
    assert!(cursor > 0 && cursor < 151, "a part of the backlog, not all: {cursor}");
    relayer.look().await.unwrap();
    assert_eq!(relayer.cursor(behind).await, 151);
    assert_eq!(relayer.stored(current).await, [("confirming", 151)]);
}

#[tokio::test]
async fn deposit_older_than_its_announcement_is_found() {
    let world = World::new();
    let relayer = world.start().await;
    let (_, payment) = relayer.watch(1, 0).await;
    drop(relayer);
    let world = World::new();
    world.bitcoin.mine(0, &[payment]);
    world.bitcoin.mine_empty(30, 0);
    let relayer = world.start().await;
    relayer.look().await.unwrap();
    let (id, _) = relayer.watch(1, 0).await;
    relayer.look().await.unwrap();
    assert_eq!(relayer.stored(id).await, [("confirming", 1)]);
}
