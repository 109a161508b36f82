//! What survives a crash, and what a restored copy of an old state cannot do.

use core::time::Duration;
use std::path::Path;

use bitcoin::secp256k1::rand::rngs::OsRng;
use farbank_federation::custody::SigningRequest;
use farbank_federation::messages::{Proposal, Refusal};
use farbank_federation::signing::{SessionId, SigningSet};
use farbank_relayer::signing::{sign_custody, SignCustodyError};
use farbank_relayer_core::ports::Attesters as _;

use crate::chains::{custody_of, World};
use crate::federation::index;

const ROUND: Duration = Duration::from_secs(20);

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Asks every attester, and returns the names of their refusals, or `ok`.
async fn names_of(world: &World, request: &SigningRequest) -> Vec<String> {
    let key = world.custody().key;
    let client = world.client(&world.relayer);
    let mut names = Vec::new();
    for number in 1..=4 {
        let session = SessionId::random(&mut OsRng);
        let proposal = Proposal { session, key, request: request.clone() };
        let answer = client.propose(index(number), proposal).await.unwrap();
        names.push(answer.map_or_else(|refusal| refusal.name().to_owned(), |_| "ok".to_owned()));
    }
    names
}

#[tokio::test]
async fn restarted_attesters_go_on_where_they_were() {
    let mut world = World::running().await;
    world.kill(3).await;
    let (parent, spent) = world.request(world.custody(), &[1]);
    let client = world.client(&world.relayer);
    sign_custody(&client, &parent, &spent, ROUND).await.unwrap();
    for member in 0..3 {
        world.kill(member).await;
        world.start(member).await;
        assert_eq!(world.attester(member).signed_intents().await, 1);
    }
    let (child, spent) = world.request(custody_of(&parent, world.custody()), &[2]);
    sign_custody(&world.client(&world.relayer), &child, &spent, ROUND).await.unwrap();
}

#[tokio::test]
async fn restart_between_the_rounds_drops_the_round() {
    let mut world = World::running().await;
    let (request, _) = world.request(world.custody(), &[1]);
    let session = SessionId::new([7; 32]);
    let proposal = Proposal { session, key: world.custody().key, request };
    let client = world.client(&world.relayer);
    let mut set = SigningSet { session, signers: Default::default() };
    for number in 1..=3 {
        let answer = client.propose(index(number), proposal.clone()).await.unwrap();
        set.signers.insert(index(number), answer.unwrap());
    }
    world.kill(0).await;
    world.start(0).await;
    let refused = client.sign(index(1), set).await.unwrap();
    assert_eq!(refused.map(|_| ()).unwrap_err().name(), "UnknownSession");
    assert_eq!(world.attester(0).signed_intents().await, 0);
}

#[tokio::test]
async fn attesters_restored_from_old_copies_pay_nothing_twice() {
    let mut world = World::running().await;
    world.kill(3).await;
    // Copies from before anything was signed.
    let old = tempfile::tempdir().unwrap();
    for member in 0..3 {
        world.kill(member).await;
        copy(&world.state_dir(member), &old.path().join(member.to_string()));
        world.start(member).await;
    }
    let (paid, spent) = world.request(world.custody(), &[1]);
    sign_custody(&world.client(&world.relayer), &paid, &spent, ROUND).await.unwrap();
    for member in 0..3 {
        world.kill(member).await;
        std::fs::remove_dir_all(world.state_dir(member)).unwrap();
        copy(&old.path().join(member.to_string()), &world.state_dir(member));
        world.start(member).await;
    }
    world.start(3).await;
    let after = custody_of(&paid, world.custody());
    // Nobody knows the parent any more, so nothing that spends its custody is signed.
    for ids in [&[1][..], &[2]] {
        let (child, _) = world.request(after, ids);
        assert_eq!(names_of(&world, &child).await, ["UnknownParent"; 4]);
    }
    // What spends the proven custody conflicts with the payment; either confirms, never both.
    let (conflict, _) = world.request(world.custody(), &[1]);
    assert_eq!(conflict.transaction.input[0], paid.transaction.input[0]);
    assert_eq!(names_of(&world, &conflict).await, ["ok"; 4]);
    // Once the payment is proven, the redemption is owed no more.
    world.seal(after, &(2..=9).collect::<Vec<_>>());
    world.look().await;
    let (again, _) = world.request(after, &[1]);
    assert_eq!(names_of(&world, &again).await, ["RedemptionAlreadyPaid"; 4]);
    let (next, _) = world.request(after, &[2]);
    assert_eq!(names_of(&world, &next).await, ["ok"; 4]);
}

#[tokio::test]
async fn signed_transaction_is_found_in_its_block_and_missed_after_a_reorganisation() {
    let mut world = World::running().await;
    world.kill(3).await;
    let client = world.client(&world.relayer);
    let mut custody = world.custody();
    // A chain of children: at most one ancestor may be unconfirmed.
    for id in [1, 2] {
        let (request, spent) = world.request(custody, &[id]);
        let signed = sign_custody(&client, &request, &spent, ROUND).await.unwrap();
        custody = custody_of(&request, custody);
        if id == 1 {
            world.bitcoin.mine(0, &[signed]);
            world.look().await;
        }
    }
    let (third, spent) = world.request(custody, &[3]);
    sign_custody(&client, &third, &spent, ROUND).await.unwrap();
    world.bitcoin.truncate(12);
    (0..2).for_each(|_| world.bitcoin.mine(1, &[]));
    world.look().await;
    let (fourth, spent) = world.request(custody, &[4]);
    let refused = sign_custody(&client, &fourth, &spent, ROUND).await;
    let Err(SignCustodyError::NotSigned(reasons)) = refused else { panic!("{refused:?}") };
    let names: Vec<_> = reasons.refusals.values().map(Refusal::name).collect();
    assert!(names.contains(&"TooManyUnconfirmed"), "{names:?}");
}
