//! Peers that take their time.

use core::time::Duration;

use bytes::Bytes;
use farbank_transport::{PeerError, PeerLimits, PeerStep};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{limits, World};

#[tokio::test]
async fn stranger_who_says_nothing_is_cut_off() {
    let world = World::new(limits()).await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    assert!(matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    world.cut_off("TimedOut: no handshake within 500ms").await;
}

#[tokio::test]
async fn strangers_who_say_nothing_do_not_shut_out_a_peer() {
    let patient = PeerLimits { handshake: Duration::from_secs(60), pending: 8, ..limits() };
    let world = World::new(patient).await;
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(TcpStream::connect(world.address).await.unwrap());
    }
    world.still_serves().await;
    world.cut_off("Crowded").await;
    drop(strangers);
}

#[tokio::test]
async fn frame_that_trickles_in_is_cut_off() {
    // At its first byte, within its head, right behind the head, within its body.
    for begun in [&b"\0"[..], b"\0\0\x01", b"\0\0\x01\0", b"\0\0\x01\0trickle"] {
        let world = World::new(limits()).await;
        let mut stream = world.known_raw().await;
        stream.write_all(begun).await.unwrap();
        world.cut_off("TimedOut: no frame within 300ms").await;
        world.still_serves().await;
    }
}

#[tokio::test]
async fn trickling_byte_by_byte_wins_no_time() {
    let world = World::new(limits()).await;
    let mut stream = world.known_raw().await;
    stream.write_all(b"\0\0\x01\0").await.unwrap();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if stream.write_all(b"x").await.is_err() {
            break;
        }
    }
    world.cut_off("TimedOut: no frame").await;
}

#[tokio::test]
async fn reader_who_never_reads_is_cut_off() {
    let world = World::new(limits()).await;
    let mut stream = world.known_raw().await;
    for _ in 0..20 {
        if stream.write_all(b"\0\0\0\x05a lot").await.is_err() {
            break;
        }
    }
    world.cut_off("TimedOut: no reader within 300ms").await;
    world.still_serves().await;
}

#[tokio::test]
async fn idle_connection_is_closed_and_made_again_when_needed() {
    let world = World::new(PeerLimits { idle: Duration::from_millis(100), ..limits() }).await;
    let client = world.client(&world.known);
    for _ in 0..2 {
        assert_eq!(client.request(Bytes::from_static(b"x")).await.unwrap(), "x");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    world.cut_off("TimedOut: no next frame within 100ms").await;
}

#[tokio::test]
async fn peer_that_does_not_answer_is_given_up_in_time() {
    let world = World::new(limits()).await;
    let client = world.client(&world.known);
    let late = client.request(Bytes::from_static(b"sleep")).await;
    assert!(matches!(late, Err(PeerError::TimedOut { step: PeerStep::Answer, .. })), "{late:?}");
    assert_eq!(client.request(Bytes::from_static(b"x")).await.unwrap(), "x");
}
