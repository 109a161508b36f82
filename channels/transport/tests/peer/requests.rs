//! Requests over connections that come and go.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use farbank_transport::{
    Admission, IdentityKey, PeerClient, PeerError, PeerIdentity, PeerListener,
};
use tokio_util::sync::CancellationToken;

use crate::world::{limits, Echo, World, ANYWHERE, PROTOCOL};

fn only(key: &IdentityKey) -> Admission<PeerIdentity> {
    Admission::only([key.identity()])
}

const X: Bytes = Bytes::from_static(b"x");

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let world = World::new(limits()).await;
    let client = world.client(&world.known);
    for number in 0..100_u32 {
        let body = Bytes::copy_from_slice(&number.to_be_bytes());
        assert_eq!(client.request(body.clone()).await.unwrap(), body);
    }
    world.stop().await;
}

#[tokio::test]
async fn request_that_was_given_up_leaves_no_stale_answer_behind() {
    let world = World::new(limits()).await;
    let client = world.client(&world.known);
    client.request(X).await.unwrap();
    let slow = client.request(Bytes::from_static(b"sleep"));
    assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
    assert_eq!(client.request(X).await.unwrap(), X);
}

#[tokio::test]
async fn nobody_there_is_named_after_a_while() {
    let socket = std::net::TcpListener::bind(ANYWHERE).unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let key = IdentityKey::generate().unwrap();
    let client = PeerClient::new(&key, PROTOCOL, address.into(), key.identity(), limits()).unwrap();
    let failed = client.request(X).await;
    assert!(matches!(failed, Err(PeerError::Unreachable { .. })), "{failed:?}");
    assert!(failed.unwrap_err().is_transient());
}

#[tokio::test]
async fn client_finds_a_peer_that_was_restarted() {
    let (server, own) = (IdentityKey::generate().unwrap(), IdentityKey::generate().unwrap());
    let mut address = ANYWHERE;
    let mut client = None;
    for _ in 0..3 {
        let listener = PeerListener::bind(address, &server, PROTOCOL, only(&own), limits()).await;
        let listener = listener.unwrap();
        address = listener.address();
        let stop = CancellationToken::new();
        let served = tokio::spawn(listener.serve(Arc::new(Echo::default()), stop.clone()));
        let client = client.get_or_insert_with(|| {
            PeerClient::new(&own, PROTOCOL, address.into(), server.identity(), limits()).unwrap()
        });
        assert_eq!(client.request(X).await.unwrap(), X);
        stop.cancel();
        served.await.unwrap();
    }
}

#[tokio::test]
async fn peer_that_starts_late_is_waited_for() {
    let (server, own) = (IdentityKey::generate().unwrap(), IdentityKey::generate().unwrap());
    let socket = std::net::TcpListener::bind(ANYWHERE).unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let client =
        PeerClient::new(&own, PROTOCOL, address.into(), server.identity(), limits()).unwrap();
    let (answer, ()) = tokio::join!(client.request(X), async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let listener = PeerListener::bind(address, &server, PROTOCOL, only(&own), limits()).await;
        let serve = listener.unwrap().serve(Arc::new(Echo::default()), CancellationToken::new());
        drop(tokio::spawn(serve));
    });
    assert_eq!(answer.unwrap(), X);
}
