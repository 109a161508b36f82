//! The record on a real file: units of work, restarts, refusals.

use std::path::Path;

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{Amount, BlockHash, Network, OutPoint, Txid};
use farbank_relayer_core::header_relay::{HeaderRelayDuty, HeaderRelayState, SegmentPlan};
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use farbank_relayer_core::peg_in::descriptor::{Action, DepositDescriptor};
use farbank_relayer_core::peg_in::{DepositFacts, DescriptorId, Inclusion, PegInDuty, PegInState};
use farbank_relayer_core::ports::{
    BlockRef, Changes, DepositChange, DepositRecord, DescriptorRecord, HeaderRelayChange,
    IntentChange, IntentId, IntentPurpose, IntentRecord, MintedDeposit, Page, PegInStore as _,
    ScanChange, SweepChange, UnitOfWork as _,
};
use farbank_relayer_store::{SqlitePegInStore, StoreError};
use farbank_types::{BitcoinHeight, BlockCount, EvmAddress, EvmBlockNumber, SegmentIndex, B256};

const INSTANCE: B256 = B256::repeat_byte(0x11);

async fn open(folder: &Path) -> SqlitePegInStore {
    SqlitePegInStore::open(folder, INSTANCE).await.expect("the record opens")
}

fn descriptor(salt: u8, scanned_to: u32) -> DescriptorRecord {
    let secp = Secp256k1::new();
    let key = |byte| {
        let secret = SecretKey::from_slice(&[byte; 32]).expect("a valid key");
        secret.x_only_public_key(&secp).0
    };
    let descriptor = DepositDescriptor {
        instance: INSTANCE,
        federation_key: key(1),
        recipient: EvmAddress::repeat_byte(0x22),
        carrier_fee: Amount::from_sat(1_000),
        salt: B256::repeat_byte(salt),
        action: Action::Mint,
        reclaim_blocks: BlockCount::new(300),
        reclaim_key: key(2),
    };
    let birth = BitcoinHeight::new(scanned_to + 1);
    DescriptorRecord {
        id: DescriptorId::new(descriptor.tweak_hash().expect("valid terms")),
        announcement: DepositAnnouncement::new(&secp, Network::Regtest, descriptor, birth)
            .expect("an address"),
        scanned_to: BitcoinHeight::new(scanned_to),
    }
}

fn block(height: u32, branch: u8) -> BlockRef {
    BlockRef { height: BitcoinHeight::new(height), hash: BlockHash::from_byte_array([branch; 32]) }
}

fn deposit(descriptor: &DescriptorRecord, txid: u8) -> DepositRecord {
    let inclusion = Inclusion { block: block(101, 1), index: 1 };
    DepositRecord {
        facts: DepositFacts {
            outpoint: OutPoint { txid: Txid::from_byte_array([txid; 32]), vout: 0 },
            amount: Amount::from_sat(50_000),
            carrier_fee: Amount::from_sat(1_000),
            descriptor: descriptor.id,
        },
        state: PegInState::Claiming { inclusion },
    }
}

fn plan() -> SegmentPlan {
    SegmentPlan {
        parent: SegmentIndex::new(3),
        parent_tip: BlockHash::from_byte_array([3; 32]),
        first: BitcoinHeight::new(101),
        last: BitcoinHeight::new(106),
        tip: BlockHash::from_byte_array([4; 32]),
    }
}

fn intent(transaction: &[u8]) -> IntentRecord {
    IntentRecord {
        id: IntentId::new(B256::repeat_byte(0x33)),
        purpose: IntentPurpose::SubmitHeaders(plan()),
        transaction: transaction.to_vec(),
    }
}

/// One descriptor with a claiming deposit, a submitting header relay, one intent.
fn everything() -> (DescriptorRecord, DepositRecord, Changes) {
    let descriptor = descriptor(1, 100);
    let deposit = deposit(&descriptor, 9);
    let segment = plan();
    let changes = Changes {
        descriptors: vec![descriptor.clone()],
        scans: vec![ScanChange::Scanned(block(101, 1))],
        deposits: vec![DepositChange { record: deposit, duties: vec![PegInDuty::Claim] }],
        header_relay: Some(HeaderRelayChange {
            state: HeaderRelayState::Submitting { segment },
            duties: vec![HeaderRelayDuty::SubmitHeaders(segment)],
        }),
        intents: vec![IntentChange::Put(intent(b"signed"))],
        ..Changes::default()
    };
    (descriptor, deposit, changes)
}

