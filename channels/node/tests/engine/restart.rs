//! Ends of any kind, and what a start finds.

use core::time::Duration;

use farbank_channel_node::engine::{EngineError, EngineOptions};
use farbank_channel_node::log::{Log, NewRecord, PayloadVersion};

use crate::toy::{Hands, Running, Told, LOG};

#[tokio::test]
async fn stopped_node_starts_from_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &Hands::default());
    for input in 0..10 {
        running.engine.command(input).await.unwrap().unwrap();
    }
    let sum = running.engine.look(Clone::clone).await.unwrap();
    running.stop().await;
    let running = Running::start(folder.path(), &Hands::default());
    assert_eq!((running.found.clone(), running.replayed), (sum, 0));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_node_has_all_that_anybody_heard_of() {
    let folder = tempfile::tempdir().unwrap();
    let (mut heard, mut kept) = (0, 0);
    for round in 0..20_u64 {
        let options = EngineOptions { snapshot_bytes: 400, ..EngineOptions::default() };
        let running = Running::with(folder.path(), &Hands::default(), options).unwrap();
        assert!(running.found.total >= heard, "{heard} was told, {:?} is left", running.found);
        assert!(running.found.total <= kept + 2_000);
        kept = running.found.total;
        let engine = running.engine.clone();
        let feeding = tokio::spawn(async move {
            for _ in 0..2_000 {
                if engine.bring(1).await.is_err() {
                    break;
                }
            }
        });
        tokio::time::sleep(Duration::from_micros(700 * round)).await;
        let seen = running.kill().await;
        feeding.abort();
        let told = seen.told.lock().unwrap();
        let totals = told.iter().filter_map(|told| match told {
            Told::Total(total) => Some(*total),
            Told::Batch(_) => None,
        });
        heard = totals.max().unwrap_or(heard);
    }
    assert!(heard > 0);
}

#[tokio::test]
async fn outputs_are_not_released_again() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &Hands::default());
    running.engine.command(5).await.unwrap().unwrap();
    running.kill().await;
    let running = Running::start(folder.path(), &Hands::default());
    assert_eq!((running.found.total, running.replayed), (5, 1));
    running.engine.look(|_| ()).await.unwrap();
    assert!(running.seen.told.lock().unwrap().is_empty());
    running.stop().await;
}

#[tokio::test]
async fn record_of_another_version_or_another_machine_stops_the_start() {
    for (version, payload, name) in [
        (9, &[0, 0, 0, 0, 0, 0, 0, 1, 5][..], "UnknownVersion"),
        (1, &[0, 0, 0], "Unreadable"),
        (1, &[0, 0, 0, 0, 0, 0, 0, 1, 0xff], "Unreadable"),
        (1, &[0, 0, 0, 0, 0, 0, 0, 1, 13], "Unreplayable"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(folder.path(), LOG).unwrap();
        let record = NewRecord { version: PayloadVersion::new(version), payload: payload.into() };
        log.append(vec![record]).await.unwrap().durable().await.unwrap();
        log.close().await.unwrap();
        let refused = Running::with(folder.path(), &Hands::default(), EngineOptions::default());
        let named = match refused.map(|_| ()) {
            Err(EngineError::UnknownVersion { .. }) => "UnknownVersion",
            Err(EngineError::Unreadable { .. }) => "Unreadable",
            Err(EngineError::Unreplayable { .. }) => "Unreplayable",
            Err(_) => "another",
            Ok(()) => "none",
        };
        assert_eq!(named, name);
    }
}
