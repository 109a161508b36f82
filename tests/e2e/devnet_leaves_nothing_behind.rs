//! However a devnet ends, no process and no folder stays.

use std::process::Stdio;
use std::time::Duration;

use farbank_tests::{eventually, processes_naming, send_signal, Devnet, Farbank};

/// Longest wait for processes to end.
const PATIENCE: Duration = Duration::from_secs(30);

fn assert_nothing_stays(farbank: &Farbank) {
    eventually("every process ends", PATIENCE, || {
        processes_naming(farbank.home()).is_empty().then_some(())
    });
}

#[test]
fn down_ends_every_process_and_removes_the_folder() {
    let devnet = Devnet::up("anvil");
    assert!(processes_naming(devnet.farbank().home()).len() >= 4, "supervisor, two nodes, relayer");
    let refused = devnet.farbank().refusal(&["devnet", "up"]);
    assert_eq!(refused["refused"], "DevnetAlreadyUp", "{refused}");
    devnet.farbank().ok(&["devnet", "down"]);
    assert_nothing_stays(devnet.farbank());
    assert!(!devnet.folder().exists());
    let refused = devnet.farbank().refusal(&["devnet", "down"]);
    assert_eq!(refused["refused"], "DevnetNotUp", "{refused}");
}

#[test]
fn killed_supervisor_takes_every_process_along_and_the_next_up_clears_the_folder() {
    let devnet = Devnet::up("anvil");
    let supervisor = devnet.farbank().json(&["devnet", "status"])["pid"]
        .as_u64()
        .and_then(|pid| u32::try_from(pid).ok())
        .expect("the supervisor's id");
    send_signal(supervisor, "KILL");
    assert_nothing_stays(devnet.farbank());
    devnet.farbank().ok(&["devnet", "up", "--side-chain", "anvil"]);
}

#[test]
fn interrupt_while_starting_ends_everything() {
    let farbank = Farbank::new();
    let mut up = farbank
        .command(&["devnet", "up", "--side-chain", "anvil"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("farbank starts");
    eventually("bitcoind starts", PATIENCE, || {
        (processes_naming(&farbank.home().join("devnet/bitcoind")).len() == 1).then_some(())
    });
    send_signal(up.id(), "INT");
    let status = up.wait().expect("it ends");
    assert!(!status.success());
    assert_nothing_stays(&farbank);
    assert!(!farbank.home().join("devnet").exists());
}

#[test]
fn part_that_fails_to_start_is_named_and_takes_the_others_along() {
    let mut farbank = Farbank::new();
    farbank.set_env("FARBANK_ANVIL", "/bin/false");
    let outcome = farbank.run(&["--json", "devnet", "up", "--side-chain", "anvil"]);
    assert_ne!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("anvil"), "{outcome:?}");
    assert_nothing_stays(&farbank);
    assert!(!farbank.home().join("devnet").exists());
}

#[test]
fn missing_program_is_named_with_its_remedy() {
    let mut farbank = Farbank::new();
    farbank.set_env("FARBANK_BITCOIND", "/nonexistent/bitcoind");
    let outcome = farbank.run(&["--json", "devnet", "up", "--side-chain", "anvil"]);
    assert_ne!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("bitcoind"), "{outcome:?}");
    assert!(outcome.stdout.contains("FARBANK_BITCOIND"), "the remedy: {outcome:?}");
    assert_nothing_stays(&farbank);
}
