//! The record of the other way: redemptions, custody, attempts, sweeps, cursors.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Amount, BlockHash, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, Txid, Witness};
use farbank_relayer_core::custody::{AttemptFacts, CustodyDuty, CustodySpend, CustodyState};
use farbank_relayer_core::peg_out::{Payout, PegOutState, QueueCause, Redemption, RedemptionId};
use farbank_relayer_core::ports::{
    AttemptChange, BlockRef, Changes, CustodyChange, Page, PegInStore as _, PegOutStore as _,
    RedemptionRecord, ScanChange, UnitOfWork as _,
};
use farbank_relayer_store::SqlitePegInStore;
use farbank_types::{BitcoinHeight, EvmAddress, EvmBlockNumber, UnixTime, B256};

async fn open(folder: &Path) -> SqlitePegInStore {
    SqlitePegInStore::open(folder, B256::repeat_byte(0x11)).await.unwrap()
}

fn height(height: u32) -> BitcoinHeight {
    BitcoinHeight::new(height)
}

fn block(at: u32, mark: u8) -> BlockRef {
    BlockRef { height: height(at), hash: BlockHash::from_byte_array([mark; 32]) }
}

fn record(id: u64, state: PegOutState) -> RedemptionRecord {
    let redemption = Redemption {
        id: RedemptionId::new(id),
        amount: Amount::from_sat(100_000),
        max_fee: Amount::from_sat(5_000),
        requested_at: UnixTime::new(1_700_000_000),
        requester: EvmAddress::repeat_byte(0x22),
        script: ScriptBuf::from_bytes(vec![0x51; 34]),
    };
    RedemptionRecord { redemption, state }
}

fn queued() -> PegOutState {
    PegOutState::Queued { cause: QueueCause::NextPayout }
}

fn done() -> PegOutState {
    let payout = Payout {
        txid: Txid::from_byte_array([7; 32]),
        block: block(100, 1),
        value: Amount::from_sat(99_000),
    };
    PegOutState::Done { payout, seen_at: EvmBlockNumber::new(60) }
}

fn attempt(mark: u8, block: Option<BlockRef>) -> AttemptFacts {
    let input = OutPoint { txid: Txid::from_byte_array([mark; 32]), vout: 0 };
    let transaction = Transaction {
        version: Version(3),
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: input,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
            witness: Witness::from_slice(&[[mark; 64]]),
        }],
        output: Vec::new(),
    };
    let ids = Some(vec![RedemptionId::new(1)]);
    AttemptFacts { transaction, input, ids, fee: Some(Amount::from_sat(2_000)), block }
}

fn proving() -> CustodyState {
    let txid = attempt(1, None).transaction.compute_txid();
    CustodyState::Proving { spend: CustodySpend { txid, block: block(101, 1) } }
}

/// A queued redemption and one that is done, custody proving, one attempt in block 101.
fn everything() -> Changes {
    let state = proving();
    Changes {
        scans: vec![ScanChange::CustodyStart(height(100)), ScanChange::Scanned(block(101, 1))],
        redemptions: vec![record(2, queued()), record(1, done())],
        events_read_to: Some(EvmBlockNumber::new(50)),
        custody: Some(CustodyChange { duties: state.duties(), state }),
        attempts: vec![
            AttemptChange::Put(attempt(1, Some(block(101, 1)))),
            AttemptChange::Put(attempt(2, None)),
        ],
        ..Changes::default()
    }
}

#[tokio::test]
async fn new_record_has_an_idle_custody() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = open(folder.path()).await.snapshot().await.unwrap();
    assert_eq!(snapshot.custody, CustodyState::START);
    assert!(snapshot.redemptions.is_empty() && snapshot.attempts.is_empty());
    assert!(snapshot.minted.is_empty());
    assert_eq!((snapshot.events_read_to, snapshot.custody_searched_to), (None, None));
}

#[tokio::test]
async fn restart_continues_with_everything_that_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(&everything()).await.unwrap();
    // No close: as after a kill. Twice, because a duty may run twice.
    drop(store);
    let store = open(folder.path()).await;
    store.commit(&everything()).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.redemptions, [record(2, queued())]);
    assert_eq!(snapshot.events_read_to, Some(EvmBlockNumber::new(50)));
    assert_eq!(snapshot.custody, proving());
    assert_eq!(snapshot.custody_searched_to, Some(height(101)));
    let mut attempts = snapshot.attempts;
    attempts.sort_by_key(|facts| facts.input);
    assert_eq!(attempts, [attempt(1, Some(block(101, 1))), attempt(2, None)]);
    let CustodyState::Proving { spend } = proving() else { panic!() };
    assert_eq!(store.custody_duties().await.unwrap(), [CustodyDuty::ProveCustody(spend)]);
}

#[tokio::test]
async fn redemptions_are_listed_newest_first_and_found_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(&everything()).await.unwrap();
    assert_eq!(store.redemption_count().await.unwrap(), 2);
    let page = Page { offset: 0, limit: 1 };
    assert_eq!(store.redemptions(page).await.unwrap(), [record(2, queued())]);
    let found = store.redemption(RedemptionId::new(1)).await.unwrap();
    assert_eq!(found, Some(record(1, done())));
    assert_eq!(store.redemption(RedemptionId::new(u64::MAX)).await.unwrap(), None);
}

#[tokio::test]
async fn reorganisation_unconfirms_attempts_and_moves_the_search_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(&everything()).await.unwrap();
    let fork = height(100);
    let scans = vec![ScanChange::Clipped { fork }];
    store.commit(&Changes { scans, ..Changes::default() }).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert!(snapshot.attempts.iter().all(|facts| facts.block.is_none()));
    assert_eq!(snapshot.custody_searched_to, Some(fork));
}

#[tokio::test]
async fn search_moves_only_from_block_to_block() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let scans = vec![
        ScanChange::CustodyStart(height(100)),
        ScanChange::Scanned(block(102, 1)),
        ScanChange::Scanned(block(101, 1)),
        // A second start changes nothing.
        ScanChange::CustodyStart(height(7)),
    ];
    store.commit(&Changes { scans, ..Changes::default() }).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.custody_searched_to, Some(height(101)));
}

#[tokio::test]
async fn forgotten_attempt_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(&everything()).await.unwrap();
    let txid = attempt(2, None).transaction.compute_txid();
    let attempts = vec![AttemptChange::Forget(txid)];
    store.commit(&Changes { attempts, ..Changes::default() }).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.attempts, [attempt(1, Some(block(101, 1)))]);
}
