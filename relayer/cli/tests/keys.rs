//! `farbank keys`: private files, shown by their addresses.

mod common;

use std::os::unix::fs::PermissionsExt as _;

use common::Home;

#[test]
fn new_key_is_private_and_listed_with_both_addresses() {
    let home = Home::new();
    let added = home.run(["--json", "keys", "add", "alice", "--network", "regtest"]);
    assert_eq!(added.code, 0, "{}", added.stdout);
    let key = added.document()[0].clone();
    let file = home.path().join("keys/alice.key");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let folder = std::fs::metadata(home.path().join("keys")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    let secret = std::fs::read_to_string(&file).unwrap();
    assert!(!added.stdout.contains(secret.trim()), "the secret is never shown");
    assert!(key["bitcoin_address"].as_str().unwrap().starts_with("bcrt1p"));
    let listed = home.run(["--json", "keys", "list", "--network", "regtest"]);
    assert_eq!(listed.document()[0], key);
}

#[test]
fn known_secret_gives_the_known_addresses() {
    let home = Home::new();
    home.run(["keys", "add", "one"]);
    let file = home.path().join("keys/one.key");
    // Secret 1: its account is well known.
    std::fs::write(file, format!("{:064x}\n", 1)).unwrap();
    let listed = home.run(["--json", "keys", "list"]).document();
    assert_eq!(listed[0]["evm_address"], "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
    // BIP-0341 key path of the generator without a script tree.
    assert_eq!(
        listed[0]["bitcoin_address"],
        "bc1pmfr3p9j00pfxjh0zmgp99y8zftmd3s5pmedqhyptwy6lm87hf5sspknck9"
    );
}

#[test]
fn key_is_never_overwritten() {
    let home = Home::new();
    assert_eq!(home.run(["keys", "add", "alice"]).code, 0);
    let again = home.run(["keys", "add", "alice"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
}

#[test]
fn name_with_a_path_is_wrong_usage() {
    assert_eq!(Home::new().run(["keys", "add", "../alice"]).code, 2);
}

#[test]
fn no_keys_are_no_failure() {
    let home = Home::new();
    let ran = home.run(["keys", "list"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("farbank keys add"), "{}", ran.stdout);
    assert_eq!(home.run(["--json", "keys", "list"]).document(), serde_json::json!([]));
}
