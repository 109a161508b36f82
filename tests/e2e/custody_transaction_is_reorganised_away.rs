//! The block of a payout leaves Bitcoin's best chain: before its proof, and after it.

use std::time::Duration;

use farbank_tests::{eventually, side_chain_choice, Devnet};
use farbank_types::keccak256;
use serde_json::json;

const AMOUNT: u64 = 20_000_000;

#[test]
fn payout_reorganised_away_before_its_proof_is_paid_once() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.give_tokens("0.5");
    let redemption = devnet.request_payout(AMOUNT);
    let _ = devnet.payout_is_broadcast(&redemption);
    devnet.mine(2);
    devnet.farbank().ok(&["devnet", "reorg", "2", "--leave-transactions"]);
    devnet.payout_settles(&redemption);
}

#[test]
fn payout_reorganised_away_after_its_proof_is_undone_and_proven_again() {
    let devnet = Devnet::up(&side_chain_choice());
    devnet.give_tokens("0.5");
    let redemption = devnet.request_payout(AMOUNT);
    devnet.payout_settles(&redemption);
    let depth = devnet.payout_status(&redemption)["confirmations"].as_u64().expect("a number");
    devnet.farbank().ok(&["devnet", "reorg", &depth.to_string()]);
    eventually("the record is undone", Duration::from_secs(120), || {
        devnet.mine(1);
        is_undone(&devnet).then_some(())
    });
    devnet.payout_settles(&redemption);
}

/// Tells whether the contract ever undid a custody record.
fn is_undone(devnet: &Devnet) -> bool {
    let topic = keccak256("CustodyUndone(bytes32)").to_string();
    let query = json!({ "fromBlock": "0x0", "topics": [topic] });
    let found = devnet.side_chain().get("eth_getLogs", &[query]);
    found.as_array().is_some_and(|logs| !logs.is_empty())
}
