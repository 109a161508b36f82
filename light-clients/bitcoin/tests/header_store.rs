//! The store on disk: restarts, crashes, damage and two openers.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use bitcoin::Network;
use common::{hashes, mine_chain, regtest, NOW};
use farbank_bitcoin_light_client::store::{FileHeaderStore, HeaderStore as _, StoreError};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, HeaderChain};
use farbank_types::BitcoinHeight;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("headers");
    (folder, path)
}

fn open(path: &Path) -> Result<FileHeaderStore, StoreError> {
    let rules = ChainRules::for_network(Network::Regtest);
    FileHeaderStore::open(path, rules, &Checkpoint::genesis(Network::Regtest))
}

fn import(
    chain: &mut HeaderChain,
    store: &mut FileHeaderStore,
    headers: &[bitcoin::block::Header],
) {
    let outcome = chain.import(headers, NOW).expect("valid");
    store.save(chain, &outcome).expect("saved");
}

/// A store of three records: 20 headers, 5 more, and a reorg of the last 3 by 4.
fn filled(path: &Path) -> HeaderChain {
    let (mut chain, mut store) = (regtest(), open(path).expect("new"));
    let first = mine_chain(&chain.checkpoint().header, 20, 1);
    let second = mine_chain(&first[19], 5, 1);
    let branch = mine_chain(&second[1], 4, 2);
    import(&mut chain, &mut store, &first);
    import(&mut chain, &mut store, &second);
    import(&mut chain, &mut store, &branch[..2]);
    import(&mut chain, &mut store, &branch[2..]);
    assert_eq!(chain.tip().height, BitcoinHeight::new(26));
    chain
}

#[test]
fn chain_is_the_same_after_a_restart() {
    let (_folder, path) = place();
    let chain = filled(&path);
    let mut store = open(&path).expect("again");
    assert_eq!((store.end(), store.cut_bytes()), (BitcoinHeight::new(26), 0));
    let loaded = store.load().expect("whole");
    assert_eq!(loaded.tip(), chain.tip());
    assert_eq!(loaded.locator(), chain.locator());
    assert_eq!(loaded.side_headers(), 0, "side branches are fetched again");
}

#[test]
fn saving_twice_does_no_harm() {
    let (_folder, path) = place();
    let (mut chain, mut store) = (regtest(), open(&path).expect("new"));
    let headers = mine_chain(&chain.checkpoint().header, 5, 1);
    let outcome = chain.import(&headers, NOW).expect("valid");
    store.save(&chain, &outcome).expect("saved");
    store.save(&chain, &outcome).expect("saved");
    assert_eq!(store.load().expect("whole").tip(), chain.tip());
}

#[test]
fn outcome_that_was_overtaken_is_refused() {
    let (_folder, path) = place();
    let (mut chain, mut store) = (regtest(), open(&path).expect("new"));
    let genesis = chain.checkpoint().header;
    let overtaken = chain.import(&mine_chain(&genesis, 3, 1), NOW).expect("valid");
    chain.import(&mine_chain(&genesis, 4, 2), NOW).expect("valid");
    let refused = store.save(&chain, &overtaken).expect_err("stale");
    assert!(matches!(refused, StoreError::Stale { height } if height.get() == 1));
}

#[test]
fn gap_is_refused() {
    let (_folder, path) = place();
    let mut store = open(&path).expect("new");
    let headers = mine_chain(&Checkpoint::genesis(Network::Regtest).header, 5, 1);
    for first in [0, 2] {
        let refused = store.replace_from(BitcoinHeight::new(first), &headers).expect_err("gap");
        assert!(matches!(refused, StoreError::Gap { .. }), "{first}");
    }
    assert!(store.replace_from(BitcoinHeight::new(1), &headers).is_ok());
}

/// Whatever byte a crash stops at, the store holds what was saved before or after that write.
#[test]
fn write_cut_off_at_any_byte_leaves_a_saved_chain() {
    let (_folder, path) = place();
    let whole = {
        filled(&path);
        fs::read(&path).expect("file")
    };
    let mut ends = Vec::new();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).expect("cut");
        let mut store = open(&path).unwrap_or_else(|fault| panic!("{length}: {fault}"));
        let end = store.load().expect("holds").tip().height;
        assert_eq!(end, store.end());
        if ends.last() != Some(&end.get()) {
            ends.push(end.get());
        }
        drop(store);
        let cut = fs::read(&path).expect("file");
        assert!(cut == whole[..cut.len()], "nothing but a cut");
        assert!(open(&path).expect("again").cut_bytes() == 0);
    }
    assert_eq!(ends, [0, 20, 25, 26]);
}

#[test]
fn garbage_where_the_last_write_should_be_is_cut() {
    let (_folder, path) = place();
    filled(&path);
    let whole = fs::read(&path).expect("file");
    for garbage in [vec![0; 4_096], vec![0xff; 7], b"FBHR".repeat(30)] {
        fs::write(&path, [&whole[..], &garbage].concat()).expect("written");
        let mut store = open(&path).expect("cut");
        assert_eq!(store.cut_bytes(), u64::try_from(garbage.len()).unwrap());
        assert_eq!(store.load().expect("whole").tip().height, BitcoinHeight::new(26));
    }
}

