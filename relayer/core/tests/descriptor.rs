//! The deposit descriptor against the shared vectors that the contracts' tests read too.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use bitcoin::opcodes::all::{OP_CHECKSIG, OP_CSV, OP_DROP};
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{Amount, Network};
use farbank_relayer_core::peg_in::descriptor::{
    Action, DepositDescriptor, DescriptorRejection, MAX_RECLAIM_BLOCKS, MIN_RECLAIM_BLOCKS,
};
use farbank_types::{keccak256, BlockCount, EvmAddress, B256};
use proptest::prelude::*;
use serde_json::{json, Value};

fn descriptor(seed: u8, reclaim_blocks: u32) -> DepositDescriptor {
    let secp = Secp256k1::new();
    let key = |label: &str| {
        let secret = keccak256(format!("{label} {seed}"));
        SecretKey::from_slice(secret.as_slice()).unwrap().x_only_public_key(&secp).0
    };
    DepositDescriptor {
        instance: keccak256(format!("instance {seed}")),
        federation_key: key("federation"),
        recipient: EvmAddress::from_word(keccak256(format!("recipient {seed}"))),
        carrier_fee: Amount::from_sat(u64::from(seed) * 1_000),
        salt: keccak256(format!("salt {seed}")),
        action: Action::Mint,
        reclaim_blocks: BlockCount::new(reclaim_blocks),
        reclaim_key: key("reclaim"),
    }
}

fn vector(descriptor: &DepositDescriptor) -> Value {
    let secp = Secp256k1::new();
    let output = descriptor.output_key(&secp).unwrap();
    let key = |key: bitcoin::XOnlyPublicKey| B256::from(key.serialize());
    json!({
        "instance": descriptor.instance,
        "federationKey": key(descriptor.federation_key),
        "recipient": descriptor.recipient,
        "carrierFee": descriptor.carrier_fee.to_sat(),
        "salt": descriptor.salt,
        "action": descriptor.action.encode(),
        "reclaimBlocks": descriptor.reclaim_blocks,
        "reclaimKey": key(descriptor.reclaim_key),
        "commitment": descriptor.commitment(),
        "tweak": descriptor.tweak_hash().unwrap(),
        "outputX": output.x,
        "outputY": output.y,
        "slope": output.slope,
    })
}

#[test]
fn shared_vectors_are_what_the_code_derives() {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../../tests/vectors/deposits.json"].iter().collect();
    let vectors: Vec<Value> = [256, 300, 4_320, 32_767]
        .iter()
        .zip(1..)
        .map(|(blocks, seed)| vector(&descriptor(seed, *blocks)))
        .collect();
    let derived = serde_json::to_string_pretty(&json!({ "deposits": vectors })).unwrap() + "\n";
    if std::env::var_os("FARBANK_BLESS").is_some() {
        std::fs::write(&path, &derived).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, derived, "run with FARBANK_BLESS=1 to write the vectors anew");
}

#[test]
fn leaf_script_is_the_one_of_the_design() {
    let descriptor = descriptor(1, 300);
    let mut expected = vec![0x20];
    expected.extend(descriptor.commitment());
    expected.extend([OP_DROP.to_u8(), 0x02, 0x2c, 0x01, OP_CSV.to_u8(), OP_DROP.to_u8(), 0x20]);
    expected.extend(descriptor.reclaim_key.serialize());
    expected.push(OP_CHECKSIG.to_u8());
    assert_eq!(descriptor.leaf_script().unwrap().as_bytes(), expected);
}

#[test]
fn reclaim_delay_keeps_a_two_byte_push() {
    for (blocks, fits) in [
        (MIN_RECLAIM_BLOCKS.get() - 1, false),
        (MIN_RECLAIM_BLOCKS.get(), true),
        (MAX_RECLAIM_BLOCKS.get(), true),
        (MAX_RECLAIM_BLOCKS.get() + 1, false),
    ] {
        let script = descriptor(1, blocks).leaf_script();
        match (script, fits) {
            (Ok(script), true) => assert_eq!(script.len(), 33 + 1 + 3 + 2 + 33 + 1, "{blocks}"),
            (Err(DescriptorRejection::ReclaimBlocksOutOfRange { found }), false) => {
                assert_eq!(found.get(), blocks);
            }
            (other, _) => panic!("{blocks}: {other:?}"),
        }
    }
}

#[test]
fn address_is_a_bech32m_one_of_its_network() {
    let secp = Secp256k1::new();
    let descriptor = descriptor(1, 300);
    assert!(descriptor.address(&secp, Network::Regtest).unwrap().to_string().starts_with("bcrt1p"));
    assert!(descriptor.address(&secp, Network::Bitcoin).unwrap().to_string().starts_with("bc1p"));
}

proptest! {
    #[test]
    fn every_field_moves_the_address(field in 0..6_u8, bit in 0..160_usize) {
        let secp = Secp256k1::new();
        let original = descriptor(1, 300);
        let mut other = original;
        let flip = |word: &mut [u8]| word[bit / 8] ^= 1 << (bit % 8);
        match field {
            0 => flip(&mut other.instance.0),
            1 => flip(other.recipient.0.as_mut_slice()),
            2 => other.carrier_fee = Amount::from_sat(1_000 ^ (1 << (bit % 50))),
            3 => flip(&mut other.salt.0),
            4 => other.reclaim_blocks = BlockCount::new(301 + u32::try_from(bit).unwrap()),
            _ => other.reclaim_key = descriptor(2, 300).reclaim_key,
        }
        prop_assert_ne!(
            original.script_pubkey(&secp).unwrap(),
            other.script_pubkey(&secp).unwrap()
        );
    }
}
