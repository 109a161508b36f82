//! The public file: what it holds, and files that describe no federation.

use farbank_federation::group::Group;
use serde_json::Value;

use crate::support::shares;

fn file() -> Value {
    serde_json::to_value(shares()[0].group()).unwrap()
}

fn refusal(file: Value) -> String {
    serde_json::from_value::<Group>(file).unwrap_err().to_string()
}

#[test]
fn file_reads_back() {
    let group = shares()[0].group().clone();
    let text = serde_json::to_string_pretty(&group).unwrap();
    let read: Group = serde_json::from_str(&text).unwrap();
    assert_eq!(read, group);
    assert_eq!(read.hash(), group.hash());
}

#[test]
fn file_names_its_parts() {
    let file = file();
    assert_eq!(file["version"], 1);
    assert_eq!(file["threshold"], serde_json::json!({ "k": 3, "n": 4 }));
    assert_eq!(file["federation_key"].as_str().unwrap().len(), 64);
    assert_eq!(file["attesters"].as_array().unwrap().len(), 4);
    assert_eq!(file["attesters"][2]["index"], 3);
}

#[test]
fn shares_of_another_order_are_refused() {
    let mut file = file();
    let first = file["attesters"][0]["verifying_share"].take();
    let fourth = core::mem::replace(&mut file["attesters"][3]["verifying_share"], first);
    file["attesters"][0]["verifying_share"] = fourth;
    assert_eq!(refusal(file), "the verifying shares do not belong to the federation key");
}

#[test]
fn share_off_the_polynomial_names_its_attester() {
    let mut file = file();
    file["attesters"][3]["verifying_share"] = file["attesters"][0]["verifying_share"].clone();
    assert_eq!(
        refusal(file),
        "the verifying share of attester 4 does not belong to the federation key"
    );
}

#[test]
fn another_key_is_refused() {
    let mut file = file();
    // x of 2G: a point, and nobody's key.
    file["federation_key"] =
        "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5".into();
    assert_eq!(refusal(file), "the verifying shares do not belong to the federation key");
}

#[test]
fn attesters_out_of_order_are_refused() {
    let mut file = file();
    file["attesters"].as_array_mut().unwrap().swap(0, 1);
    assert_eq!(refusal(file), "attester 2 is listed where 1 belongs");
}

#[test]
fn missing_attester_is_refused() {
    let mut file = file();
    file["attesters"].as_array_mut().unwrap().pop();
    assert_eq!(refusal(file), "3 identities for 4 attesters");
}

#[test]
fn another_version_is_refused() {
    let mut file = file();
    file["version"] = 2.into();
    assert_eq!(refusal(file), "federation file of version 2, this program reads 1");
}

#[test]
fn unknown_field_is_refused() {
    let mut file = file();
    file["threshhold"] = 3.into();
    assert!(refusal(file).starts_with("unknown field"));
}
