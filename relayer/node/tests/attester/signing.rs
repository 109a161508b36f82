//! Sessions over the real transport: who signs, and who is replaced.

use core::time::Duration;
use std::sync::Mutex;

use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{AttesterStatus, Proposal, Refusal};
use farbank_federation::policy::{LineageRefusal, PolicyRefusal};
use farbank_federation::signing::{
    Commitments, SessionId, SignatureShares, SigningRefusal, SigningSet,
};
use farbank_relayer::adapters::attesters::{AttesterClient, AttesterClientError};
use farbank_relayer::signing::{sign_custody, SignCustodyError};
use farbank_relayer_core::ports::Attesters;

use crate::chains::{custody_of, Member, World};
use crate::federation::index;

const ROUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn attesters_sign_what_they_verified_and_remember_it() {
    let world = World::running().await;
    let client = world.client(&world.relayer);
    let (request, spent) = world.request(world.custody(), &[1, 2, 3]);
    let signed = sign_custody(&client, &request, &spent, ROUND).await.unwrap();
    assert_eq!(signed.compute_txid(), request.transaction.compute_txid());
    assert_eq!(signed.input[0].witness.len(), 1);
    let mut remembered = 0;
    for member in 0..4 {
        remembered += world.attester(member).signed_intents().await;
    }
    assert_eq!(remembered, 3, "those that gave a share, and nobody else");
}

#[tokio::test]
async fn replacement_of_a_signed_transaction_is_signed_as_well() {
    let world = World::running().await;
    let client = world.client(&world.relayer);
    for ids in [&[1, 2][..], &[1, 2, 3], &[4]] {
        let (request, spent) = world.request(world.custody(), ids);
        sign_custody(&client, &request, &spent, ROUND).await.unwrap();
    }
}

#[tokio::test]
async fn child_is_signed_by_those_who_know_the_parent() {
    let world = World::running().await;
    let client = world.client(&world.relayer);
    let (parent, spent) = world.request(world.custody(), &[1]);
    sign_custody(&client, &parent, &spent, ROUND).await.unwrap();
    let custody = custody_of(&parent, world.custody());
    // The one that gave no share does not know the parent: exactly the other three are enough.
    let (child, spent) = world.request(custody, &[2]);
    sign_custody(&client, &child, &spent, ROUND).await.unwrap();
    let (again, spent) = world.request(custody, &[1]);
    let refused = sign_custody(&client, &again, &spent, ROUND).await;
    let Err(SignCustodyError::NotSigned(reasons)) = refused else { panic!("{refused:?}") };
    let names: Vec<_> = reasons.refusals.values().map(Refusal::name).collect();
    assert!(names.contains(&"AncestorPays"), "{names:?}");
}

/// Ends an attester before it is asked for shares.
struct DyingBetweenRounds {
    client: AttesterClient,
    victim: Mutex<Option<(AttesterIndex, Member)>>,
}

impl Attesters for DyingBetweenRounds {
    type Error = AttesterClientError;

    fn group(&self) -> &Group {
        self.client.group()
    }

    async fn status(
        &self,
        attester: AttesterIndex,
    ) -> Result<Result<AttesterStatus, Refusal>, AttesterClientError> {
        self.client.status(attester).await
    }

    async fn propose(
        &self,
        attester: AttesterIndex,
        proposal: Proposal,
    ) -> Result<Result<Commitments, Refusal>, AttesterClientError> {
        // The others first, so that the victim is one of the three signers.
        if attester == index(4) {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        self.client.propose(attester, proposal).await
    }

    async fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> Result<Result<SignatureShares, Refusal>, AttesterClientError> {
        let victim = self.victim.lock().unwrap().take_if(|(victim, _)| *victim == attester);
        if let Some((_, member)) = victim {
            member.end().await;
        }
        self.client.sign(attester, set).await
    }
}

#[tokio::test]
async fn attester_that_dies_between_the_rounds_is_replaced() {
    let mut world = World::running().await;
    let victim = Mutex::new(world.members[1].take().map(|member| (index(2), member)));
    let client = DyingBetweenRounds { client: world.client(&world.relayer), victim };
    let (request, spent) = world.request(world.custody(), &[1]);
    sign_custody(&client, &request, &spent, ROUND).await.unwrap();
    assert!(client.victim.lock().unwrap().is_none(), "it was asked, and died");
}

#[tokio::test]
async fn two_attesters_sign_nothing_and_the_silent_ones_are_named() {
    let mut world = World::running().await;
    world.kill(0).await;
    world.kill(2).await;
    let client = world.client(&world.relayer);
    let (request, spent) = world.request(world.custody(), &[1]);
    let refused = sign_custody(&client, &request, &spent, ROUND).await;
    let Err(SignCustodyError::NotSigned(reasons)) = refused else { panic!("{refused:?}") };
    assert_eq!(reasons.shortage.have, 2);
    assert_eq!(reasons.faults.keys().copied().collect::<Vec<_>>(), [index(1), index(3)]);
}

#[tokio::test]
async fn nonces_serve_one_message_of_the_peer_that_they_were_drawn_for() {
    let world = World::running().await;
    let client = world.client(&world.relayer);
    let (request, _) = world.request(world.custody(), &[1]);
    let key = world.custody().key;
    let session = SessionId::new([7; 32]);
    let proposal = Proposal { session, key, request };
    let mut set = SigningSet { session, signers: Default::default() };
    for number in 1..=3 {
        let answer = client.propose(index(number), proposal.clone()).await.unwrap();
        set.signers.insert(index(number), answer.unwrap());
    }
    let twice = client.propose(index(1), proposal).await.unwrap();
    assert_eq!(twice, Err(SigningRefusal::SessionInUse { session }.into()));
    assert!(client.sign(index(1), set.clone()).await.unwrap().is_ok());
    let again = client.sign(index(1), set.clone()).await.unwrap();
    assert_eq!(again, Err(SigningRefusal::UnknownSession { session }.into()));
    let stranger = client.sign(index(4), set).await.unwrap();
    assert_eq!(stranger, Err(SigningRefusal::UnknownSession { session }.into()));
}

#[tokio::test]
async fn lying_relayer_is_refused_by_name() {
    let world = World::running().await;
    let client = world.client(&world.relayer);
    let key = world.custody().key;
    let ask = |request| {
        let proposal = Proposal { session: SessionId::new([9; 32]), key, request };
        client.propose(index(1), proposal)
    };
    let (mut request, _) = world.request(world.custody(), &[1]);
    request.redemptions[0].amount *= 2;
    assert_eq!(ask(request).await.unwrap().unwrap_err().name(), "RedemptionMismatch");
    let (request, _) = world.request(world.custody(), &[10]);
    assert_eq!(ask(request).await.unwrap().unwrap_err().name(), "RedemptionNotFinal");
    let mut custody = world.custody();
    custody.outpoint.vout = 1;
    let (request, _) = world.request(custody, &[1]);
    let refused = ask(request).await.unwrap().unwrap_err();
    assert!(
        matches!(
            refused,
            Refusal::Policy(PolicyRefusal::Lineage(LineageRefusal::WrongCustodyInput { .. }))
        ),
        "{refused:?}"
    );
    let (mut request, _) = world.request(world.custody(), &[1]);
    request.transaction.output.swap(0, 1);
    assert!(matches!(ask(request).await.unwrap(), Err(Refusal::Policy(_))));
}
