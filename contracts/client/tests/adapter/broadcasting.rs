//! Handing transactions to a real node, again and against others.

use farbank_contracts::{
    next_nonce, BlockAt, Broadcast, BroadcastFailure, BroadcastRefusal, Call, ConfirmedNonces,
    EvmKey, ExecutionStatus, FeePolicy, IntentFate, PreparedTransaction, SideChainNode,
    SubmitError, TransactionIntent, TransactionSender,
};
use farbank_types::{Nonce, Wei};

use crate::support::{
    fee, nonce, sender, small_transfer, Anvil, ANVIL_CHAIN, PLAIN_TRANSFER, WAIT,
};

fn refused(outcome: Result<Broadcast, BroadcastFailure>) -> BroadcastRefusal {
    match outcome {
        Err(BroadcastFailure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn prepared(number: u64, max_gwei: u64) -> PreparedTransaction {
    sender().prepare(&small_transfer(), nonce(number), fee(max_gwei, 1), PLAIN_TRANSFER).unwrap()
}

async fn nonces(node: &SideChainNode) -> ConfirmedNonces {
    let latest = node.nonce(sender().address(), BlockAt::Latest).await.unwrap();
    ConfirmedNonces { latest, finalized: latest }
}

#[tokio::test]
async fn repeated_broadcast_is_known_until_the_nonce_is_spent() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    let transaction = prepared(0, 10);
    assert_eq!(node.broadcast(&transaction).await.unwrap(), Broadcast::Accepted);
    assert_eq!(node.broadcast(&transaction).await.unwrap(), Broadcast::AlreadyKnown);
    assert_eq!(node.transaction(transaction.hash).await.unwrap().unwrap().block, None);
    assert_eq!(node.receipt(transaction.hash).await.unwrap(), None);

    anvil.mine().await;
    assert_eq!(refused(node.broadcast(&transaction).await), BroadcastRefusal::NonceTooLow);
    let receipt = node.receipt(transaction.hash).await.unwrap().unwrap();
    assert_eq!(receipt.status, ExecutionStatus::Succeeded);
    let found = node.transaction(transaction.hash).await.unwrap().unwrap();
    assert_eq!((found.from, found.nonce), (sender().address(), nonce(0)));
    assert_eq!(found.block, Some(receipt.block));
}

#[tokio::test]
async fn replacement_goes_through_only_when_it_is_bumped() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    let first = prepared(0, 10);
    node.broadcast(&first).await.unwrap();
    let other = Call::transfer(sender().address(), Wei::ZERO);
    let hardly_more = sender().prepare(&other, nonce(0), fee(10, 1), PLAIN_TRANSFER).unwrap();
    assert_eq!(
        refused(node.broadcast(&hardly_more).await),
        BroadcastRefusal::ReplacementUnderpriced
    );

    let market = node.fee_market().await.unwrap();
    let second = sender().bump(&small_transfer(), &first, market).unwrap();
    assert_eq!(node.broadcast(&second).await.unwrap(), Broadcast::Accepted);
    anvil.mine().await;

    let mut intent =
        TransactionIntent::new(ANVIL_CHAIN, sender().address(), small_transfer(), first.clone());
    intent.replacements.push(second.clone());
    let nonces = nonces(&node).await;
    assert_eq!(node.receipt(first.hash).await.unwrap(), None);
    let receipt = node.receipt(second.hash).await.unwrap().unwrap();
    let fate = intent.fate(nonces, std::slice::from_ref(&receipt));
    assert_eq!(fate, IntentFate::Final(receipt));
}

#[tokio::test]
async fn drifted_nonce_displaces_the_record_and_the_next_one_is_taken_from_the_chain() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    let own = prepared(0, 10);
    let intent =
        TransactionIntent::new(ANVIL_CHAIN, sender().address(), small_transfer(), own.clone());
    // Another process with the same key was faster.
    let theirs = Call::transfer(sender().address(), Wei::ZERO);
    let theirs = sender().prepare(&theirs, nonce(0), fee(10, 1), PLAIN_TRANSFER).unwrap();
    node.broadcast(&theirs).await.unwrap();
    anvil.mine().await;

    assert_eq!(refused(node.broadcast(&own).await), BroadcastRefusal::NonceTooLow);
    let nonces = nonces(&node).await;
    let receipts: Vec<_> = node.receipt(own.hash).await.unwrap().into_iter().collect();
    assert_eq!(intent.fate(nonces, &receipts), IntentFate::Displaced);
    assert_eq!(next_nonce(nonces.latest, [intent.nonce()]), nonce(1));
}

#[tokio::test]
async fn gap_below_own_records_is_filled_first() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    node.broadcast(&prepared(1, 10)).await.unwrap();
    anvil.mine().await;
    let latest = node.nonce(sender().address(), BlockAt::Latest).await.unwrap();
    assert_eq!(latest, nonce(0));
    let next = next_nonce(latest, [nonce(1)]);
    assert_eq!(next, nonce(0));
    node.broadcast(&prepared(next.get(), 10)).await.unwrap();
    anvil.mine().await;
    assert_eq!(node.nonce(sender().address(), BlockAt::Latest).await.unwrap(), nonce(2));
}

#[tokio::test]
async fn fee_below_the_base_fee_and_empty_account_are_told_apart() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    anvil.lever("anvil_setNextBlockBaseFeePerGas", vec!["0x174876e800".into()]).await;
    anvil.mine().await;
    assert_eq!(refused(node.broadcast(&prepared(0, 2)).await), BroadcastRefusal::FeeTooLow);

    let poor = TransactionSender::new(EvmKey::generate(), ANVIL_CHAIN, FeePolicy::default());
    let transaction =
        poor.prepare(&small_transfer(), Nonce::new(0), fee(150, 1), PLAIN_TRANSFER).unwrap();
    assert_eq!(refused(node.broadcast(&transaction).await), BroadcastRefusal::InsufficientFunds);
}

#[tokio::test]
async fn tool_submits_and_waits_for_the_receipt() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    let call = small_transfer();
    let (to, value) = (call.to.unwrap(), call.value);
    let receipt = farbank_contracts::submit_and_wait(&node, &sender(), &call, WAIT).await.unwrap();
    assert_eq!(receipt.gas_used.get(), 21_000);
    assert_eq!(node.ether_balance(to, receipt.block.into()).await.unwrap(), value);
}

#[tokio::test]
async fn waiting_for_a_block_that_never_comes_ends_in_time() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    let wait = farbank_contracts::Wait { timeout: std::time::Duration::from_millis(200), ..WAIT };
    let error = farbank_contracts::submit_and_wait(&node, &sender(), &small_transfer(), wait)
        .await
        .unwrap_err();
    assert!(matches!(error, SubmitError::NotIncluded { .. }), "{error}");
    assert!(error.is_transient());
}
