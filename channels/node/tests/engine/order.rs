//! One order for everything, and nothing before its time.

use std::sync::atomic::Ordering;

use farbank_channel_node::engine::EngineOptions;

use crate::toy::{Hands, Running, Told, Unlucky};

#[tokio::test]
async fn accepted_input_is_durable_before_anybody_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &Hands::default());
    for input in 1..=12 {
        running.engine.command(input).await.unwrap().unwrap();
        assert!(running.log.durable().get() >= input);
        let told = running.seen.told.lock().unwrap();
        assert!(told.contains(&Told::Total(input * (input + 1) / 2)));
    }
    running.stop().await;
}

#[tokio::test]
async fn refused_input_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &Hands::default());
    assert_eq!(running.engine.command(13).await.unwrap(), Err(Unlucky));
    running.engine.bring(13).await.unwrap();
    running.engine.command(1).await.unwrap().unwrap();
    assert_eq!(*running.seen.refused.lock().unwrap(), [13]);
    assert_eq!(running.engine.look(|sum| (sum.total, sum.inputs)).await.unwrap(), (1, 1));
    assert_eq!(running.log.durable().get(), 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_together_shares_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &Hands::default());
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..2_000 {
        let engine = running.engine.clone();
        asked.spawn(async move { engine.command(1).await.unwrap().unwrap() });
    }
    while asked.join_next().await.is_some() {}
    let sum = running.engine.look(Clone::clone).await.unwrap();
    assert_eq!(sum.total, 2_000);
    assert!(running.log.durable().get() < 1_000, "{} records", running.log.durable());
    assert_eq!(sum.batches, running.log.durable().get());
    running.stop().await;
}

#[tokio::test]
async fn time_never_goes_back() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hands::default());
    clock.0.store(1_000, Ordering::Relaxed);
    let running = Running::start(folder.path(), &clock);
    running.engine.command(1).await.unwrap().unwrap();
    clock.0.store(10, Ordering::Relaxed);
    running.engine.command(1).await.unwrap().unwrap();
    assert_eq!(running.engine.look(|sum| sum.newest).await.unwrap(), 1_000);
    running.stop().await;
    let running = Running::start(folder.path(), &clock);
    running.engine.command(1).await.unwrap().unwrap();
    assert_eq!(running.engine.look(|sum| sum.newest).await.unwrap(), 1_000);
    running.stop().await;
}

#[tokio::test]
async fn batches_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { batch: 10, ..EngineOptions::default() };
    let running = Running::with(folder.path(), &Hands::default(), options).unwrap();
    for _ in 0..100 {
        running.engine.bring(1).await.unwrap();
    }
    assert_eq!(running.engine.look(|sum| sum.total).await.unwrap(), 100);
    assert!(running.log.durable().get() >= 10);
    running.stop().await;
}
