//! Redemptions without any node: what is refused before one is asked, and what silence ends with.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod common;

use common::{Home, Ran};
use serde_json::json;

/// A port of 127.0.0.1 that nobody listens on.
const NOBODY: &str = "http://127.0.0.1:1";
const KEY: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

/// A home with a deployment that no node answers for.
fn home() -> Home {
    let home = Home::new();
    let word = |digits: &str| format!("0x{}", digits.repeat(32));
    let deployment = json!({
        "version": 2,
        "bitcoin": {"network": "regtest", "rpc_url": NOBODY, "cookie_file": "/nowhere/.cookie"},
        "side_chain": {
            "kind": "anvil", "chain_id": 31337, "genesis_hash": word("44"), "rpc_url": NOBODY,
        },
        "contracts": {
            "bridge": "0x00000000000000000000000000000000000000aa",
            "token": "0x00000000000000000000000000000000000000bb",
            "governance": "0x00000000000000000000000000000000000000cc",
            "deployed_at": 1,
        },
        "instance": word("22"),
        "federation_key": {"x_only": KEY, "kind": "supplied"},
        "checkpoint": {"height": 100, "hash": "33".repeat(32), "epoch_start_time": 1},
        "custody": {"outpoint": format!("{}:0", "11".repeat(32)), "value_sat": 100_000_000},
        "parameters": farbank_types::BridgeParameters::devnet(),
    });
    home.write("deployment.json", deployment.to_string());
    assert_eq!(home.run(["keys", "add", "alice"]).code, 0);
    home
}

fn request(home: &Home, to: &str, amount: &str, max_fee: Option<&str>) -> Ran {
    let mut arguments =
        vec!["--json", "peg-out", "request", "--amount-sat", amount, "--to", to, "--key", "alice"];
    arguments.extend(max_fee.into_iter().flat_map(|fee| ["--max-fee-sat", fee]));
    home.run(arguments)
}

#[test]
fn amounts_and_fees_outside_the_bounds_are_refused_before_any_node_is_asked() {
    let home = home();
    let small = request(&home, "alice", "9999", None);
    assert_eq!(small.refused(), "RedemptionTooSmall");
    assert_eq!(small.document()["floor_sat"], 10_000);
    assert_eq!(request(&home, "alice", "10000000001", None).refused(), "RedemptionTooLarge");
    assert_eq!(request(&home, "alice", "50000", Some("999")).refused(), "MaxFeeTooLow");
    let dust = request(&home, "alice", "50000", Some("48671"));
    assert_eq!(dust.refused(), "DustPayout");
    assert_eq!(
        (&dust.document()["payout_sat"], &dust.document()["dust_sat"]),
        (&329.into(), &330.into())
    );
}

#[test]
fn address_of_another_network_or_type_is_refused() {
    let home = home();
    let mainnet = "bc1pmfr3p9j00pfxjh0zmgp99y8zftmd3s5pmedqhyptwy6lm87hf5sspknck9";
    let ran = request(&home, mainnet, "50000", Some("2000"));
    assert_eq!(ran.refused(), "WrongNetwork");
    assert_eq!(ran.document()["expected"], "regtest");
    assert_eq!(ran.document()["address"], mainnet);
}

#[test]
fn silent_nodes_are_a_fault_outside() {
    let home = home();
    for ran in [
        request(&home, "alice", "50000", None),
        request(&home, "alice", "50000", Some("2000")),
        home.run(["--json", "peg-out", "status", "1"]),
        home.run(["--json", "peg-out", "raise", "1", "--max-fee-sat", "2000", "--key", "alice"]),
    ] {
        assert_eq!(ran.code, 3, "{} {}", ran.stdout, ran.stderr);
        assert_eq!(ran.document()["error"], "outside");
    }
}

#[test]
fn wrong_usage_is_told_before_anything_else() {
    let home = home();
    for arguments in [
        &["peg-out"][..],
        &["peg-out", "status"],
        &["peg-out", "status", "0"],
        &["peg-out", "status", "one"],
        &["peg-out", "raise", "1", "--key", "alice"],
        &["peg-out", "request", "--amount-sat", "50000", "--to", "alice"],
    ] {
        assert_eq!(home.run(arguments).code, 2, "{arguments:?}");
    }
    let unknown_key =
        home.run(["peg-out", "request", "--amount-sat", "50000", "--to", "alice", "--key", "bob"]);
    assert_eq!(unknown_key.code, 2, "{}", unknown_key.stderr);
}
