use crate::world::World;

#[tokio::test]
async fn deposit_is_found_confirmed_and_due_for_its_claim() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine_empty(4, 0);
    world.bitcoin.mine(0, &[payment]);
    relayer.look().await.unwrap();
    relayer.look_at_contract().await;
    assert_eq!(relayer.stored(id).await, [("confirming", 5)]);
    world.bitcoin.mine_empty(1, 0);
    relayer.look().await.unwrap();
    relayer.look_at_contract().await;
    assert_eq!(relayer.stored(id).await, [("claiming", 5)]);
    assert_eq!(relayer.duties().await, 1);
}

#[tokio::test]
async fn relayer_killed_between_observing_and_claiming_claims_after_its_restart() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine(0, &[payment]);
    world.bitcoin.mine_empty(1, 0);
    relayer.look().await.unwrap();
    drop(relayer);
    let relayer = world.start().await;
    assert_eq!(relayer.stored(id).await, [("confirming", 1)]);
    relayer.look().await.unwrap();
    relayer.look_at_contract().await;
    drop(relayer);
    let relayer = world.start().await;
    assert_eq!(relayer.stored(id).await, [("claiming", 1)]);
    assert_eq!(relayer.duties().await, 1);
}

#[tokio::test]
async fn reorganisation_while_the_process_is_dead_is_noticed() {
    for depth in [1, 5] {
        let world = World::new();
        let relayer = world.start().await;
        let (id, payment) = relayer.watch(1, 0).await;
        world.bitcoin.mine_empty(5, 0);
        world.bitcoin.mine(0, core::slice::from_ref(&payment));
        world.bitcoin.mine_empty(depth - 1, 0);
        relayer.look().await.unwrap();
        relayer.look_at_contract().await;
        drop(relayer);
        world.bitcoin.truncate(5);
        world.bitcoin.mine_empty(depth + 1, 1);
        let relayer = world.start().await;
        relayer.look().await.unwrap();
        assert_eq!(relayer.stored(id).await, [("disconnected", 6)], "depth {depth}");
        assert_eq!(relayer.duties().await, 0);
        world.bitcoin.mine(1, &[payment]);
        relayer.look().await.unwrap();
        let height = world.bitcoin.tip();
        assert_eq!(relayer.stored(id).await, [("confirming", height)]);
    }
}

#[tokio::test]
async fn mint_that_vanishes_is_due_for_its_claim_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine(0, &[payment]);
    world.bitcoin.mine_empty(1, 0);
    relayer.look().await.unwrap();
    relayer.look_at_contract().await;
    *world.contract.minted.lock().unwrap() = relayer.outpoints().await;
    relayer.look_at_contract().await;
    assert_eq!(relayer.stored(id).await, [("minted", 1)]);
    assert_eq!(relayer.duties().await, 0);
    world.contract.minted.lock().unwrap().clear();
    relayer.look_at_contract().await;
    assert_eq!(relayer.stored(id).await, [("claiming", 1)]);
    assert_eq!(relayer.duties().await, 1);
}

#[tokio::test]
async fn deposit_that_is_done_does_not_begin_anew_when_its_block_is_searched_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (id, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine_empty(1, 0);
    world.bitcoin.mine(0, &[payment]);
    relayer.look().await.unwrap();
    let outpoints = relayer.outpoints().await;
    *world.contract.minted.lock().unwrap() = outpoints.clone();
    *world.contract.final_minted.lock().unwrap() = outpoints;
    relayer.look_at_contract().await;
    assert_eq!(relayer.stored(id).await, [("done", 2)]);
    let (late, _) = relayer.watch(2, 0).await;
    relayer.look().await.unwrap();
    assert_eq!(relayer.cursor(late).await, 2);
    assert_eq!(relayer.stored(id).await, [("done", 2)]);
    assert!(relayer.outpoints().await.is_empty());
}
