//! An attester's record through restarts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{absolute, transaction, Amount, BlockHash, OutPoint, Transaction, Txid};
use farbank_federation::custody::{CustodyOutput, RedemptionId, SpentOutput};
use farbank_federation::policy::{SignedIntent, SignedPayout};
use farbank_relayer_core::ports::BlockRef;
use farbank_relayer_store::{IntentRow, SqliteAttesterStore, StoreError};
use farbank_types::{BitcoinHeight, UnixTime, B256};

const INSTANCE: B256 = B256::repeat_byte(1);

fn row(byte: u8, height: u32) -> IntentRow {
    let secret = SecretKey::from_slice(&[7; 32]).unwrap();
    let key = secret.x_only_public_key(&Secp256k1::new()).0;
    let txid = Txid::from_byte_array([byte; 32]);
    let value = Amount::from_sat(100_000);
    let intent = SignedIntent {
        transaction: Transaction {
            version: transaction::Version(3),
            lock_time: absolute::LockTime::ZERO,
            input: Vec::new(),
            output: Vec::new(),
        },
        spent: vec![SpentOutput { value, key, leaf_hash: None }],
        parent: None,
        payouts: vec![SignedPayout { id: RedemptionId::new(9), amount: value, value }],
        custody: CustodyOutput { outpoint: OutPoint { txid, vout: 1 }, value, key },
        fee: Amount::from_sat(500),
        signed_at: UnixTime::new(1_700_000_000),
        confirmed: None,
    };
    IntentRow { intent, signed_height: BitcoinHeight::new(height) }
}

#[tokio::test]
async fn intents_survive_a_restart_and_are_forgotten_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteAttesterStore::open(folder.path(), INSTANCE).await.unwrap();
    store.put(&row(1, 10)).await.unwrap();
    store.put(&row(2, 5)).await.unwrap();
    store.close().await;
    drop(store);
    let store = SqliteAttesterStore::open(folder.path(), INSTANCE).await.unwrap();
    assert_eq!(store.intents().await.unwrap(), [row(2, 5), row(1, 10)]);
    store.forget(&[row(2, 5).intent.txid()]).await.unwrap();
    assert_eq!(store.intents().await.unwrap(), [row(1, 10)]);
}

#[tokio::test]
async fn confirmation_is_added_and_the_first_height_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteAttesterStore::open(folder.path(), INSTANCE).await.unwrap();
    store.put(&row(1, 10)).await.unwrap();
    let mut confirmed = row(1, 99);
    let block = BlockRef { height: BitcoinHeight::new(12), hash: BlockHash::all_zeros() };
    confirmed.intent.confirmed = Some(block);
    store.put(&confirmed).await.unwrap();
    confirmed.signed_height = BitcoinHeight::new(10);
    assert_eq!(store.intents().await.unwrap(), [confirmed]);
}

#[tokio::test]
async fn record_of_another_bridge_or_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteAttesterStore::open(folder.path(), INSTANCE).await.unwrap();
    let second = SqliteAttesterStore::open(folder.path(), INSTANCE).await;
    assert!(matches!(second, Err(StoreError::Locked { .. })));
    drop(store);
    let other = SqliteAttesterStore::open(folder.path(), B256::repeat_byte(2)).await;
    assert!(matches!(other, Err(StoreError::WrongInstance { .. })));
}
