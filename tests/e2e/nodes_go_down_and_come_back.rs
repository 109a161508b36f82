//! Either node is lost under a confirming deposit: the relayer waits, says so, and goes on.

use std::time::Duration;

use farbank_tests::{eventually, side_chain_choice, Devnet};

#[test]
fn deposit_is_minted_after_bitcoind_was_lost() {
    let devnet = Devnet::up(&side_chain_choice());
    let deposit = devnet.pay_deposit("4.5");
    devnet.mine(1);
    relayer_sees(&devnet, "confirming");
    devnet.kill("bitcoind");
    relayer_complains_of(&devnet, "bitcoin");
    devnet.start("bitcoind");
    devnet.mine(5);
    devnet.deposit_reaches(&deposit, "Minted");
    devnet.relayer_settles();
    devnet.assert_supply(450_000_000);
}

#[test]
fn deposit_is_minted_after_the_side_chains_node_was_lost() {
    let devnet = Devnet::up(&side_chain_choice());
    let node = match devnet.deployment()["side_chain"]["kind"].as_str() {
        Some("clique") => "geth-1",
        _ => "anvil",
    };
    let deposit = devnet.pay_deposit("4.5");
    devnet.mine(1);
    relayer_sees(&devnet, "confirming");
    devnet.kill(node);
    relayer_complains_of(&devnet, "side");
    devnet.mine(5);
    devnet.start(node);
    devnet.deposit_reaches(&deposit, "Minted");
    devnet.relayer_settles();
    devnet.assert_supply(450_000_000);
}

fn relayer_sees(devnet: &Devnet, state: &str) {
    eventually("the relayer sees the deposit", Duration::from_secs(60), || {
        (devnet.relayer_deposit()?["state"] == state).then_some(())
    });
}

/// Waits until the relayer, which is alive, names the lost node among its waits.
fn relayer_complains_of(devnet: &Devnet, node: &str) {
    eventually("the relayer names the lost node", Duration::from_secs(60), || {
        let status = devnet.relayer_get("/v1/status")?;
        let waits = status["waits"].as_array()?;
        waits
            .iter()
            .any(|wait| wait["subject"].as_str().is_some_and(|subject| subject.contains(node)))
            .then_some(())
    });
}
