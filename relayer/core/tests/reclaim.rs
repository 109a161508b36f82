//! The reclaim transaction: its script path, signature, timelock and refusals.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{schnorr, Message, Secp256k1, SecretKey};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::ControlBlock;
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Sequence, TapLeafHash, TxOut, Txid, WPubkeyHash,
};
use farbank_relayer_core::peg_in::descriptor::{Action, DepositDescriptor};
use farbank_relayer_core::peg_in::reclaim::{reclaim_transaction, ReclaimRejection};
use farbank_types::{BlockCount, EvmAddress, B256};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).unwrap()
}

fn descriptor() -> DepositDescriptor {
    let secp = Secp256k1::new();
    DepositDescriptor {
        instance: B256::repeat_byte(1),
        federation_key: key(2).x_only_public_key(&secp).0,
        recipient: EvmAddress::repeat_byte(3),
        carrier_fee: Amount::ZERO,
        salt: B256::repeat_byte(4),
        action: Action::Mint,
        reclaim_blocks: BlockCount::new(300),
        reclaim_key: key(5).x_only_public_key(&secp).0,
    }
}

fn reclaim(
    amount: u64,
    rate: u64,
    signer: &SecretKey,
) -> Result<bitcoin::Transaction, ReclaimRejection> {
    reclaim_transaction(
        &Secp256k1::new(),
        &descriptor(),
        OutPoint::new(Txid::all_zeros(), 1),
        Amount::from_sat(amount),
        ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros()),
        FeeRate::from_sat_per_vb(rate).unwrap(),
        signer,
    )
}

#[test]
fn reclaim_waits_for_its_timelock_and_pays_the_fee_rate() {
    let transaction = reclaim(100_000, 10, &key(5)).unwrap();
    assert_eq!(transaction.version.0, 2);
    assert_eq!(transaction.input[0].sequence, Sequence::from_height(300));
    let fee = 100_000 - transaction.output[0].value.to_sat();
    assert_eq!(fee, (transaction.weight().to_wu() * 10).div_ceil(4));
}

#[test]
fn reclaim_carries_a_valid_script_path() {
    let secp = Secp256k1::new();
    let transaction = reclaim(100_000, 2, &key(5)).unwrap();
    let witness = &transaction.input[0].witness;
    let script = ScriptBuf::from_bytes(witness.nth(1).unwrap().to_vec());
    assert_eq!(script, descriptor().leaf_script().unwrap());
    let control = ControlBlock::decode(witness.nth(2).unwrap()).unwrap();
    let output_key = descriptor().spend_info(&secp).unwrap().output_key();
    assert!(control.verify_taproot_commitment(&secp, output_key.to_x_only_public_key(), &script));

    let prevout = TxOut {
        value: Amount::from_sat(100_000),
        script_pubkey: descriptor().script_pubkey(&secp).unwrap(),
    };
    let sighash = SighashCache::new(&transaction)
        .taproot_script_spend_signature_hash(
            0,
            &Prevouts::All(&[prevout]),
            TapLeafHash::from_script(&script, control.leaf_version),
            TapSighashType::Default,
        )
        .unwrap();
    let signature = schnorr::Signature::from_slice(witness.nth(0).unwrap()).unwrap();
    secp.verify_schnorr(&signature, &Message::from(sighash), &descriptor().reclaim_key).unwrap();
}

#[test]
fn reclaim_below_dust_is_refused() {
    assert!(matches!(reclaim(1_000, 10, &key(5)), Err(ReclaimRejection::DustAmount { .. })));
}

#[test]
fn key_of_somebody_else_is_refused() {
    assert_eq!(reclaim(100_000, 10, &key(6)), Err(ReclaimRejection::WrongReclaimKey));
}
