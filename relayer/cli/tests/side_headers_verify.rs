//! `farbank side-headers verify` takes what geth exported and names what is wrong with changed blocks.

mod common;

use common::{vector, Home, Ran};
use serde_json::Value;

/// A recorded network: its genesis file, and blocks from number 1 on.
fn network(name: &str) -> (Value, Vec<u8>) {
    let recorded: Value =
        serde_json::from_slice(&vector(&format!("clique/{name}.json"))).expect("as recorded");
    let export = recorded["export"].as_str().expect("as recorded").trim_start_matches("0x");
    (recorded["genesis"].clone(), hex::decode(export).expect("as recorded"))
}

fn verify(genesis: &Value, blocks: &[u8]) -> Ran {
    let home = Home::new();
    home.write("genesis.json", genesis.to_string());
    home.write("blocks", blocks);
    home.run(arguments("blocks"))
}

fn arguments(blocks: &str) -> [&str; 8] {
    [
        "--json",
        "side-headers",
        "verify",
        "--consensus",
        "clique",
        "--genesis",
        "genesis.json",
        blocks,
    ]
}

/// Where the blocks of an export begin.
fn starts(blocks: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    while at < blocks.len() {
        let length = usize::from(blocks[at] - 0xf7);
        let size =
            blocks[at + 1..=at + length].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        at += 1 + length + size;
        starts.push(at);
    }
    starts
}

#[test]
fn export_of_geth_is_taken() {
    let (genesis, blocks) = network("three-signers");
    let ran = verify(&genesis, &blocks);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let document = ran.document();
    let count = starts(&blocks).len() - 1;
    assert_eq!((&document["headers"], &document["number"]), (&count.into(), &count.into()));
    assert_eq!(document["tip"].as_str().unwrap().len(), 66);
    assert!(document["finalized"].as_u64().unwrap() > 20);
    assert_eq!(document["signers"].as_array().unwrap().len(), 3);
    assert!(document["seconds"].is_f64());
    assert_eq!(document.as_object().unwrap().len(), 6);
}

#[test]
fn blocks_from_standard_input_are_taken_and_shown_to_a_person() {
    let (genesis, blocks) = network("one-signer");
    let home = Home::new();
    home.write("genesis.json", genesis.to_string());
    let ran = home.run_with(&arguments("-")[1..], blocks);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("Newest final block"), "{}", ran.stdout);
}

#[test]
fn changed_blocks_are_refused_by_name_place_and_number() {
    let (genesis, blocks) = network("three-signers");
    let starts = starts(&blocks);
    let refusal = |blocks: &[u8]| {
        let ran = verify(&genesis, blocks);
        let name = ran.refused();
        let document = ran.document();
        assert!(document["message"].as_str().is_some_and(|text| !text.is_empty()));
        (name, document["index"].as_u64().unwrap(), document["number"].as_u64().unwrap())
    };
    // The state root of the ninth block: parent and uncle hash, beneficiary before it.
    let mut changed = blocks[..starts[9]].to_vec();
    let header = starts[8] + 6;
    changed[header + 33 + 33 + 21 + 5] ^= 1;
    assert_eq!(refusal(&changed), ("UnauthorizedSigner".into(), 8, 9));
    let without = [&blocks[..starts[4]], &blocks[starts[5]..]].concat();
    assert_eq!(refusal(&without), ("UnknownParent".into(), 4, 6));
    assert_eq!(refusal(&blocks[..starts[3] - 1]), ("Malformed".into(), 2, 3));
    assert_eq!(refusal(b"no blocks"), ("Malformed".into(), 0, 0));
    assert_eq!(refusal(b""), ("Malformed".into(), 0, 0));
    assert_eq!(refusal(&[0xfb, 0xff, 0, 0, 0]), ("TooLarge".into(), 0, 0));
}

#[test]
fn genesis_file_of_another_chain_is_refused() {
    let (genesis, blocks) = network("three-signers");
    let (other, _) = network("one-signer");
    assert_eq!(verify(&other, &blocks).refused(), "UnknownParent");
    let mut changed = genesis.clone();
    changed["config"].as_object_mut().unwrap().remove("clique");
    assert_eq!(verify(&changed, &blocks).refused(), "NotClique");
    let mut changed = genesis.clone();
    changed["config"]["shanghaiTime"] = 0.into();
    assert_eq!(verify(&changed, &blocks).refused(), "LaterFork");
    let mut changed = genesis.clone();
    changed["config"].as_object_mut().unwrap().remove("londonBlock");
    assert_eq!(verify(&changed, &blocks).refused(), "NotLondon");
    let mut changed = genesis;
    changed["extraData"] = format!("0x{}", "00".repeat(97)).into();
    assert_eq!(verify(&changed, &blocks).refused(), "BadExtraData");
    assert_eq!(verify(&Value::Null, &blocks).refused(), "Malformed");
}

#[test]
fn missing_file_is_wrong_usage() {
    let (genesis, _) = network("one-signer");
    let home = Home::new();
    home.write("genesis.json", genesis.to_string());
    let ran = home.run(arguments("nowhere"));
    assert_eq!(ran.code, 2);
    assert!(ran.document()["message"].as_str().unwrap().contains("nowhere"));
}
