//! `farbank inclusion` proves and checks a transaction of a recorded mainnet block.

mod common;

use common::{vector, Home};
use farbank_types::bitcoin::consensus::encode::{deserialize, serialize_hex};
use farbank_types::bitcoin::{Block, MerkleBlock};
use serde_json::{json, Value};

const BLOCK: &str = "mainnet-block-0000000000000000000c835b.raw";

fn block() -> Block {
    deserialize(&vector(BLOCK)).expect("a whole recorded block")
}

/// A home with the block, and the proof of the transaction at `place`.
fn proved(place: usize) -> (Home, Value) {
    let home = Home::new();
    home.write("block", vector(BLOCK));
    let txid = block().txdata[place].compute_txid().to_string();
    let ran = home.run(["inclusion", "prove", "--block", "block", "--txid", &txid]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let proof = ran.document();
    (home, proof)
}

fn verify(home: &Home, proof: &Value) -> common::Ran {
    home.run_with(["--json", "inclusion", "verify", "-"], proof.to_string())
}

#[test]
fn proof_from_a_block_has_the_published_shape_and_verifies() {
    let (home, proof) = proved(7);
    let keys: Vec<&String> = proof.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["branch", "coinbase", "coinbase_branch", "header", "index", "tx"]);
    assert_eq!(proof["index"], 7);
    let ran = verify(&home, &proof);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let document = ran.document();
    assert_eq!(document["block"], block().block_hash().to_string());
    assert_eq!(document["txid"], block().txdata[7].compute_txid().to_string());
}

#[test]
fn proof_from_gettxoutproof_is_the_same() {
    let (home, proof) = proved(7);
    let block = block();
    let shown = [block.txdata[0].compute_txid(), block.txdata[7].compute_txid()];
    let partial = MerkleBlock::from_block_with_predicate(&block, |txid| shown.contains(txid));
    home.write("coinbase", serialize_hex(&block.txdata[0]));
    let (partial, tx) = (serialize_hex(&partial), serialize_hex(&block.txdata[7]));
    let ran = home.run([
        "inclusion",
        "prove",
        "--txout-proof",
        &partial,
        "--tx",
        &tx,
        "--coinbase-tx",
        "coinbase",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.document(), proof);
}

#[test]
fn changed_proofs_are_refused_by_name() {
    let (home, proof) = proved(7);
    let flipped = |key: &str, at: usize| {
        let mut changed = proof.clone();
        let node = changed[key][at].as_str().unwrap().to_owned();
        let digit = if node.starts_with('0') { "1" } else { "0" };
        changed[key][at] = json!(format!("{digit}{}", &node[1..]));
        changed
    };
    let with = |key: &str, value: Value| {
        let mut changed = proof.clone();
        changed[key] = value;
        changed
    };
    let shorter = proof["branch"].as_array().unwrap()[1..].to_vec();
    let doubled = format!("{}00", proof["tx"].as_str().unwrap());
    let rows = [
        ("branch", flipped("branch", 0), "TransactionNotIncluded"),
        ("coinbase branch", flipped("coinbase_branch", 0), "CoinbaseNotIncluded"),
        ("coinbase digest", with("coinbase", json!("00".repeat(32))), "CoinbaseNotIncluded"),
        ("index", with("index", json!(6)), "TransactionNotIncluded"),
        ("index of the coinbase", with("index", json!(0)), "CoinbaseIndex"),
        ("index beyond the tree", with("index", json!(u32::MAX)), "IndexOutOfRange"),
        ("shorter branch", with("branch", json!(shorter)), "BranchLengthMismatch"),
        ("64 bytes", with("tx", json!("01".repeat(64))), "TransactionSize64"),
        ("trailing byte", with("tx", json!(doubled)), "TransactionMalformed"),
        ("header", with("header", json!("00".repeat(80))), "BadProofOfWork"),
        ("unknown field", with("colour", json!("red")), "DamagedInclusionProof"),
        ("no proof at all", json!([]), "DamagedInclusionProof"),
    ];
    for (what, changed, name) in rows {
        assert_eq!(verify(&home, &changed).refused(), name, "{what}");
    }
}

#[test]
fn transaction_of_another_block_is_refused() {
    let home = Home::new();
    home.write("block", hex::encode(vector(BLOCK)));
    let ran =
        home.run(["--json", "inclusion", "prove", "--block", "block", "--txid", &"11".repeat(32)]);
    assert_eq!(ran.refused(), "NotInBlock");
    assert_eq!(ran.document()["txid"], "11".repeat(32));
}

#[test]
fn half_of_what_is_needed_is_wrong_usage() {
    let ran = Home::new().run(["inclusion", "prove", "--txout-proof", "00"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--tx"), "{}", ran.stderr);
}
