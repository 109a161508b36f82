//! Who may ask for what.

use farbank_federation::messages::{Proposal, Refusal};
use farbank_federation::signing::SessionId;
use farbank_relayer::adapters::attesters::AttesterClientError;
use farbank_relayer_core::ports::Attesters as _;
use farbank_transport::{IdentityKey, PeerError};
use farbank_types::B256;

use crate::chains::World;
use crate::federation::{identities, index, shares};

fn proposal(world: &World) -> Proposal {
    let (request, _) = world.request(world.custody(), &[1]);
    Proposal { session: SessionId::new([1; 32]), key: world.custody().key, request }
}

#[tokio::test]
async fn stranger_does_not_get_in() {
    let world = World::running().await;
    let stranger = IdentityKey::generate().unwrap();
    let refused = world.client(&stranger).propose(index(1), proposal(&world)).await;
    assert!(
        matches!(
            refused,
            Err(AttesterClientError::Peer { source: PeerError::NotAdmitted { .. }, .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn member_sees_how_another_stands_and_may_not_ask_for_signatures() {
    let world = World::running().await;
    let client = world.client(&identities()[2]);
    let status = client.status(index(1)).await.unwrap().unwrap();
    assert_eq!(status.index, index(1));
    assert_eq!(status.group, Some(shares()[0].group().hash()));
    assert_eq!(status.bitcoin_tip.map(|tip| tip.get()), Some(12));
    assert_eq!(status.final_block.map(|block| block.get()), Some(1));
    let refused = client.propose(index(1), proposal(&world)).await.unwrap();
    assert_eq!(refused, Err(Refusal::NotAllowed));
}

#[tokio::test]
async fn another_key_or_bridge_is_refused_by_name() {
    let world = World::running().await;
    let mut other = proposal(&world);
    other.key = bitcoin::XOnlyPublicKey::from_slice(&[2; 32]).unwrap();
    let refused = world.client(&world.relayer).propose(index(1), other).await.unwrap();
    assert_eq!(refused.unwrap_err().name(), "NoShare");

    let addresses: Vec<_> = world.addresses.iter().map(|one| (*one).into()).collect();
    let other = farbank_relayer::adapters::attesters::AttesterClient::new(
        shares()[0].group().clone(),
        &addresses,
        &world.relayer,
        B256::repeat_byte(0x99),
        core::time::Duration::from_secs(5),
    );
    let refused = other.unwrap().status(index(1)).await.unwrap();
    assert_eq!(refused.unwrap_err().name(), "WrongInstance");
}
