//! Nodes that are killed at any moment: nothing is lost, nothing is paid twice, no channel closes.

use core::time::Duration;
use std::fs;
use std::path::Path;

use tokio::time::sleep;

use crate::world::{World, ALPHA, BETA, FUNDED, HUB};

/// Kills per test; the full number by `FARBANK_NODE_KILLS`.
fn kills() -> u32 {
    let wanted = std::env::var("FARBANK_NODE_KILLS").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(12)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_node_killed_at_any_moment_pays_nothing_twice_and_loses_nothing() {
    let mut world = World::new().await;
    let mut seed = 0;
    for kill in 0..kills() {
        let first = seed;
        for _ in 0..20 {
            world.expect(BETA, seed, 5).await;
            let pay = world.pay_command(BETA, seed, 5);
            world.handle(ALPHA).command(pay).await.unwrap().unwrap();
            seed += 1;
        }
        sleep(Duration::from_micros(u64::from(kill) * 1_700)).await;
        let victim = [HUB, ALPHA, BETA][usize::try_from(kill % 3).unwrap()];
        world.kill(victim).await;
        world.start(victim).await;
        world.settled().await;
        for seed in first..seed {
            assert!(world.ended(seed).await.is_some(), "payment {seed} is forgotten");
        }
        world.quiet().await;
    }
    let mut paid = 0;
    for seed in 0..seed {
        paid += u128::from(world.ended(seed).await == Some(true));
    }
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - paid * 6);
    assert_eq!(world.balance(BETA, HUB).await, FUNDED + paid * 5);
    assert!(paid > u128::from(seed) / 4, "{paid} of {seed} were paid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_ends_killed_at_once_resume() {
    let mut world = World::new().await;
    for round in 0..4 {
        for seed in round * 20..round * 20 + 20 {
            world.expect(HUB, seed, 5).await;
            let pay = world.pay_command(HUB, seed, 5);
            world.handle(ALPHA).command(pay).await.unwrap().unwrap();
        }
        world.kill(ALPHA).await;
        world.kill(HUB).await;
        world.start(HUB).await;
        world.start(ALPHA).await;
        world.settled().await;
    }
    let mut paid = 0;
    for seed in 0..80 {
        paid += u128::from(world.ended(seed).await.unwrap());
    }
    world.quiet().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - paid * 5);
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_with_an_old_log_is_restored_by_its_peer_and_no_channel_closes() {
    let mut world = World::new().await;
    let pay = |world: &World, seed| (world.pay_command(HUB, seed, 5), seed);
    let backup = world.folder.path().join("backup");
    for seed in 0..30 {
        if seed == 10 {
            world.kill(ALPHA).await;
            copy(&world.state_dir(ALPHA), &backup);
            world.start(ALPHA).await;
            world.settled().await;
        }
        world.expect(HUB, seed, 5).await;
        let (pay, seed) = pay(&world, seed);
        world.handle(ALPHA).command(pay).await.unwrap().unwrap();
        assert_eq!(world.ended(seed).await, Some(true));
    }
    world.quiet().await;
    world.kill(ALPHA).await;
    copy(&backup, &world.state_dir(ALPHA));
    world.start(ALPHA).await;
    world.settled().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - 150);
    world.expect(HUB, 30, 5).await;
    let (pay, seed) = pay(&world, 30);
    world.handle(ALPHA).command(pay).await.unwrap().unwrap();
    assert_eq!(world.ended(seed).await, Some(true));
    world.quiet().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - 155);
}
