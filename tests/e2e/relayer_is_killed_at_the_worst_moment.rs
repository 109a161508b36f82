//! kill -9 between observing and claiming, and between a claim's broadcast and its receipt.

use std::time::Duration;

use farbank_tests::{eventually, side_chain_choice, Devnet, MinedByHand};

#[test]
fn relayer_killed_between_observing_and_claiming_claims_after_its_restart() {
    let devnet = Devnet::up(&side_chain_choice());
    let deposit = devnet.pay_deposit("4.5");
    devnet.mine(1);
    eventually("the relayer observes the deposit", Duration::from_secs(60), || {
        (devnet.relayer_deposit()?["state"] == "confirming").then_some(())
    });
    devnet.kill("relayer");
    devnet.mine(6);
    devnet.assert_supply(0);
    devnet.start("relayer");
    devnet.deposit_reaches(&deposit, "Minted");
    devnet.relayer_settles();
    devnet.assert_supply(450_000_000);
}

#[test]
fn claim_mined_while_its_relayer_is_dead_is_not_sent_twice() {
    let devnet = Devnet::up("anvil");
    let chain = MinedByHand::new(&devnet);
    let deposit = devnet.pay_deposit("0.5");
    devnet.mine(2);
    chain.mine_until_a_claim_waits();
    devnet.kill("relayer");
    chain.mine_block();
    devnet.deposit_reaches(&deposit, "Minted");
    let sent = chain.transactions_of_the_relayer();
    devnet.start("relayer");
    chain.mine_until("the relayer's deposit is final", || {
        devnet.relayer_deposit().is_some_and(|deposit| deposit["state"] == "done")
    });
    devnet.assert_supply(50_000_000);
    assert_eq!(chain.claims_since(sent), 0, "the claim was sent again");
}

#[test]
fn claim_that_the_mempool_lost_is_sent_again() {
    let devnet = Devnet::up("anvil");
    let chain = MinedByHand::new(&devnet);
    let deposit = devnet.pay_deposit("0.5");
    devnet.mine(2);
    chain.mine_until_a_claim_waits();
    devnet.kill("relayer");
    chain.drop_mempool();
    chain.mine_block();
    devnet.assert_supply(0);
    devnet.start("relayer");
    chain.mine_until("the deposit is minted", || {
        devnet.deposit_status(&deposit)["state"] == "Minted"
    });
    chain.mine_until("the relayer's deposit is final", || {
        devnet.relayer_deposit().is_some_and(|deposit| deposit["state"] == "done")
    });
    devnet.assert_supply(50_000_000);
}
