//! `farbank headers verify` takes recorded mainnet headers and names what is wrong with changed ones.

mod common;

use common::{mainnet_headers, Home, Ran};
use serde_json::json;

/// Bytes of a header.
const SIZE: usize = 80;
/// Where a header has its fields.
const VERSION: usize = 0;
const PARENT: usize = 4;
const ROOT: usize = 36;
const TIME: usize = 68;
const BITS: usize = 72;
const NONCE: usize = 76;

fn verify_as(network: &str, epoch_start: Option<u32>, raw: &[u8]) -> Ran {
    let home = Home::new();
    home.write("headers", raw);
    let epoch_start = epoch_start.map(|time| time.to_string());
    let mut arguments = vec!["--json", "headers", "verify", "--network", network];
    arguments.extend(["--checkpoint-height", "554390", "headers"]);
    if let Some(time) = &epoch_start {
        arguments.extend(["--epoch-start-time", time]);
    }
    home.run(arguments)
}

fn verify(raw: &[u8]) -> Ran {
    verify_as("mainnet", Some(mainnet_headers().1), raw)
}

/// Where `field` of header `index` begins in the file.
fn at(index: usize, field: usize) -> usize {
    index * SIZE + field
}

#[test]
fn recorded_mainnet_headers_across_a_retarget_are_taken() {
    let (raw, _) = mainnet_headers();
    let ran = verify(&raw);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let document = ran.document();
    assert_eq!(document["headers"], 19);
    assert_eq!(document["height"], 554_408);
    assert_eq!(document["tip"].as_str().unwrap().len(), 64);
    assert_eq!(document["work"].as_str().unwrap().len(), 64);
    assert!(document["seconds"].is_f64());
    assert_eq!(document.as_object().unwrap().len(), 5);
}

#[test]
fn headers_from_standard_input_are_taken_and_shown_to_a_person() {
    let (raw, epoch_start) = mainnet_headers();
    let epoch_start = epoch_start.to_string();
    let ran = Home::new().run_with(
        [
            "headers",
            "verify",
            "--network",
            "bitcoin",
            "--checkpoint-height",
            "554390",
            "--epoch-start-time",
            &epoch_start,
            "-",
        ],
        raw,
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("554,408"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "colour outside of a terminal");
}

/// A change of the file, and what its refusal must say.
type Mutation = (&'static str, fn(&mut Vec<u8>), &'static str, u64);

const MUTATIONS: [Mutation; 12] = [
    ("last byte missing", |raw| raw.truncate(raw.len() - 1), "CutOff", 18),
    ("empty file", Vec::clear, "CutOff", 0),
    ("parent changed", |raw| raw[at(3, PARENT)] ^= 1, "BadLink", 3),
    ("header left out", |raw| drop(raw.drain(at(5, 0)..at(6, 0))), "BadLink", 5),
    ("header repeated", |raw| raw.copy_within(at(6, 0)..at(7, 0), at(7, 0)), "BadLink", 7),
    ("bits changed", |raw| raw[at(4, BITS)] ^= 1, "BadBits", 4),
    (
        "old bits after the retarget",
        |raw| raw.copy_within(at(9, BITS)..at(9, NONCE), at(10, BITS)),
        "BadBits",
        10,
    ),
    ("nonce changed", |raw| raw[at(2, NONCE)] ^= 1, "BadProofOfWork", 2),
    ("Merkle root changed", |raw| raw[at(8, ROOT)] ^= 1, "BadProofOfWork", 8),
    ("version changed", |raw| raw[at(18, VERSION)] ^= 1, "BadProofOfWork", 18),
    ("time long ago", |raw| raw[at(12, TIME)..at(12, BITS)].fill(0x10), "TimeTooOld", 12),
    ("time far ahead", |raw| raw[at(13, TIME)..at(13, BITS)].fill(0xf0), "TimeTooNew", 13),
];

#[test]
fn each_change_of_the_headers_is_refused_by_name_and_place() {
    for (what, change, name, index) in MUTATIONS {
        let (mut raw, _) = mainnet_headers();
        change(&mut raw);
        let ran = verify(&raw);
        assert_eq!(ran.refused(), name, "{what}");
        let document = ran.document();
        assert_eq!(document["index"], index, "{what}: {document}");
        assert_eq!(document["height"], 554_390 + index, "{what}: {document}");
        assert!(document["message"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
    }
}

#[test]
fn refusal_carries_the_values_of_its_reason() {
    let (mut raw, _) = mainnet_headers();
    raw[at(4, BITS)] ^= 1;
    let document = verify(&raw).document();
    let expected = document["expected"].as_u64().unwrap();
    assert_eq!(document["bits"], json!(expected ^ 1));
}

#[test]
fn checkpoint_is_held_to_its_own_work() {
    let (mut raw, _) = mainnet_headers();
    raw[at(0, NONCE)] ^= 1;
    let ran = verify(&raw);
    assert_eq!((ran.refused().as_str(), &ran.document()["index"]), ("BadProofOfWork", &json!(0)));
}

#[test]
fn retarget_without_its_epoch_start_is_refused() {
    let (raw, epoch_start) = mainnet_headers();
    let ran = verify_as("mainnet", None, &raw);
    assert_eq!(ran.refused(), "EpochStartUnknown");
    assert_eq!(ran.document()["height"], 554_400);
    let ran = verify_as("mainnet", Some(epoch_start + 100_000), &raw);
    assert_eq!(ran.refused(), "BadBits");
}

#[test]
fn headers_of_another_network_are_refused() {
    let (raw, epoch_start) = mainnet_headers();
    assert_eq!(verify_as("regtest", Some(epoch_start), &raw).refused(), "BadBits");
    assert_eq!(verify_as("testnet3", Some(epoch_start), &raw).refused(), "BadCheckpoint");
}

#[test]
fn refusal_names_reason_and_values_to_a_person() {
    let (raw, _) = mainnet_headers();
    let home = Home::new();
    home.write("headers", &raw[..100]);
    let ran = home.run([
        "headers",
        "verify",
        "--network",
        "mainnet",
        "--checkpoint-height",
        "554390",
        "headers",
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("refused: CutOff"), "{}", ran.stderr);
    assert!(ran.stderr.contains("length: 100"), "{}", ran.stderr);
}

#[test]
fn missing_file_is_wrong_usage() {
    let ran = Home::new().run([
        "--json",
        "headers",
        "verify",
        "--network",
        "mainnet",
        "--checkpoint-height",
        "0",
        "nowhere",
    ]);
    assert_eq!(ran.code, 2);
    let document = ran.document();
    assert_eq!(document["error"], "usage");
    assert!(document["message"].as_str().unwrap().contains("nowhere"), "{document}");
}
