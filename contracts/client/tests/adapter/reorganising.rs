//! A reorganisation of the side chain drops a transaction: its record waits again.

use farbank_contracts::{
    BlockAt, Broadcast, ConfirmedNonces, IntentFate, Receipt, SideChainNode, TransactionIntent,
};
use farbank_types::Nonce;

use crate::support::{fee, nonce, sender, small_transfer, Anvil, ANVIL_CHAIN, PLAIN_TRANSFER};

fn intent() -> TransactionIntent {
    let first = sender().prepare(&small_transfer(), nonce(0), fee(10, 1), PLAIN_TRANSFER).unwrap();
    TransactionIntent::new(ANVIL_CHAIN, sender().address(), small_transfer(), first)
}

/// Nothing young is final here, as on a chain whose finality is counted in blocks.
async fn fate(node: &SideChainNode, intent: &TransactionIntent) -> IntentFate {
    let latest = node.nonce(intent.from, BlockAt::Latest).await.unwrap();
    let nonces = ConfirmedNonces { latest, finalized: Nonce::new(0) };
    let mut receipts: Vec<Receipt> = Vec::new();
    for hash in intent.hashes() {
        receipts.extend(node.receipt(hash).await.unwrap());
    }
    intent.fate(nonces, &receipts)
}

#[tokio::test]
async fn dropped_transaction_waits_again_and_is_included_by_the_same_bytes() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    let intent = intent();
    anvil.mine().await;
    let snapshot = anvil.lever("evm_snapshot", vec![]).await;
    node.broadcast(intent.newest()).await.unwrap();
    anvil.mine().await;
    let IntentFate::Included(before) = fate(&node, &intent).await else { panic!("not included") };

    anvil.lever("evm_revert", vec![snapshot]).await;
    anvil.mine().await;
    assert_eq!(fate(&node, &intent).await, IntentFate::Waiting);

    assert_eq!(node.broadcast(intent.newest()).await.unwrap(), Broadcast::Accepted);
    anvil.mine().await;
    let IntentFate::Included(after) = fate(&node, &intent).await else { panic!("not included") };
    assert_eq!(after.hash, before.hash);
    assert_ne!(after.block_hash, before.block_hash);
}

#[tokio::test]
async fn reorganisation_changes_the_hash_under_a_number() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    let intent = intent();
    anvil.mine().await;
    node.broadcast(intent.newest()).await.unwrap();
    anvil.mine().await;
    let before = node.head().await.unwrap();
    anvil.lever("anvil_reorg", vec![1.into(), serde_json::json!([])]).await;
    let after = node.block(before.number).await.unwrap().unwrap();
    assert_ne!(after.hash, before.hash);
    assert_eq!(after.parent_hash, before.parent_hash);
    assert_eq!(fate(&node, &intent).await, IntentFate::Waiting);
}
