//! Deposit files without any node: made offline, refused by name when damaged or foreign.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use common::{Home, Ran};
use serde_json::{json, Value};

/// A port of 127.0.0.1 that nobody listens on.
const NOBODY: &str = "http://127.0.0.1:1";
const RECIPIENT: &str = "0x00000000000000000000000000000000000000aa";
const ELSEWHERE: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

fn deployment() -> Value {
    let txid = "11".repeat(32);
    json!({
        "version": 2,
        "bitcoin": {"network": "regtest", "rpc_url": NOBODY, "cookie_file": "/nowhere/.cookie"},
        "side_chain": {"kind": "anvil", "chain_id": 31337, "genesis_hash": format!("0x{}", "44".repeat(32)), "rpc_url": NOBODY},
        "contracts": {
            "bridge": RECIPIENT,
            "token": "0x00000000000000000000000000000000000000bb",
            "governance": "0x00000000000000000000000000000000000000cc",
            "deployed_at": 1,
        },
        "instance": format!("0x{}", "22".repeat(32)),
        "federation_key": {"x_only": ELSEWHERE, "kind": "supplied"},
        "checkpoint": {"height": 100, "hash": "33".repeat(32), "epoch_start_time": 1},
        "custody": {"outpoint": format!("{txid}:0"), "value_sat": 100_000_000},
        "parameters": {
            "reclaim_blocks": 300,
            "sweep_window_blocks": 150,
            "freshness_secs": 600,
            "min_confirmations": 2,
            "max_confirmations": 6,
            "per_confirmation_sat": 100_000_000,
            "mint_cap_sat": 100_000_000_000_u64,
            "min_deposit_sat": 30_000,
            "unswept_value_cap_sat": 200_000_000_000_u64,
            "unswept_count_cap": 1_000,
            "custody_confirmations": 6,
            "unswept_alarm_blocks": 75,
            "evidence_delay_blocks": 144,
            "key_delay_secs": 60,
            "redemption_fee_sat": 1_000,
            "min_redemption_sat": 10_000,
            "max_redemption_sat": 10_000_000_000_u64,
            "min_max_fee_sat": 1_000,
            "fee_reserve_sat": 1_000_000,
        },
    })
}

/// A home with a deployment that no node answers for.
fn home() -> Home {
    let home = Home::new();
    home.write("deployment.json", deployment().to_string());
    assert_eq!(home.run(["keys", "add", "alice"]).code, 0);
    home
}

