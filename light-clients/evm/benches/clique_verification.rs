//! How many headers one core verifies, seals included, and how many storage proofs.

use std::fs;
use std::path::Path;

use alloy_consensus::{Header, EMPTY_OMMER_ROOT_HASH};
use alloy_eips::eip1559::{calc_next_block_base_fee, BaseFeeParams};
use criterion::{Criterion, Throughput};
use farbank_evm_light_client::clique::{CliqueChain, CliqueRules};
use farbank_evm_light_client::own_node::OwnNode;
use farbank_evm_light_client::proof::{AccountProof, StorageProof};
use farbank_evm_light_client::{FinalityVerifier as _, SideHeader};
use farbank_types::{keccak256, EvmAddress, UnixTime, U256};
use secp256k1::{Message, Secp256k1, SecretKey};
use serde_json::Value;

const HEADERS: usize = 10_000;
const SIGNERS: u8 = 3;
const NOW: UnixTime = UnixTime::new(4_000_000_000);

/// Seals a chain in turn; the first header is the genesis block.
fn seal() -> Vec<SideHeader> {
    let secp = Secp256k1::signing_only();
    let mut keys: Vec<_> = (1..=SIGNERS)
        .map(|seed| {
            let key = SecretKey::from_slice(keccak256([seed]).as_slice()).expect("in range");
            let public = key.public_key(&secp).serialize_uncompressed();
            (EvmAddress::from_slice(&keccak256(&public[1..])[12..]), key)
        })
        .collect();
    keys.sort_unstable_by_key(|(address, _)| *address);
    let mut extra = vec![0; 32];
    extra.extend(keys.iter().flat_map(|(address, _)| address.into_array()));
    extra.extend([0; 65]);
    let mut headers = vec![SideHeader::new(Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        difficulty: U256::from(1),
        gas_limit: 30_000_000,
        timestamp: 1_700_000_000,
        extra_data: extra.into(),
        base_fee_per_gas: Some(1_000_000_000),
        ..Header::default()
    })];
    for number in 1..HEADERS {
        let parent = &headers[number - 1];
        let fields = parent.header();
        let fee = fields.base_fee_per_gas.expect("London");
        let params = BaseFeeParams::ethereum();
        let fee = calc_next_block_base_fee(fields.gas_used, fields.gas_limit, fee, params);
        let mut header = Header {
            parent_hash: parent.hash(),
            difficulty: U256::from(2),
            number: fields.number + 1,
            timestamp: fields.timestamp + 1,
            extra_data: vec![0; 32].into(),
            base_fee_per_gas: Some(fee),
            ..fields.clone()
        };
        let digest = Message::from_digest(keccak256(alloy_rlp::encode(&header)).0);
        let key = &keys[number % keys.len()].1;
        let (v, compact) = secp.sign_ecdsa_recoverable(&digest, key).serialize_compact();
        let v = u8::try_from(v.to_i32()).expect("0 to 3");
        header.extra_data = [&[0; 32], &compact[..], &[v]].concat().into();
        headers.push(SideHeader::new(header));
    }
    headers
}

fn headers(criterion: &mut Criterion) {
    let headers = seal();
    let encoded: Vec<_> = headers.iter().map(SideHeader::encode).collect();
    let rules = CliqueRules { period_secs: 1, epoch: 30_000 };
    let mut group = criterion.benchmark_group("clique_verification");
    group.throughput(Throughput::Elements(HEADERS as u64)).sample_size(10);
    group.bench_function("decode_and_import", |bencher| {
        bencher.iter(|| {
            let mut chain = CliqueChain::new(rules, headers[0].clone()).expect("genesis");
            for batch in encoded[1..].chunks(512) {
                let batch: Vec<_> =
                    batch.iter().map(|rlp| SideHeader::decode(rlp).expect("valid")).collect();
                chain.import(&batch, NOW).expect("valid");
            }
            chain.newest_final()
        });
    });
    group.bench_function("import_one_by_one", |bencher| {
        bencher.iter(|| {
            let mut chain = CliqueChain::new(rules, headers[0].clone()).expect("genesis");
            for header in &headers[1..] {
                chain.import(std::slice::from_ref(header), NOW).expect("valid");
            }
            chain.newest_final()
        });
    });
    group.finish();
}

fn proofs(criterion: &mut Criterion) {
    let path = "../../tests/vectors/clique/one-signer.json";
    let json = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("vector");
    let vector: Value = serde_json::from_slice(&json).expect("JSON");
    let read = |value: &Value| serde_json::from_value(value.clone()).expect("hexadecimal");
    let proofs = &vector["proofs"];
    let block = usize::try_from(proofs["block"].as_u64().expect("number")).expect("small");
    let rlp: farbank_types::Bytes =
        serde_json::from_value(vector["headers"][block].clone()).expect("hexadecimal");
    let mut node = OwnNode::new();
    node.set_finalized(SideHeader::decode(&rlp).expect("geth's")).expect("first");
    let header = node.newest_final().expect("one");
    let answer = &proofs["answers"][1];
    let address = serde_json::from_value(answer["address"].clone()).expect("address");
    let account = AccountProof { address, nodes: read(&answer["accountProof"]) };
    let slot = &answer["storageProof"][0];
    let storage = StorageProof { slot: farbank_types::B256::ZERO, nodes: read(&slot["proof"]) };
    criterion.bench_function("account_and_slot_proof", |bencher| {
        bencher.iter(|| storage.verify(&account.verify(&header).expect("geth's")).expect("geth's"));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    headers(&mut criterion);
    proofs(&mut criterion);
    criterion.final_summary();
}
