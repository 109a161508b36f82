//! Which channel nodes may speak.

use farbank_transport::{
    CredentialError, NodeCredential, PeerClient, PeerError, PeerLimits, Standing,
};
use farbank_types::bitcoin::secp256k1::Secp256k1;
use rustls::version::TLS13;
use tokio::io::AsyncReadExt as _;

use crate::node_world::{credential, node, secret, Nodes};
use crate::world::{dial, limits, raw, World, PROTOCOL};

#[tokio::test]
async fn node_is_known_by_its_own_key() {
    let nodes = Nodes::new(Standing::Refused, limits()).await;
    nodes.still_serves().await;
    assert_eq!(*nodes.host.met.lock().unwrap(), [node(2)]);
    nodes.stop().await;
}

#[tokio::test]
async fn stranger_is_refused_by_name_on_both_sides_until_it_is_listed() {
    let nodes = Nodes::new(Standing::Refused, limits()).await;
    let mut duplex = nodes.dial(3).await.unwrap();
    let refused = duplex.ask(b"hello").await;
    assert!(
        matches!(refused, Err(PeerError::NotAdmitted { own }) if own == node(3).into()),
        "{refused:?}"
    );
    nodes.cut_off(&format!("UnknownPeer: peer {}", node(3))).await;
    nodes.stands(3, Standing::Known);
    assert_eq!(nodes.dial(3).await.unwrap().ask(b"hello").await.unwrap().unwrap(), "hello");
    nodes.stop().await;
}

#[tokio::test]
async fn strangers_share_a_bounded_number_of_connections() {
    let nodes = Nodes::new(Standing::Stranger, PeerLimits { strangers: 2, ..limits() }).await;
    let mut held = Vec::new();
    for number in [3, 4] {
        let mut duplex = nodes.dial(number).await.unwrap();
        duplex.ask(b"hello").await.unwrap().unwrap();
        held.push(duplex);
    }
    let refused = nodes.dial(5).await.unwrap().ask(b"hello").await;
    assert!(!matches!(refused, Ok(Some(_))), "{refused:?}");
    nodes.cut_off("TooManyStrangers").await;
    nodes.still_serves().await;
    nodes.stop().await;
}

#[tokio::test]
async fn another_node_at_the_address_is_named() {
    let nodes = Nodes::new(Standing::Stranger, limits()).await;
    let own = credential(2);
    let client = PeerClient::new(&own, PROTOCOL, nodes.address.into(), node(9), limits());
    let refused = client.unwrap().connect().await;
    assert!(
        matches!(refused, Err(PeerError::WrongPeer { expected, found })
            if expected == node(9).into() && found == node(1).into()),
        "{refused:?}"
    );
}

#[tokio::test]
async fn attester_is_no_node_and_a_node_no_attester() {
    let nodes = Nodes::new(Standing::Stranger, limits()).await;
    let world = World::new(limits()).await;
    let shown = world.shown();
    let mut stream = dial(raw(&[&TLS13], Some(shown)), nodes.address).await.unwrap();
    assert!(stream.read_u8().await.is_err());
    nodes.cut_off("Unproven: the peer does not prove to be a node: its certificate names no").await;
    let own = credential(2);
    let client = PeerClient::new(&own, PROTOCOL, world.address.into(), node(1), limits());
    let refused = client.unwrap().connect().await;
    assert!(matches!(refused, Err(PeerError::Unproven(_))), "{refused:?}");
    nodes.still_serves().await;
}

#[test]
fn credential_is_made_with_the_nodes_own_key_only() {
    let made = NodeCredential::make(node(1), |message| {
        Secp256k1::new().sign_ecdsa(message, &secret(2)).serialize_compact()
    });
    assert!(matches!(made, Err(CredentialError::WrongSigner { node: named }) if named == node(1)));
    assert!(!format!("{:?}", credential(1)).contains("PRIVATE"));
}
