//! Sweeps: minted deposits go into custody, at the latest at their age.

use crate::world::World;

#[tokio::test]
async fn minted_deposit_is_swept_at_its_age_and_only_once() {
    let world = World::new();
    let relayer = world.start().await;
    let (_, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine(0, &[payment]);
    relayer.look_at_both().await;
    let outpoints = relayer.outpoints().await;
    *world.contract.minted.lock().unwrap() = outpoints.clone();
    *world.contract.final_minted.lock().unwrap() = outpoints.clone();
    relayer.look_at_both().await;
    world.bitcoin.mine_empty(18, 0);
    relayer.look_at_both().await;
    assert_eq!(relayer.custody().await, "idle");
    world.bitcoin.mine_empty(1, 0);
    drop(relayer);
    let relayer = world.start().await;
    relayer.look_at_both().await;
    assert_eq!(relayer.custody().await, "collecting");
    world.clock.pass(5);
    relayer.look_at_both().await;
    let proposal = relayer.proposal().await;
    let swept: Vec<_> =
        proposal.request.transaction.input[1..].iter().map(|input| input.previous_output).collect();
    assert_eq!(swept, outpoints);
    let transaction = relayer.sign().await;
    world.bitcoin.mine_transactions(0, vec![transaction.clone()]);
    let height = world.bitcoin.tip();
    world.bitcoin.mine_empty(5, 0);
    relayer.look_at_both().await;
    assert_eq!(relayer.custody().await, "proving");
    world.prove_final(&transaction, &[], height);
    relayer.look_at_both().await;
    assert_eq!(relayer.custody().await, "idle");
    // In a branch without the sweep the deposit waits for another one.
    world.bitcoin.truncate(height - 1);
    world.bitcoin.mine_empty(9, 1);
    relayer.look_at_both().await;
    let spent: Vec<_> = {
        let memory = relayer.ledger.memory().await;
        memory.treasury().minted().map(|minted| minted.spent_at).collect()
    };
    assert_eq!(spent, [None]);
}

#[tokio::test]
async fn deposit_swept_by_others_before_its_mint_is_final_is_not_swept_again() {
    let world = World::new();
    let relayer = world.start().await;
    let (_, payment) = relayer.watch(1, 0).await;
    world.bitcoin.mine(0, core::slice::from_ref(&payment));
    relayer.look_at_both().await;
    let outpoints = relayer.outpoints().await;
    *world.contract.minted.lock().unwrap() = outpoints.clone();
    *world.contract.final_minted.lock().unwrap() = outpoints;
    world.bitcoin.mine_empty(20, 0);
    relayer.look_at_both().await;
    relayer.look_at_both().await;
    world.clock.pass(5);
    relayer.look_at_both().await;
    let transaction = relayer.proposal().await.request.transaction;
    drop(relayer);

    let newcomer = world.start_anew().await;
    newcomer.watch(1, 0).await;
    world.contract.final_minted.lock().unwrap().clear();
    newcomer.look_at_both().await;
    world.bitcoin.mine_transactions(0, vec![transaction]);
    newcomer.look_at_both().await;
    *world.contract.final_minted.lock().unwrap() = newcomer.outpoints().await;
    newcomer.look_at_both().await;
    let memory = newcomer.ledger.memory().await;
    assert!(memory.treasury().minted().all(|minted| minted.spent_at.is_some()));
}
