//! Who may speak.

use bytes::Bytes;
use farbank_transport::{IdentityKey, PeerClient, PeerError, Protocol};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{dial, limits, raw, World, PROTOCOL};

const HELLO: Bytes = Bytes::from_static(b"hello");

#[tokio::test]
async fn known_peers_are_served_under_their_identities() {
    let world = World::new(limits()).await;
    for key in [&world.known, &world.other] {
        assert_eq!(world.client(key).request(HELLO).await.unwrap(), HELLO);
    }
    let asked = world.echo.asked.lock().unwrap().clone();
    assert_eq!(asked, [world.known.identity(), world.other.identity()]);
    world.stop().await;
}

#[tokio::test]
async fn unknown_peer_is_refused_by_name_on_both_sides() {
    let world = World::new(limits()).await;
    let stranger = IdentityKey::generate().unwrap();
    let refused = world.client(&stranger).request(HELLO).await;
    let own = stranger.identity();
    assert!(
        matches!(refused, Err(PeerError::NotAdmitted { own: named }) if named == own.into()),
        "{refused:?}"
    );
    world.cut_off(&format!("UnknownPeer: peer {own}")).await;
    assert!(world.echo.asked.lock().unwrap().is_empty());
    world.still_serves().await;
}

#[tokio::test]
async fn somebody_else_at_the_address_is_named() {
    let world = World::new(limits()).await;
    let expected = IdentityKey::generate().unwrap().identity();
    let client =
        PeerClient::new(&world.known, PROTOCOL, world.address.into(), expected, limits()).unwrap();
    let refused = client.request(HELLO).await;
    assert!(
        matches!(&refused, Err(PeerError::WrongPeer { expected: e, found })
            if *e == expected.into() && *found == world.server.into()),
        "{refused:?}"
    );
}

#[tokio::test]
async fn certificate_without_its_key_proves_nothing() {
    let world = World::new(limits()).await;
    for (mut stream, served) in [(world.known_raw().await, true), (world.stolen().await, false)] {
        // The refusal may arrive before or after what is written.
        let _ = stream.write_all(b"\0\0\0\x02hi").await;
        let mut answer = [0; 6];
        assert_eq!(stream.read_exact(&mut answer).await.is_ok(), served);
    }
    assert_eq!(*world.echo.asked.lock().unwrap(), [world.known.identity()]);
    world.cut_off("Tls").await;
}

#[tokio::test]
async fn client_without_a_certificate_is_refused() {
    let world = World::new(limits()).await;
    let mut stream = dial(raw(&[&TLS13], None), world.address).await.unwrap();
    assert!(stream.read_u8().await.is_err());
    world.cut_off("Tls").await;
    world.still_serves().await;
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let world = World::new(limits()).await;
    assert!(dial(raw(&[&TLS12], None), world.address).await.is_err());
    world.cut_off("Tls").await;
    world.still_serves().await;
}

#[tokio::test]
async fn another_protocol_is_refused_on_both_sides() {
    let world = World::new(limits()).await;
    let client = PeerClient::new(
        &world.known,
        Protocol::new("test/2"),
        world.address.into(),
        world.server,
        limits(),
    )
    .unwrap();
    assert!(client.request(HELLO).await.is_err());
    world.cut_off("Tls").await;
    world.still_serves().await;
}
