//! What is refused for its shape, by name.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode::{deserialize, serialize};
use bitcoin::transaction::Version;
use bitcoin::{Amount, ScriptBuf, Sequence, Transaction, TxOut, Weight, Witness};
use farbank_federation::custody::{CustodyTransaction, ShapeRefusal, MAX_WEIGHT};
use proptest::prelude::*;

use crate::common::{deposit, outpoint, plan, sat, script};

fn transaction() -> Transaction {
    let mut plan = plan(&[1, 2]);
    plan.deposits = vec![deposit(3, 1, 40_000), deposit(3, 2, 40_000), deposit(7, 0, 40_000)];
    plan.build().expect("built").transaction
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Transaction), expected: ShapeRefusal) {
    let mut transaction = transaction();
    change(&mut transaction);
    assert_eq!(CustodyTransaction::parse(&transaction), Err(expected));
}

#[test]
fn other_version_is_refused() {
    refused(|t| t.version = Version::TWO, ShapeRefusal::WrongVersion { found: 2 });
}

#[test]
fn lock_time_is_refused() {
    let lock_time = LockTime::from_consensus(800_000);
    refused(|t| t.lock_time = lock_time, ShapeRefusal::WrongLockTime { found: 800_000 });
}

#[test]
fn other_sequence_is_refused() {
    let refusal = ShapeRefusal::WrongSequence { input: 2, found: 0xffff_ffff };
    refused(|t| t.input[2].sequence = Sequence::MAX, refusal);
}

#[test]
fn script_in_an_input_is_refused() {
    let refusal = ShapeRefusal::WrongInputScript { input: 1, length: 2 };
    refused(|t| t.input[1].script_sig = ScriptBuf::from_bytes(vec![1, 1]), refusal);
}

#[test]
fn transaction_without_input_is_refused() {
    refused(|t| t.input.clear(), ShapeRefusal::NoInput);
}

#[test]
fn deposit_twice_is_refused() {
    let refusal = ShapeRefusal::DuplicateInput { input: 2, outpoint: outpoint(3, 1) };
    refused(|t| t.input[2].previous_output = outpoint(3, 1), refusal);
}

#[test]
fn custody_outpoint_among_the_deposits_is_refused() {
    let refusal = ShapeRefusal::DuplicateInput { input: 3, outpoint: outpoint(0xc0, 1) };
    refused(|t| t.input[3].previous_output = outpoint(0xc0, 1), refusal);
}

#[test]
fn deposits_out_of_order_are_refused() {
    refused(|t| t.input.swap(1, 3), ShapeRefusal::WrongOrder { input: 2 });
    refused(|t| t.input.swap(1, 2), ShapeRefusal::WrongOrder { input: 2 });
}

#[test]
fn transaction_of_one_output_is_refused() {
    refused(|t| t.output.truncate(1), ShapeRefusal::TooFewOutputs { found: 1 });
    refused(|t| t.output.clear(), ShapeRefusal::TooFewOutputs { found: 0 });
}

#[test]
fn last_output_other_than_the_anchor_is_refused() {
    let refusal = ShapeRefusal::WrongAnchorOutput { output: 3 };
    refused(|t| t.output[3].value = sat(1), refusal);
    refused(|t| t.output[3].script_pubkey = ScriptBuf::new_op_return([0; 63]), refusal);
    refused(|t| t.output[3].script_pubkey = ScriptBuf::new_op_return([0; 65]), refusal);
    refused(|t| t.output[3].script_pubkey = ScriptBuf::new(), refusal);
    let extra = TxOut { value: sat(1_000), script_pubkey: script(3) };
    refused(|t| t.output.push(extra), ShapeRefusal::WrongAnchorOutput { output: 4 });
}

#[test]
fn last_but_one_output_other_than_custody_is_refused() {
    let refusal = ShapeRefusal::NoCustodyOutput { output: 2 };
    refused(|t| t.output[2].script_pubkey = script(0), refusal);
    let no_point = ScriptBuf::from_bytes([&[0x51, 0x20][..], &[0xff; 32]].concat());
    refused(|t| t.output[2].script_pubkey = no_point, refusal);
}

#[test]
fn transaction_above_ten_thousand_virtual_bytes_is_refused() {
    let mut transaction = transaction();
    let payout = TxOut { value: sat(1_000), script_pubkey: script(0) };
    while CustodyTransaction::parse(&transaction).is_ok() {
        transaction.output.insert(0, payout.clone());
    }
    let most = transaction.output.len() - 1;
    let weight = Weight::from_wu(40_102);
    assert_eq!(
        CustodyTransaction::parse(&transaction),
        Err(ShapeRefusal::TooLarge { weight }),
        "{most} outputs are the most"
    );
    assert!(weight > MAX_WEIGHT);
}

#[test]
fn witnesses_change_nothing() {
    let unsigned = transaction();
    let mut signed = unsigned.clone();
    for input in &mut signed.input {
        input.witness = Witness::from_slice(&[[7; 64]]);
    }
    let parsed = CustodyTransaction::parse(&unsigned).expect("of the shape");
    assert_eq!(CustodyTransaction::parse(&signed), Ok(parsed.clone()));
    assert_eq!(parsed.signed_weight, signed.weight());
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(transaction) = deserialize::<Transaction>(&bytes) {
            let _ = CustodyTransaction::parse(&transaction);
        }
    }

    /// One byte changed: refused, or a transaction of the shape again, with another id.
    #[test]
    fn changed_byte_is_seen(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let original = transaction();
        let mut bytes = serialize(&original);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = deserialize::<Transaction>(&bytes) {
            if let Ok(parsed) = CustodyTransaction::parse(&changed) {
                prop_assert_ne!(parsed.txid, original.compute_txid());
            }
        }
    }

    #[test]
    fn made_up_parts_never_panic(
        version in any::<i32>(),
        inputs in proptest::collection::vec((any::<[u8; 32]>(), any::<u32>(), any::<u32>()), 0..8),
        outputs in proptest::collection::vec((any::<u64>(), proptest::collection::vec(any::<u8>(), 0..80)), 0..8),
    ) {
        let mut made_up = transaction();
        made_up.version = Version(version);
        made_up.input = inputs.into_iter().map(|(txid, vout, sequence)| {
            let mut input = made_up.input[0].clone();
            input.previous_output.txid = bitcoin::hashes::Hash::from_byte_array(txid);
            input.previous_output.vout = vout;
            input.sequence = Sequence(sequence);
            input
        }).collect();
        made_up.output = outputs.into_iter().map(|(value, script)| TxOut {
            value: Amount::from_sat(value),
            script_pubkey: ScriptBuf::from_bytes(script),
        }).collect();
        let _ = CustodyTransaction::parse(&made_up);
    }
}
