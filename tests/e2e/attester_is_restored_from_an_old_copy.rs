//! An attester that forgot what it signed never helps to pay twice.

use std::path::Path;
use std::process::Command;

use farbank_tests::{side_chain_choice, Devnet};

const AMOUNT: u64 = 20_000_000;

#[test]
fn attester_restored_from_an_old_copy_pays_nothing_twice() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.give_tokens("0.8");
    let folder = devnet.folder().join("attester-1");
    let copy = devnet.farbank().home().join("old-copy");

    devnet.kill("attester-1");
    copy_folder(&folder, &copy);
    devnet.start("attester-1");
    let first = devnet.request_payout(AMOUNT);
    // Not proven yet: the restored attester has no memory of it, and the contract neither.
    let _ = devnet.payout_is_broadcast(&first);

    devnet.kill("attester-1");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    copy_folder(&copy, &folder);
    devnet.start("attester-1");
    // Now nothing is signed without it.
    devnet.kill("attester-4");
    let second = devnet.request_payout(AMOUNT + 1);
    devnet.payout_settles(&first);
    devnet.payout_settles(&second);
    devnet.assert_paid_once(&first);
}

fn copy_folder(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
    assert!(status.success());
}
