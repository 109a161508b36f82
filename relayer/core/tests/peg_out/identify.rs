//! The redemptions behind a hash of ids.

use bitcoin::{Amount, ScriptBuf, TxOut};
use farbank_federation::custody::ids_hash;
use farbank_relayer_core::peg_out::{identify, OpenRedemption, RedemptionId};
use farbank_types::B256;

fn script(mark: u8) -> ScriptBuf {
    ScriptBuf::from_bytes([&[0x00, 0x14][..], &[mark; 20]].concat())
}

fn open(id: u64, amount: u64, mark: u8) -> OpenRedemption {
    OpenRedemption {
        id: RedemptionId::new(id),
        amount: Amount::from_sat(amount),
        max_fee: Amount::from_sat(1_000),
        script: script(mark),
    }
}

fn output(value: u64, mark: u8) -> TxOut {
    TxOut { value: Amount::from_sat(value), script_pubkey: script(mark) }
}

fn hash(ids: &[u64]) -> B256 {
    ids_hash(ids.iter().map(|id| RedemptionId::new(*id)))
}

fn found(payouts: &[TxOut], ids: &[u64], open: &[OpenRedemption]) -> Option<Vec<u64>> {
    let found = identify(payouts, hash(ids), open)?;
    Some(found.into_iter().map(RedemptionId::get).collect())
}

#[test]
fn ids_are_found_by_script_amount_and_hash() {
    let open = [open(1, 50_000, 1), open(2, 60_000, 2), open(3, 60_000, 1)];
    assert_eq!(found(&[output(49_500, 1), output(59_200, 1)], &[1, 3], &open), Some(vec![1, 3]));
    assert_eq!(found(&[], &[], &open), Some(vec![]));
}

#[test]
fn equal_redemptions_are_told_apart_by_the_hash() {
    let open: Vec<_> = (1..=6).map(|id| open(id, 50_000, 1)).collect();
    let payouts = [output(49_500, 1), output(49_500, 1), output(49_500, 1)];
    assert_eq!(found(&payouts, &[2, 4, 5], &open), Some(vec![2, 4, 5]));
}

#[test]
fn share_above_the_max_fee_is_no_match() {
    assert_eq!(found(&[output(48_999, 1)], &[1], &[open(1, 50_000, 1)]), None);
    assert_eq!(found(&[output(50_001, 1)], &[1], &[open(1, 50_000, 1)]), None);
}

#[test]
fn search_among_hundreds_of_equals_ends() {
    let open: Vec<_> = (1..=400).map(|id| open(id, 50_000, 1)).collect();
    let payouts = vec![output(49_500, 1); 20];
    let newest: Vec<_> = (381..=400).collect();
    assert_eq!(found(&payouts, &newest, &open), None);
    let oldest: Vec<_> = (1..=20).collect();
    assert_eq!(found(&payouts, &oldest, &open), Some(oldest));
}
