//! kill -9 after a payout was broadcast and before the contract knows of it.

use farbank_tests::{side_chain_choice, Devnet};

const AMOUNT: u64 = 20_000_000;

#[test]
fn payout_mined_while_its_relayer_is_dead_is_proven_and_not_paid_again() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.give_tokens("0.5");
    let redemption = devnet.request_payout(AMOUNT);
    let broadcast = devnet.payout_is_broadcast(&redemption);
    devnet.kill("relayer");
    devnet.mine(7);
    devnet.start("relayer");
    devnet.payout_settles(&redemption);
    assert_eq!(devnet.payout_status(&redemption)["bitcoin_tx"], *broadcast);
}
