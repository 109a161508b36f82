//! The deposit file: damage, foreign bridges and secrets.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result, reason = "a test fails by panicking")]

use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{Amount, Network};
use farbank_relayer_core::peg_in::deposit_file::{
    DepositAnnouncement, DepositFile, DepositFileRejection, ReclaimSecret,
};
use farbank_relayer_core::peg_in::descriptor::{Action, DepositDescriptor};
use farbank_types::{BitcoinHeight, BlockCount, EvmAddress, B256};

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).unwrap()
}

fn file() -> DepositFile {
    let secp = Secp256k1::new();
    let descriptor = DepositDescriptor {
        instance: B256::repeat_byte(1),
        federation_key: secret(2).x_only_public_key(&secp).0,
        recipient: EvmAddress::repeat_byte(3),
        carrier_fee: Amount::from_sat(1_000),
        salt: B256::repeat_byte(4),
        action: Action::Mint,
        reclaim_blocks: BlockCount::new(300),
        reclaim_key: secret(5).x_only_public_key(&secp).0,
    };
    let deposit =
        DepositAnnouncement::new(&secp, Network::Regtest, descriptor, BitcoinHeight::new(150))
            .unwrap();
    DepositFile::new(deposit, Some(ReclaimSecret::new(&secret(5))))
}

fn reread(
    change: impl FnOnce(&mut serde_json::Value),
) -> Result<DepositFile, DepositFileRejection> {
    let mut json = serde_json::from_slice(&file().to_json().unwrap()).unwrap();
    change(&mut json);
    DepositFile::from_json(&Secp256k1::new(), &serde_json::to_vec(&json).unwrap())
}

#[test]
fn deposit_file_survives_writing_and_reading() {
    let read = reread(|_| ()).unwrap();
    assert_eq!(read.deposit, file().deposit);
    assert_eq!(read.reclaim_secret.unwrap().secret_key(), Some(secret(5)));
}

#[test]
fn every_changed_descriptor_field_is_damage() {
    let other = format!("0x{}", "9".repeat(64));
    for (field, value) in [
        ("instance", other.as_str().into()),
        ("salt", other.as_str().into()),
        ("recipient", "0x0000000000000000000000000000000000000001".into()),
        ("carrier_fee_sat", 1_001.into()),
        ("reclaim_blocks", 301.into()),
        ("federation_key", file().deposit.descriptor.reclaim_key.to_string().into()),
    ] {
        let found = reread(|json| json["deposit"]["descriptor"][field] = value);
        assert!(
            matches!(found, Err(DepositFileRejection::AddressMismatch { .. })),
            "{field}: {found:?}"
        );
    }
}

#[test]
fn address_of_another_network_is_damage() {
    let found = reread(|json| json["deposit"]["network"] = "bitcoin".into());
    assert!(matches!(found, Err(DepositFileRejection::AddressMismatch { .. })), "{found:?}");
}

#[test]
fn cut_off_file_is_damage() {
    let json = file().to_json().unwrap();
    let found = DepositFile::from_json(&Secp256k1::new(), &json[..json.len() / 2]);
    assert!(matches!(found, Err(DepositFileRejection::DamagedDepositFile { .. })), "{found:?}");
}

#[test]
fn secret_of_another_key_is_damage() {
    let found = reread(|json| json["reclaim_secret"] = "07".repeat(32).into());
    assert!(matches!(found, Err(DepositFileRejection::ReclaimSecretMismatch)), "{found:?}");
}

#[test]
fn reclaim_delay_that_needs_another_push_is_refused() {
    for blocks in [0, 255, 32_768] {
        let found = reread(|json| json["deposit"]["descriptor"]["reclaim_blocks"] = blocks.into());
        assert!(matches!(found, Err(DepositFileRejection::Descriptor(_))), "{blocks}: {found:?}");
    }
}

#[test]
fn unknown_version_is_refused() {
    let found = reread(|json| json["version"] = 2.into());
    assert!(matches!(found, Err(DepositFileRejection::UnknownVersion { found: 2 })), "{found:?}");
}

#[test]
fn secret_never_shows_in_debug_output() {
    let shown = format!("{:?}", file());
    assert!(shown.contains("ReclaimSecret(..)"));
    assert!(!shown.contains(&"05".repeat(8)), "{shown}");
}
