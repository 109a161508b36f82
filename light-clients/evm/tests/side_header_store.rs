//! The store on disk: restarts, crashes, damage and two openers.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Net, NOW};
use farbank_evm_light_client::clique::{CliqueChain, CliqueRules};
use farbank_evm_light_client::store::{FileHeaderStore, StoreError};
use farbank_evm_light_client::{FinalityVerifier as _, SideHeader};
use tempfile::TempDir;

const HEAD: usize = 20;
const CHECKSUM: usize = 8;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("side-headers");
    (folder, path)
}

fn open(net: &Net, path: &Path) -> Result<FileHeaderStore, StoreError> {
    FileHeaderStore::open(path, net.rules, &net.genesis())
}

fn import(chain: &mut CliqueChain, store: &mut FileHeaderStore, headers: &[SideHeader]) {
    let outcome = chain.import(headers, NOW).expect("valid");
    store.save(chain, &outcome).expect("saved");
}

/// A store of a network of four: six headers, a sibling that shows that a signer sealed twice, one that
/// shows nothing, two more headers, and a reorg of the last one by two.
fn filled(net: &Net, path: &Path) -> CliqueChain {
    let (mut chain, mut store) = (net.chain(), open(net, path).expect("new"));
    let by: Vec<_> = [0, 1, 2].into_iter().cycle().take(8).collect();
    let blocks = net.blocks(&net.genesis(), &by, 0);
    import(&mut chain, &mut store, &blocks[..6]);
    import(&mut chain, &mut store, &[net.block(&blocks[2], 0, 1)]);
    let before = fs::metadata(path).expect("file").len();
    import(&mut chain, &mut store, &[net.block(&blocks[4], 3, 1)]);
    assert_eq!(fs::metadata(path).expect("file").len(), before, "nothing to remember");
    import(&mut chain, &mut store, &blocks[6..]);
    import(&mut chain, &mut store, &net.blocks(&blocks[6], &[3, 1], 2));
    assert_eq!(chain.tip().number.get(), 9);
    chain
}

/// Where the records of a file begin, and where it ends.
fn records(whole: &[u8]) -> Vec<usize> {
    let mut at = 0;
    let mut starts = vec![0];
    while at < whole.len() {
        let length = u32::from_le_bytes(*whole[at + 8..].first_chunk().expect("head"));
        at += HEAD + usize::try_from(length).expect("fits") + CHECKSUM;
        starts.push(at);
    }
    starts
}

#[test]
fn chain_is_the_same_after_a_restart_evidence_included() {
    let (_folder, path) = place();
    let net = Net::new(4);
    let mut chain = filled(&net, &path);
    let mut store = open(&net, &path).expect("again");
    assert_eq!(store.cut_bytes(), 0);
    let mut loaded = store.load().expect("whole");
    assert_eq!(loaded.tip(), chain.tip());
    assert_eq!(loaded.verdict(&net.genesis().hash()), chain.verdict(&net.genesis().hash()));
    let tip = chain.header(&chain.tip().hash).expect("kept").clone();
    let more = net.in_turn(&tip, 9, 0);
    for header in &more {
        for chain in [&mut chain, &mut loaded] {
            chain.import(std::slice::from_ref(header), NOW).expect("valid");
        }
        assert_eq!(loaded.newest_final(), chain.newest_final());
    }
    assert!(chain.newest_final().is_some());
}

#[test]
fn saving_twice_does_no_harm_and_an_outcome_that_was_overtaken_is_refused() {
    let (_folder, path) = place();
    let net = Net::new(3);
    let (mut chain, mut store) = (net.chain(), open(&net, &path).expect("new"));
    let outcome = chain.import(&net.blocks(&net.genesis(), &[0, 2], 0), NOW).expect("valid");
    store.save(&chain, &outcome).expect("saved");
    store.save(&chain, &outcome).expect("saved");
    assert_eq!(store.load().expect("whole").tip(), chain.tip());
    chain.import(&net.in_turn(&net.genesis(), 3, 1), NOW).expect("valid");
    let refused = store.save(&chain, &outcome).expect_err("stale");
    assert!(matches!(refused, StoreError::Stale { number } if number.get() == 1));
}

