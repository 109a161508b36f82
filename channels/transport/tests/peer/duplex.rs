//! Connections that last, and peers that spoil theirs.

use core::num::NonZeroU32;
use core::time::Duration;

use bytes::Bytes;
use farbank_transport::{PeerError, PeerLimits, PeerStep, Standing};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::node_world::Nodes;
use crate::world::limits;

#[tokio::test]
async fn frames_run_both_ways_at_once_in_order() {
    let nodes = Nodes::new(Standing::Refused, limits()).await;
    let mut duplex = nodes.dial(2).await.unwrap();
    let (frames, mut outgoing) = mpsc::channel(16);
    let feed = async move {
        for number in 0..2_000_u32 {
            frames.send(Bytes::copy_from_slice(&number.to_be_bytes())).await.unwrap();
        }
        // Kept open until the echoes are there.
        sleep(Duration::from_secs(60)).await;
    };
    let read = async {
        for number in 0..2_000_u32 {
            let echoed = duplex.receiver.receive().await.unwrap().unwrap();
            assert_eq!(echoed, Bytes::copy_from_slice(&number.to_be_bytes()));
        }
    };
    tokio::select! {
        () = feed => panic!("the echoes are late"),
        sent = duplex.sender.relay(&mut outgoing) => panic!("sending ended: {sent:?}"),
        () = read => {}
    }
    nodes.stop().await;
}

#[tokio::test]
async fn silent_peers_stay_connected_by_signs_of_life() {
    let quick = PeerLimits {
        idle: Duration::from_millis(300),
        keep_alive: Duration::from_millis(60),
        ..limits()
    };
    let nodes = Nodes::new(Standing::Refused, quick).await;
    let mut duplex = nodes.dial_with(2, quick).await.unwrap();
    let (frames, mut outgoing) = mpsc::channel(1);
    let quiet = async {
        sleep(Duration::from_millis(1_000)).await;
        frames.send(Bytes::from_static(b"still there")).await.unwrap();
        sleep(Duration::from_secs(60)).await;
    };
    tokio::select! {
        () = quiet => panic!("no echo"),
        sent = duplex.sender.relay(&mut outgoing) => panic!("sending ended: {sent:?}"),
        received = duplex.receiver.receive() => {
            assert_eq!(received.unwrap().unwrap(), "still there");
        }
    }
}

#[tokio::test]
async fn peer_that_stalls_is_given_up() {
    let quick = PeerLimits { idle: Duration::from_millis(200), ..limits() };
    let nodes = Nodes::new(Standing::Refused, quick).await;
    let mut duplex = nodes.dial(2).await.unwrap();
    duplex.ask(b"hello").await.unwrap().unwrap();
    nodes.cut_off("TimedOut: no next frame").await;
    let ended = timeout(Duration::from_secs(2), duplex.receiver.receive()).await.unwrap();
    assert!(!matches!(ended, Ok(Some(_))), "{ended:?}");
    nodes.still_serves().await;
}

#[tokio::test]
async fn listener_that_stalls_is_given_up() {
    let nodes = Nodes::new(Standing::Refused, limits()).await;
    let quick = PeerLimits { idle: Duration::from_millis(200), ..limits() };
    let mut duplex = nodes.dial_with(2, quick).await.unwrap();
    duplex.ask(b"hello").await.unwrap().unwrap();
    let late = duplex.receiver.receive().await;
    assert!(matches!(late, Err(PeerError::TimedOut { step: PeerStep::Idle, .. })), "{late:?}");
}

#[tokio::test]
async fn peer_that_never_reads_is_cut_off_and_harms_nobody_else() {
    let nodes = Nodes::new(Standing::Stranger, limits()).await;
    let mut duplex = nodes.dial(3).await.unwrap();
    let body = Bytes::from(vec![1; 512 * 1024]);
    for _ in 0..60 {
        if duplex.sender.send(body.clone()).await.is_err() {
            break;
        }
    }
    nodes.cut_off("TimedOut: no reader").await;
    nodes.still_serves().await;
}

#[tokio::test]
async fn flood_is_cut_off_by_name_and_harms_nobody_else() {
    let rate = NonZeroU32::new(100).unwrap();
    let flood = Some(Duration::from_millis(400));
    let nodes = Nodes::new(
        Standing::Refused,
        PeerLimits { kib_per_second: rate, burst_kib: rate, flood, ..limits() },
    )
    .await;
    nodes.stands(3, Standing::Known);
    let mut duplex = nodes.dial(3).await.unwrap();
    let flood = async { while duplex.sender.send(Bytes::from_static(b"x")).await.is_ok() {} };
    let drain = async {
        while let Ok(Some(_)) = duplex.receiver.receive().await {}
        sleep(Duration::from_secs(60)).await;
    };
    tokio::select! {
        () = flood => {}
        () = drain => {}
        () = nodes.cut_off("Flooded") => {}
    }
    nodes.cut_off("Flooded").await;
    nodes.still_serves().await;
}

#[tokio::test]
async fn garbage_is_cut_off_by_name_and_harms_nobody_else() {
    let nodes = Nodes::new(Standing::Stranger, limits()).await;
    let mut duplex = nodes.dial(3).await.unwrap();
    let ended = duplex.ask(b"garbage").await;
    assert!(!matches!(ended, Ok(Some(_))), "{ended:?}");
    nodes.cut_off("Garbage").await;
    nodes.still_serves().await;
}

#[tokio::test]
async fn reconnecting_in_a_loop_is_cut_off_by_name_and_harms_nobody_else() {
    let often = NonZeroU32::new(8).unwrap();
    let nodes =
        Nodes::new(Standing::Refused, PeerLimits { connects_per_minute: often, ..limits() }).await;
    nodes.stands(3, Standing::Known);
    for _ in 0..12 {
        if let Ok(mut duplex) = nodes.dial(3).await {
            let _ = duplex.ask(b"x").await;
        }
    }
    nodes.cut_off("ReconnectsTooOften").await;
    nodes.still_serves().await;
}
