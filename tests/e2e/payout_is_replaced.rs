//! A payout that no block takes is replaced by one that offers more (BIP-0125).

use std::time::Duration;

use farbank_tests::{eventually, side_chain_choice, Devnet};

const AMOUNT: u64 = 20_000_000;

#[test]
fn payout_that_no_block_takes_is_replaced_and_paid_once() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.give_tokens("0.5");
    let redemption = devnet.request_payout(AMOUNT);
    let first = devnet.payout_is_broadcast(&redemption);
    eventually("the payout is replaced", Duration::from_secs(150), || {
        // Two empty blocks in the place of one that held it.
        devnet.mine(1);
        devnet.farbank().ok(&["devnet", "reorg", "1", "--leave-transactions"]);
        let status = devnet.payout_status(&redemption);
        let now = status["bitcoin_tx"].as_str()?;
        (now != first).then_some(())
    });
    devnet.payout_settles(&redemption);
}