#[tokio::test]
async fn new_record_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = open(folder.path()).await.snapshot().await.unwrap();
    assert!(snapshot.descriptors.is_empty() && snapshot.deposits.is_empty());
    assert!(snapshot.scanned.is_empty() && snapshot.intents.is_empty());
    assert_eq!(snapshot.header_relay, HeaderRelayState::START);
}

#[tokio::test]
async fn restart_continues_with_everything_that_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let (descriptor, deposit, changes) = everything();
    let store = open(folder.path()).await;
    store.commit(&changes).await.unwrap();
    // No close: as after a kill.
    drop(store);
    let store = open(folder.path()).await;
    let snapshot = store.snapshot().await.unwrap();
    let scanned_to = BitcoinHeight::new(101);
    assert_eq!(snapshot.descriptors, [DescriptorRecord { scanned_to, ..descriptor }]);
    assert_eq!(snapshot.deposits, [deposit]);
    assert_eq!(snapshot.scanned, [block(101, 1)]);
    assert_eq!(snapshot.header_relay, HeaderRelayState::Submitting { segment: plan() });
    assert_eq!(snapshot.intents, [intent(b"signed")]);
    assert_eq!(store.peg_in_duties().await.unwrap(), [(deposit.facts.id(), PegInDuty::Claim)]);
    let duties = store.header_relay_duties().await.unwrap();
    assert_eq!(duties, [HeaderRelayDuty::SubmitHeaders(plan())]);
}

#[tokio::test]
async fn same_changes_twice_leave_what_once_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (_, _, changes) = everything();
    store.commit(&changes).await.unwrap();
    let once = store.snapshot().await.unwrap();
    store.commit(&changes).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap(), once);
    assert_eq!(store.peg_in_duties().await.unwrap().len(), 1);
}

#[tokio::test]
async fn unit_of_work_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let stranger = deposit(&descriptor(7, 100), 8);
    let (_, _, mut changes) = everything();
    changes.deposits.push(DepositChange { record: stranger, duties: vec![] });
    let failed = store.commit(&changes).await;
    assert!(matches!(failed, Err(StoreError::Database(_))), "a deposit without its descriptor");
    let snapshot = store.snapshot().await.unwrap();
    assert!(snapshot.descriptors.is_empty() && snapshot.intents.is_empty());
    assert!(store.peg_in_duties().await.unwrap().is_empty());
}

#[tokio::test]
async fn new_state_replaces_the_duties_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (descriptor, deposit, changes) = everything();
    store.commit(&changes).await.unwrap();
    let inclusion = *deposit.state.inclusion();
    let seen_at = EvmBlockNumber::new(5);
    for state in
        [PegInState::Minted { inclusion, seen_at }, PegInState::Done { inclusion, seen_at }]
    {
        let record = DepositRecord { state, ..deposit };
        let deposits = vec![DepositChange { record, duties: vec![] }];
        store.commit(&Changes { deposits, ..Changes::default() }).await.unwrap();
        assert!(store.peg_in_duties().await.unwrap().is_empty());
        let live = store.snapshot().await.unwrap().deposits;
        assert_eq!(live.is_empty(), state.is_terminal());
        let (_, all) = store.descriptor(descriptor.id).await.unwrap().unwrap();
        assert_eq!(all, [record], "done with, and still told of");
    }
}

#[tokio::test]
async fn cursors_move_block_by_block_and_are_clipped_by_a_reorganisation() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (current, behind) = (descriptor(1, 100), descriptor(2, 90));
    let descriptors = vec![current.clone(), behind.clone()];
    let scans = (101..=103).map(|at| ScanChange::Scanned(block(at, 1))).collect();
    store.commit(&Changes { descriptors, scans, ..Changes::default() }).await.unwrap();
    let cursors = |records: Vec<DescriptorRecord>| -> Vec<u32> {
        records.iter().map(|record| record.scanned_to.get()).collect()
    };
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(cursors(snapshot.descriptors), [103, 90]);
    let clip = ScanChange::Clipped { fork: BitcoinHeight::new(101) };
    store.commit(&Changes { scans: vec![clip], ..Changes::default() }).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(cursors(snapshot.descriptors), [101, 90]);
    assert_eq!(snapshot.scanned, [block(101, 1)]);
}

