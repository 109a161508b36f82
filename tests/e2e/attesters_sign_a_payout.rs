//! Three of four attesters pay out; with two of them down nothing moves, and all resumes.

use std::time::Duration;

use farbank_tests::{eventually, side_chain_choice, Devnet};

const AMOUNT: u64 = 20_000_000;

#[test]
fn payout_is_signed_with_one_attester_down_from_the_start() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.kill("attester-4");
    devnet.give_tokens("0.5");
    let redemption = devnet.request_payout(AMOUNT);
    devnet.payout_settles(&redemption);
}

#[test]
fn nothing_moves_with_two_attesters_down_and_all_resumes() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.give_tokens("0.5");
    devnet.kill("attester-2");
    devnet.kill("attester-3");
    let redemption = devnet.request_payout(AMOUNT);
    eventually("the relayer is short of signers", Duration::from_secs(90), || {
        let log = std::fs::read_to_string(devnet.folder().join("relayer/relayer.log")).ok()?;
        log.contains("attesters did not sign a custody transaction").then_some(())
    });
    assert!(devnet.payout_status(&redemption)["bitcoin_tx"].is_null());
    assert_eq!(devnet.outputs_at(&redemption.address), Vec::<u64>::new());
    devnet.start("attester-3");
    devnet.payout_settles(&redemption);
    devnet.start("attester-2");
    let second = devnet.request_payout(AMOUNT + 1);
    devnet.payout_settles(&second);
    devnet.assert_paid_once(&redemption);
}