#[test]
fn writing_goes_on_after_a_cut() {
    let (_folder, path) = place();
    let mut chain = filled(&path);
    let whole = fs::read(&path).expect("file");
    fs::write(&path, &whole[..whole.len() - 9]).expect("cut");
    let mut store = open(&path).expect("cut");
    assert_eq!(store.end(), BitcoinHeight::new(25));
    let mut loaded = store.load().expect("holds");
    let tip = *chain.header(BitcoinHeight::new(26)).expect("tip");
    let missing: Vec<_> =
        (23..=26).map(|at| *chain.header(BitcoinHeight::new(at)).expect("known")).collect();
    import(&mut loaded, &mut store, &missing);
    assert_eq!(loaded.tip(), chain.tip());
    let more = mine_chain(&tip, 3, 5);
    import(&mut loaded, &mut store, &more);
    chain.import(&more, NOW).expect("valid");
    drop(store);
    assert_eq!(open(&path).expect("again").load().expect("whole").tip(), chain.tip());
}

#[test]
fn changed_byte_before_the_last_record_is_damage_and_is_left_alone() {
    let (_folder, path) = place();
    filled(&path);
    let whole = fs::read(&path).expect("file");
    let last_record = whole.len() - (20 + 4 * 80 + 8);
    for at in (0..last_record).step_by(3) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        fs::write(&path, &changed).expect("written");
        let refused = open(&path).expect_err("damage");
        let named = match at {
            0..8 => matches!(refused, StoreError::UnknownFormat { .. }),
            _ => matches!(refused, StoreError::Damaged { .. }),
        };
        assert!(named && !refused.is_transient(), "byte {at}: {refused}");
        assert!(fs::read(&path).expect("file") == changed, "nothing is thrown away");
    }
}

#[test]
fn two_openers_are_told_apart() {
    let (_folder, path) = place();
    let first = open(&path).expect("new");
    let refused = open(&path).expect_err("in use");
    assert!(matches!(&refused, StoreError::Locked { .. }) && refused.is_transient());
    drop(first);
    assert!(open(&path).is_ok());
}

#[test]
fn store_of_another_network_checkpoint_or_program_is_refused() {
    let (_folder, path) = place();
    let chain = filled(&path);
    let mainnet = ChainRules::for_network(Network::Bitcoin);
    let genesis = Checkpoint::genesis(Network::Bitcoin);
    let refused = FileHeaderStore::open(&path, mainnet, &genesis).expect_err("network");
    assert!(matches!(refused, StoreError::OtherNetwork { found: Network::Regtest, .. }));
    let later = chain.checkpoint_at(BitcoinHeight::new(15)).expect("known");
    let refused = FileHeaderStore::open(&path, chain.rules(), &later).expect_err("checkpoint");
    assert!(matches!(refused, StoreError::OtherCheckpoint { found, .. } if found.get() == 0));
    let mut bad = later;
    bad.header.nonce += 1;
    let refused = FileHeaderStore::open(&path, chain.rules(), &bad);
    if bad.header.validate_pow(bad.header.target()).is_err() {
        assert!(matches!(refused, Err(StoreError::Checkpoint(_))));
    }
    fs::write(&path, b"another program's file, longer than any prologue".repeat(9)).unwrap();
    assert!(matches!(open(&path), Err(StoreError::UnknownFormat { version: 1, .. })));
    assert!(fs::read(&path).expect("file").starts_with(b"another"));
}

#[test]
fn headers_that_break_a_rule_are_refused_on_loading() {
    let (_folder, path) = place();
    let mut store = open(&path).expect("new");
    let mut headers = mine_chain(&Checkpoint::genesis(Network::Regtest).header, 5, 1);
    headers.remove(2);
    store.replace_from(BitcoinHeight::new(1), &headers).expect("the store checks no rule");
    assert!(matches!(store.load(), Err(StoreError::Invalid { .. })));
}

#[test]
fn missing_folder_is_a_fault_of_the_disk() {
    let (folder, _) = place();
    let refused = open(&folder.path().join("missing/headers")).expect_err("no folder");
    assert!(matches!(refused, StoreError::Io { action: "open", .. }));
}

#[test]
fn checkpoint_with_predecessors_survives() {
    let (_folder, path) = place();
    let mut chain = regtest();
    let headers = mine_chain(&chain.checkpoint().header, 40, 1);
    chain.import(&headers, NOW).expect("valid");
    let checkpoint = chain.checkpoint_at(BitcoinHeight::new(30)).expect("known");
    let mut store = FileHeaderStore::open(&path, chain.rules(), &checkpoint).expect("new");
    store.replace_from(BitcoinHeight::new(31), &headers[30..]).expect("saved");
    drop(store);
    let mut store = FileHeaderStore::open(&path, chain.rules(), &checkpoint).expect("again");
    let loaded = store.load().expect("whole");
    assert_eq!(loaded.checkpoint(), &checkpoint);
    assert_eq!(loaded.tip().hash, hashes(&headers)[39]);
    let tip = loaded.tip().height;
    assert_eq!(loaded.median_time_past(tip), chain.median_time_past(tip));
}
