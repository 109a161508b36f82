//! An attester's own view: what it waits for, and what it does not believe.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::Arc;

use bitcoin::Amount;
use farbank_federation::bridge_state::StateRejection;
use farbank_federation::messages::{Proposal, Refusal};
use farbank_federation::signing::SessionId;
use farbank_relayer::attester::{BitcoinViewError, SideViewError, StateError};
use farbank_relayer_core::ports::Attesters as _;
use farbank_types::{Deployment, B256};

use crate::chains::{look, World};
use crate::federation::index;

async fn ask(world: &World, ids: &[u64]) -> Result<(), Refusal> {
    let (request, _) = world.request(world.custody(), ids);
    let key = world.custody().key;
    let proposal = Proposal { session: SessionId::new([1; 32]), key, request };
    let answer = world.client(&world.relayer).propose(index(1), proposal).await;
    answer.unwrap().map(|_| ())
}

fn changed(world: &mut World, change: impl FnOnce(&mut Deployment)) {
    let mut deployment = Deployment::clone(&world.deployment);
    change(&mut deployment);
    world.deployment = Arc::new(deployment);
}

#[tokio::test]
async fn attester_that_has_seen_nothing_signs_nothing() {
    let mut world = World::new();
    let attester = Arc::new(world.open(0, &world.state_dir(0)).await);
    world.serve(0, Arc::clone(&attester)).await;
    assert_eq!(ask(&world, &[1]).await, Err(Refusal::Unavailable));
    while attester.look_at_side_chain().await.unwrap() {}
    assert_eq!(ask(&world, &[1]).await, Err(Refusal::Unavailable));
    look(&attester).await;
    assert_eq!(ask(&world, &[1]).await, Ok(()));
}

#[tokio::test]
async fn custody_output_that_no_block_holds_is_named_and_waited_for() {
    let mut world = World::new();
    changed(&mut world, |deployment| deployment.custody.outpoint.vout = 5);
    let attester = world.open(0, &world.state_dir(0)).await;
    let missing = attester.look_at_bitcoin().await;
    assert!(matches!(missing, Err(BitcoinViewError::SeedMismatch)), "{missing:?}");

    let mut world = World::new();
    changed(&mut world, |deployment| deployment.custody.outpoint.txid = pays_nothing());
    let attester = world.open(0, &world.state_dir(0)).await;
    let missing = attester.look_at_bitcoin().await;
    assert!(matches!(missing, Err(BitcoinViewError::SeedMissing { .. })), "{missing:?}");
    assert!(!missing.unwrap_err().is_fatal());
}

fn pays_nothing() -> bitcoin::Txid {
    bitcoin::hashes::Hash::from_byte_array([9; 32])
}

#[tokio::test]
async fn custody_output_of_another_value_is_named() {
    let mut world = World::new();
    changed(&mut world, |deployment| deployment.custody.value = Amount::from_sat(1));
    let attester = world.open(0, &world.state_dir(0)).await;
    let wrong = attester.look_at_bitcoin().await;
    assert!(matches!(wrong, Err(BitcoinViewError::SeedMismatch)), "{wrong:?}");
}

#[tokio::test]
async fn other_code_at_the_bridges_address_is_named() {
    let world = World::new();
    *world.side_chain.code_hash.lock().unwrap() = B256::repeat_byte(1);
    world.seal(world.custody(), &[1]);
    let attester = world.open(0, &world.state_dir(0)).await;
    let wrong = attester.look_at_side_chain().await;
    assert!(
        matches!(
            wrong,
            Err(SideViewError::Bridge(StateError::State(StateRejection::WrongCode { .. })))
        ),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn node_of_another_chain_is_named() {
    let world = World::new();
    let pinned = B256::repeat_byte(0x77);
    let attester = world.open_with_genesis(0, pinned).await;
    let wrong = attester.look_at_side_chain().await;
    assert!(
        matches!(wrong, Err(SideViewError::WrongGenesis { expected, .. }) if expected == pinned),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn lying_node_gets_nothing_signed() {
    let mut world = World::new();
    world.start(0).await;
    // A state in which redemption 10 is owed, which the final header does not hold.
    *world.side_chain.lies.lock().unwrap() = Some(BTreeMap::new());
    assert_eq!(ask(&world, &[1]).await, Err(Refusal::Unavailable));
    *world.side_chain.lies.lock().unwrap() = None;
    assert_eq!(ask(&world, &[1]).await, Ok(()));
    world.side_chain.away.store(true, Ordering::SeqCst);
    assert_eq!(ask(&world, &[1]).await, Err(Refusal::Unavailable));
}

#[tokio::test]
async fn view_that_has_grown_old_signs_nothing() {
    let mut world = World::new();
    world.start(0).await;
    world.clock.0.fetch_add(11 * 60, Ordering::SeqCst);
    assert_eq!(ask(&world, &[1]).await.unwrap_err().name(), "StaleSideChain");
    world.seal(world.custody(), &(1..=9).collect::<Vec<_>>());
    world.look().await;
    assert_eq!(ask(&world, &[1]).await, Ok(()));
}