#[tokio::test]
async fn hashes_of_searched_blocks_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let scans = (1..=2_100).map(|at| ScanChange::Scanned(block(at, 1))).collect();
    store.commit(&Changes { scans, ..Changes::default() }).await.unwrap();
    let scanned = store.snapshot().await.unwrap().scanned;
    assert_eq!(scanned.len(), 2_016);
    assert_eq!(scanned.first(), Some(&block(85, 1)));
}

#[tokio::test]
async fn intent_gets_another_attempt_and_goes_when_resolved() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for attempts in [b"first".as_slice(), b"second"] {
        let intents = vec![IntentChange::Put(intent(attempts))];
        store.commit(&Changes { intents, ..Changes::default() }).await.unwrap();
        assert_eq!(store.snapshot().await.unwrap().intents, [intent(attempts)]);
    }
    let intents = vec![IntentChange::Resolved(intent(b"").id)];
    store.commit(&Changes { intents, ..Changes::default() }).await.unwrap();
    assert!(store.snapshot().await.unwrap().intents.is_empty());
}

#[tokio::test]
async fn pages_keep_the_order_of_arrival() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let all: Vec<_> = (1..=5).map(|salt| descriptor(salt, 100)).collect();
    for one in &all {
        let descriptors = vec![one.clone()];
        store.commit(&Changes { descriptors, ..Changes::default() }).await.unwrap();
    }
    assert_eq!(store.descriptor_count().await.unwrap(), 5);
    let page = store.descriptors(Page { offset: 1, limit: 2 }).await.unwrap();
    assert_eq!(page, all[1..3]);
    assert!(store.descriptor(DescriptorId::new(B256::ZERO)).await.unwrap().is_none());
}

#[tokio::test]
async fn second_opening_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    let second = SqlitePegInStore::open(folder.path(), INSTANCE).await;
    assert!(matches!(second, Err(StoreError::Locked { .. })));
    drop(first);
    open(folder.path()).await;
}

#[tokio::test]
async fn record_of_another_bridge_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).await);
    let expected = B256::repeat_byte(0x44);
    let other = SqlitePegInStore::open(folder.path(), expected).await;
    assert!(
        matches!(other, Err(StoreError::WrongInstance { found: INSTANCE, expected: e }) if e == expected)
    );
}

#[tokio::test]
async fn folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = SqlitePegInStore::open(&file.join("state"), INSTANCE).await;
    assert!(matches!(refused, Err(StoreError::Io { .. })));
}

#[tokio::test]
async fn minted_deposit_is_kept_until_its_sweep_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (_, deposit, mut changes) = everything();
    let PegInState::Claiming { inclusion } = deposit.state else { unreachable!() };
    let seen_at = EvmBlockNumber::new(60);
    let record = DepositRecord { state: PegInState::Done { inclusion, seen_at }, ..deposit };
    changes.deposits[0] = DepositChange { record, duties: vec![] };
    store.commit(&changes).await.unwrap();
    let minted = |spent_at: Option<u32>| {
        vec![MintedDeposit { record, spent_at: spent_at.map(BitcoinHeight::new) }]
    };
    assert_eq!(store.snapshot().await.unwrap().minted, minted(None));

    let spent_at = BitcoinHeight::new(110);
    let sweeps = vec![SweepChange { id: record.facts.id(), spent_at }];
    store.commit(&Changes { sweeps: sweeps.clone(), ..Changes::default() }).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().minted, minted(Some(110)));
    let scan = |scan| Changes { scans: vec![scan], ..Changes::default() };
    let fork = BitcoinHeight::new(109);
    store.commit(&scan(ScanChange::Clipped { fork })).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().minted, minted(None));

    store.commit(&Changes { sweeps, ..Changes::default() }).await.unwrap();
    store.commit(&scan(ScanChange::Scanned(block(110 + 2_015, 1)))).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().minted, minted(Some(110)));
    store.commit(&scan(ScanChange::Scanned(block(110 + 2_016, 1)))).await.unwrap();
    assert_eq!(store.snapshot().await.unwrap().minted, []);
}