fn make(home: &Home, more: &[&str]) -> Ran {
    let mut arguments = vec!["--json", "peg-in", "address", "--recipient", RECIPIENT, "--offline"];
    arguments.extend(["--out", "deposit.json"]);
    arguments.extend(more);
    home.run(arguments)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A home with a deposit file, changed.
fn damaged(change: impl FnOnce(&mut Value)) -> Home {
    let home = home();
    assert_eq!(make(&home, &[]).code, 0);
    let path = home.path().join("deposit.json");
    let mut deposit = read(&path);
    change(&mut deposit);
    std::fs::write(path, deposit.to_string()).unwrap();
    home
}

#[test]
fn deposit_file_is_private_and_its_address_shown() {
    let home = home();
    let ran = make(&home, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let path = home.path().join("deposit.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let deposit = read(&path);
    assert_eq!(ran.document()["address"], deposit["deposit"]["address"]);
    assert!(ran.document()["address"].as_str().unwrap().starts_with("bcrt1p"));
    let secret = deposit["reclaim_secret"].as_str().unwrap();
    assert!(!ran.stdout.contains(secret), "the secret is never shown");
}

#[test]
fn two_deposits_of_one_recipient_have_two_addresses() {
    let home = home();
    let first = make(&home, &[]).document()["address"].clone();
    std::fs::remove_file(home.path().join("deposit.json")).unwrap();
    assert_ne!(make(&home, &[]).document()["address"], first);
}

#[test]
fn deposit_file_is_never_overwritten() {
    let home = home();
    assert_eq!(make(&home, &[]).code, 0);
    let before = read(&home.path().join("deposit.json"));
    let again = make(&home, &[]);
    assert_eq!(again.code, 2, "{}", again.stdout);
    assert_eq!(read(&home.path().join("deposit.json")), before);
}

#[test]
fn own_reclaim_key_leaves_no_secret_in_the_file() {
    let home = home();
    let ran = make(&home, &["--reclaim-key", ELSEWHERE]);
    assert_eq!(ran.document()["reclaim_secret_in_file"], false);
    assert!(read(&home.path().join("deposit.json")).get("reclaim_secret").is_none());
    let ran = home.run([
        "--json",
        "peg-in",
        "reclaim",
        "deposit.json",
        "--to",
        "alice",
        "--bridge-is-dead",
    ]);
    assert_eq!(ran.refused(), "NoReclaimSecret");
    assert_eq!(ran.document()["reclaim_key"], ELSEWHERE);
}

#[test]
fn zero_recipient_and_greedy_carrier_fee_are_refused() {
    let home = home();
    let zero = format!("0x{}", "0".repeat(40));
    let ran = home.run(["--json", "peg-in", "address", "--recipient", &zero, "--offline"]);
    assert_eq!(ran.refused(), "ZeroRecipient");
    assert_eq!(make(&home, &["--carrier-fee-sat", "30000"]).refused(), "CarrierFeeTooHigh");
    assert!(!home.path().join("deposit.json").exists());
}

/// What is damaged, and how.
type Change = (&'static str, fn(&mut Value));

#[test]
fn damage_is_refused_by_one_name_in_every_command() {
    let changes: [Change; 5] = [
        ("recipient", |file| {
            file["deposit"]["descriptor"]["recipient"] = json!(format!("0x{}", "ab".repeat(20)));
        }),
        ("carrier fee", |file| {
            file["deposit"]["descriptor"]["carrier_fee_sat"] = json!(999);
        }),
        ("secret", |file| file["reclaim_secret"] = json!("07".repeat(32))),
        ("unknown field", |file| file["colour"] = json!("red")),
        ("field missing", |file| {
            file.as_object_mut().unwrap().remove("deposit");
        }),
    ];
    for (what, change) in changes {
        let home = damaged(change);
        for command in [
            &["peg-in", "status", "deposit.json"][..],
            &["peg-in", "pay", "deposit.json", "--amount-sat", "50000", "--key", "alice"],
            &["peg-in", "reclaim", "deposit.json", "--to", "alice", "--bridge-is-dead"],
        ] {
            let ran = home.run(["--json"].iter().chain(command));
            assert_eq!(ran.refused(), "DamagedDepositFile", "{what}: {command:?}");
        }
    }
}

#[test]
fn deposit_cut_off_by_a_full_disk_is_refused() {
    let home = home();
    make(&home, &[]);
    let path = home.path().join("deposit.json");
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let ran = home.run(["--json", "peg-in", "status", "deposit.json"]);
    assert_eq!(ran.refused(), "DamagedDepositFile");
}

#[test]
fn deposit_for_another_network_or_bridge_is_refused_before_any_node_is_asked() {
    let home = home();
    make(&home, &[]);
    let pay =
        ["--json", "peg-in", "pay", "deposit.json", "--amount-sat", "50000", "--key", "alice"];
    let mut other = deployment();
    other["instance"] = json!(format!("0x{}", "44".repeat(32)));
    home.write("deployment.json", other.to_string());
    assert_eq!(home.run(pay).refused(), "WrongInstance");
    let mut other = deployment();
    other["bitcoin"]["network"] = json!("bitcoin");
    home.write("deployment.json", other.to_string());
    let ran = home.run(pay);
    assert_eq!(ran.refused(), "WrongNetwork");
    assert_eq!(ran.document()["expected"], "bitcoin");
    assert_eq!(ran.document()["found"], "regtest");
    let mut other = deployment();
    other["parameters"]["reclaim_blocks"] = json!(301);
    home.write("deployment.json", other.to_string());
    assert_eq!(home.run(pay).refused(), "ForeignTerms");
}

#[test]
fn amount_outside_the_bridge_s_bounds_is_refused() {
    let home = home();
    make(&home, &[]);
    let pay = |sat: &str| {
        home.run(["--json", "peg-in", "pay", "deposit.json", "--amount-sat", sat, "--key", "alice"])
    };
    let small = pay("29999");
    assert_eq!(small.refused(), "AmountTooSmall");
    assert_eq!(small.document()["floor_sat"], 30_000);
    assert_eq!(pay("100000000001").refused(), "AmountTooLarge");
}

#[test]
fn reclaim_to_another_network_is_refused() {
    let home = home();
    make(&home, &[]);
    let mainnet = "bc1pmfr3p9j00pfxjh0zmgp99y8zftmd3s5pmedqhyptwy6lm87hf5sspknck9";
    let ran = home.run([
        "--json",
        "peg-in",
        "reclaim",
        "deposit.json",
        "--to",
        mainnet,
        "--bridge-is-dead",
    ]);
    assert_eq!(ran.refused(), "WrongNetwork");
}

#[test]
fn silent_nodes_are_a_fault_outside() {
    let home = home();
    make(&home, &[]);
    let pay =
        ["--json", "peg-in", "pay", "deposit.json", "--amount-sat", "50000", "--key", "alice"];
    let ran = home.run(pay);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert_eq!(ran.document()["error"], "outside");
    let ran = home.run(["--json", "reserves"]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    let ran = home.run(["--json", "peg-in", "reclaim", "deposit.json", "--to", "alice"]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    let message = ran.document()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("--bridge-is-dead"), "{message}");
}

#[test]
fn status_names_silent_nodes_as_waits() {
    let ran = home().run(["--json", "status"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let document = ran.document();
    let names: Vec<&str> = document["waits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|wait| wait["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["BitcoinUnreachable", "SideChainUnreachable"]);
}

#[test]
fn missing_deployment_says_where_it_was_looked_for() {
    let home = Home::new();
    let ran = home.run(["--json", "reserves"]);
    assert_eq!(ran.code, 2);
    let message = ran.document()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("devnet up") && message.contains("deployment.json"), "{message}");
    home.write("deployment.json", "{}");
    assert_eq!(home.run(["reserves"]).code, 2);
}

#[test]
fn silent_relayer_does_not_take_the_address_back() {
    let home = home();
    home.write("token", "secret");
    let ran = make(&home, &["--relayer", NOBODY, "--relayer-token-file", "token"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.document()["announced_to"].is_null());
    assert!(ran.stderr.contains("peg-in announce"), "{}", ran.stderr);
    assert!(home.path().join("deposit.json").exists());
    let again = home.run([
        "--json",
        "peg-in",
        "announce",
        "deposit.json",
        "--relayer",
        NOBODY,
        "--relayer-token-file",
        "token",
    ]);
    assert_eq!(again.code, 3, "{}", again.stdout);
}

#[test]
fn devnet_without_its_programs_names_the_missing_one() {
    let ran = Home::new().run(["--json", "devnet", "up"]);
    assert_eq!(ran.refused(), "ToolMissing");
    assert!(ran.document()["remedy"].as_str().is_some_and(|text| !text.is_empty()));
}

#[test]
fn devnet_that_is_not_up_is_refused_by_name() {
    let home = Home::new();
    for command in ["status", "down", "env", "logs"] {
        assert_eq!(home.run(["--json", "devnet", command]).refused(), "DevnetNotUp", "{command}");
    }
}
