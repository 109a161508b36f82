//! Blocks, accounts and calls of a real node.

use farbank_contracts::{
    BlockAt, BridgeRefusal, Call, CallFailure, Fault, NodeConnectError, SideChainNode,
};
use farbank_types::{Bytes, ChainId, EvmAddress, EvmBlockNumber, Wei, B256};

use crate::support::{sender, small_transfer, Anvil, ANVIL_CHAIN};

#[tokio::test]
async fn node_of_the_wrong_chain_is_refused() {
    let anvil = Anvil::start();
    let error = SideChainNode::connect(&anvil.config(), ChainId::new(1)).await.unwrap_err();
    assert!(
        matches!(error, NodeConnectError::WrongChain { found, .. } if found == ANVIL_CHAIN),
        "{error}"
    );
    assert!(!error.is_transient());
}

#[tokio::test]
async fn blocks_are_linked_and_end_at_the_head() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    for _ in 0..4 {
        anvil.mine().await;
    }
    let head = node.head().await.unwrap();
    assert_eq!(head.number, EvmBlockNumber::new(4));
    let parent = node.block(EvmBlockNumber::new(3)).await.unwrap().unwrap();
    assert_eq!(head.parent_hash, parent.hash);
    assert_eq!(node.block(EvmBlockNumber::new(5)).await.unwrap(), None);
    let last_final = node.finalized().await.unwrap().unwrap();
    assert!(last_final.number < head.number);
    assert!(head.base_fee.is_some());
}

#[tokio::test]
async fn accounts_are_read_at_an_explicit_block() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    let call = small_transfer();
    let receiver = call.to.unwrap();
    farbank_contracts::submit_and_wait(&node, &sender(), &call, crate::support::WAIT)
        .await
        .unwrap();
    let genesis = BlockAt::Number(EvmBlockNumber::new(0));
    assert_eq!(node.ether_balance(receiver, genesis).await.unwrap(), Wei::ZERO);
    assert_eq!(node.ether_balance(receiver, BlockAt::Latest).await.unwrap(), call.value);
    assert_eq!(node.nonce(sender().address(), genesis).await.unwrap().get(), 0);
    assert_eq!(node.nonce(sender().address(), BlockAt::Latest).await.unwrap().get(), 1);
    assert_eq!(node.pending_nonce(sender().address()).await.unwrap().get(), 1);
    assert_eq!(node.code_hash(receiver, BlockAt::Latest).await.unwrap(), None);
    assert!(node.gas_price().await.unwrap() > Wei::ZERO);
}

#[tokio::test]
async fn unknown_hashes_are_absent_and_no_faults() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    let unknown = B256::repeat_byte(7);
    assert_eq!(node.transaction(unknown).await.unwrap(), None);
    assert_eq!(node.receipt(unknown).await.unwrap(), None);
}

#[tokio::test]
async fn revert_is_a_refusal_with_its_data() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    // PUSH4 CoinbaseIndex() PUSH1 0 MSTORE PUSH1 4 PUSH1 28 REVERT
    let selector = farbank_types::keccak256("CoinbaseIndex()");
    let code = [&[0x63][..], &selector[..4], &[0x60, 0, 0x52, 0x60, 4, 0x60, 28, 0xfd]].concat();
    let at = EvmAddress::repeat_byte(0xcc);
    let code = Bytes::from(code);
    anvil.lever("anvil_setCode", vec![at.to_string().into(), code.to_string().into()]).await;
    let call = Call { to: Some(at), data: Bytes::new(), value: Wei::ZERO };
    let failure = node.simulate(sender().address(), &call, BlockAt::Latest).await.unwrap_err();
    assert!(matches!(failure, CallFailure::Refused(BridgeRefusal::CoinbaseIndex {})), "{failure}");
    let failure = node.execute(&call, BlockAt::Latest).await.unwrap_err();
    assert!(matches!(failure, CallFailure::Refused(BridgeRefusal::CoinbaseIndex {})), "{failure}");
}

#[tokio::test]
async fn call_beyond_the_senders_means_is_a_fault() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    let poor = EvmAddress::repeat_byte(0x99);
    let call = Call { data: Bytes::from_static(&[1]), ..small_transfer() };
    let failure = node.simulate(poor, &call, BlockAt::Latest).await.unwrap_err();
    assert!(matches!(failure, CallFailure::Fault(Fault::Node { .. })), "{failure:?}");
}
