//! The block that holds a claim leaves the side chain, and the claim with it: minted again, once.

use farbank_tests::{Devnet, MinedByHand};

#[test]
fn claim_lost_by_a_side_chain_reorg_is_claimed_again() {
    let devnet = Devnet::up("anvil");
    let chain = MinedByHand::new(&devnet);
    let deposit = devnet.pay_deposit("0.5");
    devnet.mine(2);
    chain.mine_until_a_claim_waits();
    chain.mine_block();
    devnet.deposit_reaches(&deposit, "Minted");
    devnet.assert_supply(50_000_000);

    chain.reorg(1);
    devnet.assert_supply(0);
    chain.mine_until("the deposit is minted again", || {
        devnet.deposit_status(&deposit)["state"] == "Minted"
    });
    chain.mine_until("the relayer's deposit is final", || {
        devnet.relayer_deposit().is_some_and(|deposit| deposit["state"] == "done")
    });
    devnet.assert_supply(50_000_000);
}
