//! A deposit that needs six confirmations loses one block, then five, and is minted once.

use farbank_tests::{eventually, side_chain_choice, Devnet};
use std::time::Duration;

/// 4.5 BTC need two confirmations and four more, one for each whole bitcoin.
const NEEDED: u64 = 6;

/// Amount of the deposit in satoshi.
const AMOUNT: u64 = 450_000_000;

#[test]
fn deposit_survives_reorgs_of_one_and_of_five_blocks() {
    let devnet = Devnet::up(&side_chain_choice());
    let deposit = devnet.pay_deposit("4.5");
    devnet.mine(1);
    let found = relayer_finds_it(&devnet);
    devnet.reorg(1);
    relayer_follows(&devnet, &found);

    // Between two confirmations and five, so that it is deep and not yet minted.
    let status = devnet.deposit_status(&deposit);
    assert_eq!(status["needed"], NEEDED, "{status}");
    let confirmations = status["confirmations"].as_u64().expect("it is in a block");
    devnet.mine(u32::try_from(NEEDED - 1 - confirmations).expect("few"));
    let found = relayer_finds_it(&devnet);
    devnet.reorg(5);
    relayer_follows(&devnet, &found);
    devnet.assert_supply(0);

    devnet.mine(6);
    devnet.deposit_reaches(&deposit, "Minted");
    devnet.relayer_settles();
    devnet.assert_supply(AMOUNT);
}

/// Returns the block in which the relayer sees the deposit.
fn relayer_finds_it(devnet: &Devnet) -> String {
    eventually("the relayer finds the deposit", Duration::from_secs(60), || {
        Some(devnet.relayer_deposit()?["block"].as_str()?.to_owned())
    })
}

/// Waits until the relayer sees the deposit in another block than `before`.
fn relayer_follows(devnet: &Devnet, before: &str) {
    eventually("the relayer follows the new branch", Duration::from_secs(60), || {
        let block = devnet.relayer_deposit()?["block"].as_str()?.to_owned();
        (block != before).then_some(())
    });
}
