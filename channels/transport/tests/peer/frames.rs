//! Bytes that are no frames.

use bytes::Bytes;
use farbank_transport::{PeerError, MAX_FRAME};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{limits, World};

#[tokio::test]
async fn garbage_instead_of_tls_ends_that_connection_only() {
    let world = World::new(limits()).await;
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x16, 3, 1, 0xff, 0xff], &[0xff; 4_096]] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        let mut rest = Vec::new();
        // An alert or a reset, but an end.
        let _ = stream.read_to_end(&mut rest).await;
    }
    world.still_serves().await;
}

#[tokio::test]
async fn frame_of_full_size_passes_both_ways() {
    let world = World::new(limits()).await;
    let body = Bytes::from(vec![7; MAX_FRAME]);
    assert_eq!(world.client(&world.known).request(body.clone()).await.unwrap(), body);
    world.stop().await;
}

#[tokio::test]
async fn oversized_request_does_not_leave_this_side() {
    let world = World::new(limits()).await;
    let refused = world.client(&world.known).request(vec![7; MAX_FRAME + 1].into()).await;
    assert!(matches!(refused, Err(PeerError::Oversized { max: MAX_FRAME })), "{refused:?}");
}

#[tokio::test]
async fn oversized_frame_of_a_known_peer_is_refused_before_it_is_read() {
    let world = World::new(limits()).await;
    let mut stream = world.known_raw().await;
    stream.write_all(&u32::MAX.to_be_bytes()).await.unwrap();
    assert!(stream.read_u8().await.is_err());
    world.cut_off("Oversized").await;
    world.still_serves().await;
}

#[tokio::test]
async fn oversized_answer_ends_the_connection() {
    let world = World::new(limits()).await;
    let refused = world.client(&world.known).request(Bytes::from_static(b"too much")).await;
    assert!(matches!(refused, Err(PeerError::Closed)), "{refused:?}");
    world.cut_off("Oversized").await;
    world.still_serves().await;
}

#[tokio::test]
async fn connection_closed_within_a_frame_is_noticed() {
    let world = World::new(limits()).await;
    let mut stream = world.known_raw().await;
    stream.write_all(b"\0\0\0\x09half").await.unwrap();
    stream.shutdown().await.unwrap();
    world.cut_off("Io").await;
    world.still_serves().await;
}
