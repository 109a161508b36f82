//! Peers that want too much.

use core::num::NonZeroU32;
use core::time::Duration;

use bytes::Bytes;
use farbank_transport::PeerLimits;
use tokio::io::AsyncWriteExt as _;

use crate::world::{limits, World};

#[tokio::test]
async fn flood_of_a_known_peer_is_served_at_its_rate_and_harms_nobody_else() {
    let rate = NonZeroU32::new(50).unwrap();
    let world = World::new(PeerLimits { kib_per_second: rate, burst_kib: rate, ..limits() }).await;
    let mut stream = world.known_raw().await;
    let (mut reading, mut writing) = tokio::io::split(&mut stream);
    let flood = async { while writing.write_all(b"\0\0\0\x01x").await.is_ok() {} };
    let drain = async {
        let _ = tokio::io::copy(&mut reading, &mut tokio::io::sink()).await;
    };
    let honest = async {
        for _ in 0..10 {
            world.still_serves().await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = flood => panic!("the flood was cut off"),
        () = drain => panic!("the connection was closed"),
        () = honest => {}
    }
    let asked = world.echo.asked.lock().unwrap();
    let flooded = asked.iter().filter(|peer| **peer == world.known.identity()).count();
    // A burst, and a second or two at the rate.
    assert!((50..=250).contains(&flooded), "{flooded} requests were served");
}

#[tokio::test]
async fn large_frames_cost_their_size() {
    let rate = NonZeroU32::new(2_048).unwrap();
    let world = World::new(PeerLimits { kib_per_second: rate, burst_kib: rate, ..limits() }).await;
    let client = world.client(&world.known);
    let body = Bytes::from(vec![0; 1_000_000]);
    let six = async {
        for _ in 0..6 {
            client.request(body.clone()).await.unwrap();
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(900), six).await.is_err());
}

#[tokio::test]
async fn connections_of_a_peer_are_bounded_and_free_again_when_closed() {
    let world = World::new(PeerLimits { connections_per_peer: 2, ..limits() }).await;
    let hold = [world.client(&world.known), world.client(&world.known)];
    for client in &hold {
        client.request(Bytes::from_static(b"x")).await.unwrap();
    }
    assert!(world.client(&world.known).request(Bytes::from_static(b"x")).await.is_err());
    world.cut_off("TooManyConnections").await;
    world.still_serves().await;
    drop(hold);
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.client(&world.known).request(Bytes::from_static(b"x")).await.unwrap();
}