/// Whatever byte a crash stops at, the store holds what was saved before or after that write.
#[test]
fn write_cut_off_at_any_byte_leaves_a_saved_chain() {
    let (_folder, path) = place();
    let net = Net::new(4);
    filled(&net, &path);
    let whole = fs::read(&path).expect("file");
    let starts = records(&whole);
    let mut ends = Vec::new();
    for length in (0..=whole.len()).filter(|at| at % 37 == 0 || starts.contains(at)) {
        fs::write(&path, &whole[..length]).expect("cut");
        let mut store = open(&net, &path).unwrap_or_else(|fault| panic!("{length}: {fault}"));
        let holds = starts.iter().rev().find(|start| **start <= length).expect("the first");
        let made_anew = starts[1];
        let kept = (*holds).max(made_anew);
        assert_eq!(fs::metadata(&path).expect("file").len(), u64::try_from(kept).expect("fits"));
        if starts.contains(&length) {
            ends.push(store.load().expect("holds").tip().number.get());
        }
        drop(store);
        let cut = fs::read(&path).expect("file");
        assert!(cut == whole[..cut.len()], "nothing but a cut");
    }
    assert_eq!(ends, [0, 0, 6, 6, 8, 9]);
}

#[test]
fn garbage_where_the_last_write_should_be_is_cut() {
    let (_folder, path) = place();
    let net = Net::new(4);
    let chain = filled(&net, &path);
    let whole = fs::read(&path).expect("file");
    for garbage in [vec![0; 4_096], vec![0xff; 7], b"FBER".repeat(30), vec![1; 5 << 20]] {
        fs::write(&path, [&whole[..], &garbage].concat()).expect("written");
        let mut store = open(&net, &path).expect("cut");
        assert_eq!(store.cut_bytes(), u64::try_from(garbage.len()).expect("fits"));
        let mut loaded = store.load().expect("whole");
        assert_eq!(loaded.tip(), chain.tip());
        let tip = loaded.header(&loaded.tip().hash).expect("kept").clone();
        import(&mut loaded, &mut store, &net.in_turn(&tip, 1, 0));
        drop(store);
        let again = open(&net, &path).expect("again").load().expect("whole");
        assert_eq!(again.tip(), loaded.tip());
    }
}

#[test]
fn changed_byte_before_the_last_record_is_damage_and_is_left_alone() {
    let (_folder, path) = place();
    let net = Net::new(4);
    filled(&net, &path);
    let whole = fs::read(&path).expect("file");
    let starts = records(&whole);
    for at in (0..starts[starts.len() - 2]).step_by(11) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        fs::write(&path, &changed).expect("written");
        let refused = open(&net, &path).expect_err("damage");
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
    let net = Net::new(1);
    let first = open(&net, &path).expect("new");
    let refused = open(&net, &path).expect_err("in use");
    assert!(matches!(&refused, StoreError::Locked { .. }) && refused.is_transient());
    drop(first);
    assert!(open(&net, &path).is_ok());
}

#[test]
fn store_of_another_chain_or_program_is_refused() {
    let (_folder, path) = place();
    let net = Net::new(4);
    filled(&net, &path);
    let other = Net::new(3);
    assert!(matches!(open(&other, &path), Err(StoreError::OtherChain { .. })));
    let slower = CliqueRules { period_secs: 2, ..net.rules };
    let refused = FileHeaderStore::open(&path, slower, &net.genesis());
    assert!(matches!(refused, Err(StoreError::OtherChain { .. })));
    let child = net.in_turn(&net.genesis(), 1, 0).remove(0);
    let refused = FileHeaderStore::open(&path, net.rules, &child);
    assert!(matches!(refused, Err(StoreError::Checkpoint(_))));
    fs::write(&path, b"another program's file, longer than any prologue".repeat(99)).expect("file");
    assert!(matches!(open(&net, &path), Err(StoreError::UnknownFormat { version: 1, .. })));
    let folder = path.parent().expect("folder").join("missing/side-headers");
    assert!(matches!(open(&net, &folder), Err(StoreError::Io { action: "open", .. })));
}

#[test]
fn headers_that_do_not_follow_are_refused_on_loading() {
    let (_folder, path) = place();
    let net = Net::new(4);
    filled(&net, &path);
    let whole = fs::read(&path).expect("file");
    let starts = records(&whole);
    // The first import is taken out of the row.
    let rest = [&whole[..starts[1]], &whole[starts[2]..]].concat();
    fs::write(&path, rest).expect("written");
    let refused = open(&net, &path).expect("records hold").load().expect_err("gap");
    assert!(matches!(refused, StoreError::Invalid { .. }));
}
