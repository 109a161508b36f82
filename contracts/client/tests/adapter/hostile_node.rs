//! Nodes that hang, talk too much, or lie: each gives a named fault, in bounded time.

use std::time::Duration;

use farbank_contracts::{
    BlockAt, BlockRange, Broadcast, BroadcastFailure, CallFailure, ConnectError,
    DeploymentMismatch, Fault, NodeConnectError, SideChainClient, SideChainNode,
};
use farbank_types::{ChainId, ContractAddresses, EvmAddress, EvmBlockNumber, SegmentIndex, B256};
use serde_json::{json, Value};

use crate::support::{
    fee, hanging_node, nonce, sender, small_transfer, tight, Answer, FakeNode, PLAIN_TRANSFER,
};

const BRIDGE: EvmAddress = EvmAddress::repeat_byte(0xb1);
const TOKEN: EvmAddress = EvmAddress::repeat_byte(0x70);
const INSTANCE: B256 = B256::repeat_byte(0x15);

fn word(number: u64) -> String {
    format!("{number:064x}")
}

fn block(number: u64) -> Value {
    let hash = B256::left_padding_from(&number.to_be_bytes());
    json!({
        "number": format!("{number:#x}"), "hash": hash, "parentHash": hash, "timestamp": "0x1",
        "gasLimit": "0x1c9c380", "gasUsed": "0x0", "baseFeePerGas": "0x7", "extraData": "0x",
        "logsBloom": format!("0x{}", "0".repeat(512)), "miner": EvmAddress::ZERO, "mixHash": hash,
        "nonce": "0x0000000000000000", "receiptsRoot": hash, "sha3Uncles": hash, "size": "0x1",
        "stateRoot": hash, "transactionsRoot": hash, "difficulty": "0x1", "totalDifficulty": "0x1",
        "transactions": [], "uncles": [],
    })
}

/// Answers the checks of a connection; everything else is up to `rest`.
async fn bridge_behind(
    rest: impl Fn(&str, &Value) -> Option<Value> + Send + Sync + 'static,
) -> Result<SideChainClient, ConnectError> {
    let fake = FakeNode::start(move |method, parameters| {
        if let Some(answer) = rest(method, parameters) {
            return answer;
        }
        match (method, parameters[0]["data"].as_str()) {
            ("eth_chainId", _) => json!("0x7a69"),
            ("eth_getCode", _) => json!("0x60"),
            ("eth_call", Some("0x022ec095")) => json!(INSTANCE),
            ("eth_call", Some("0xfc0c546a")) => json!(TOKEN.into_word()),
            ("eth_getBlockByNumber", _) => block(5),
            _ => Value::Null,
        }
    })
    .await;
    let node = SideChainNode::connect(&tight(&fake.url), ChainId::new(31_337)).await?;
    let contracts = ContractAddresses {
        bridge: BRIDGE,
        token: TOKEN,
        governance: EvmAddress::ZERO,
        deployed_at: EvmBlockNumber::new(1),
    };
    SideChainClient::attach(node, contracts, INSTANCE).await
}

#[tokio::test]
async fn hanging_node_is_left_after_the_timeout() {
    let config = tight(&hanging_node().await);
    let waited = tokio::time::timeout(Duration::from_secs(5), SideChainNode::connect_any(&config));
    let fault = waited.await.expect("bounded").unwrap_err();
    assert!(matches!(fault, Fault::Timeout { method: "eth_chainId", .. }), "{fault}");
    assert!(fault.is_transient());
}

#[tokio::test]
async fn closed_port_is_a_transient_fault() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fault = SideChainNode::connect_any(&tight(&url)).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
    assert!(fault.is_transient());
}

#[tokio::test]
async fn address_of_another_protocol_is_named() {
    let fault = SideChainNode::connect_any(&tight("ipc:///tmp/geth.ipc")).await.unwrap_err();
    assert!(matches!(fault, Fault::BadAddress { .. }), "{fault}");
    assert!(!fault.is_transient());
}

#[tokio::test]
async fn oversized_answer_is_not_read() {
    for length in [10_000, 3_000_000] {
        let fake = FakeNode::start(move |_, _| json!("0".repeat(length))).await;
        let fault = SideChainNode::connect_any(&tight(&fake.url)).await.unwrap_err();
        assert!(matches!(fault, Fault::AnswerTooLarge { limit: 10_000, .. }), "{fault}");
        assert!(!fault.is_transient());
    }
}

#[tokio::test]
async fn answer_that_is_no_json_rpc_is_unreadable() {
    for body in ["<html>", "", "{}", "[1]", r#"{"jsonrpc":"2.0","id":77,"result":"0x1"}"#] {
        let fake = FakeNode::start_raw(move |_, _| Answer::Body(body.to_owned())).await;
        let fault = SideChainNode::connect_any(&tight(&fake.url)).await.unwrap_err();
        assert!(matches!(fault, Fault::Unreadable { .. }), "{body}: {fault:?}");
    }
}

#[tokio::test]
async fn error_message_is_cut() {
    let error = json!({"code": -32000, "message": "x".repeat(5_000)});
    let fake = FakeNode::start_raw(move |_, _| Answer::Error(error.clone())).await;
    let fault = SideChainNode::connect_any(&tight(&fake.url)).await.unwrap_err();
    let Fault::Node { error, .. } = fault else { panic!("{fault}") };
    assert_eq!(error.message.len(), 300);
}

#[tokio::test]
async fn node_of_another_chain_is_refused() {
    let fake = FakeNode::start(|_, _| json!("0x1")).await;
    let error = SideChainNode::connect(&tight(&fake.url), ChainId::new(5)).await.unwrap_err();
    assert!(
        matches!(error, NodeConnectError::WrongChain { expected, found }
            if expected == ChainId::new(5) && found == ChainId::new(1)),
        "{error}"
    );
}

#[tokio::test]
async fn chain_without_the_deployment_is_refused() {
    let no_code = bridge_behind(|method, _| (method == "eth_getCode").then(|| json!("0x"))).await;
    let Err(ConnectError::Mismatch(mismatch)) = no_code else { panic!("{no_code:?}") };
    assert_eq!(mismatch, DeploymentMismatch::NoCode { address: BRIDGE });

    let other = B256::repeat_byte(1);
    let swapped = bridge_behind(move |method, parameters| {
        (method == "eth_call" && parameters[0]["data"] == "0x022ec095").then(|| json!(other))
    });
    let swapped = swapped.await;
    let Err(ConnectError::Mismatch(mismatch)) = swapped else { panic!("{swapped:?}") };
    assert_eq!(mismatch, DeploymentMismatch::WrongInstance { expected: INSTANCE, found: other });
}

#[tokio::test]
async fn another_block_than_the_one_asked_for_is_a_contradiction() {
    let bridge = bridge_behind(|_, _| None).await.unwrap();
    let fault = bridge.node().block(EvmBlockNumber::new(4)).await.unwrap_err();
    assert!(matches!(fault, Fault::Contradiction { .. }), "{fault}");
}

#[tokio::test]
async fn integers_with_dirty_high_bits_are_a_contradiction() {
    let tip = format!("0x{}{}{}01{}", word(1), word(9), word(8), &word(7)[2..]);
    let bridge = bridge_behind(move |method, parameters| {
        (method == "eth_call" && parameters[0]["data"] == "0x2755cd2d").then(|| json!(tip))
    });
    let fault = bridge.await.unwrap().header_tip(BlockAt::Latest).await.unwrap_err();
    assert!(matches!(fault, Fault::Contradiction { .. }), "{fault}");
}

#[tokio::test]
async fn hidden_segment_log_is_a_contradiction() {
    let tip = format!("0x{}{}{}{}", word(1), word(9), word(8), word(7));
    let bridge = bridge_behind(move |method, parameters| {
        let data = parameters[0]["data"].as_str().unwrap_or_default();
        match method {
            "eth_getLogs" => Some(json!([])),
            "eth_call" if data == "0x2755cd2d" => Some(json!(tip)),
            "eth_call" if data.len() == 74 => Some(json!(B256::repeat_byte(3))),
            _ => None,
        }
    });
    let bridge = bridge.await.unwrap();
    let fault = bridge.segments(SegmentIndex::new(0), BlockAt::Latest).await.unwrap_err();
    assert!(matches!(fault, Fault::Contradiction { method: "eth_getLogs", .. }), "{fault}");
}

#[tokio::test]
async fn log_of_another_contract_is_a_contradiction() {
    let bridge = bridge_behind(|method, parameters| {
        (method == "eth_getLogs").then(|| {
            json!([{
                "address": TOKEN, "topics": parameters[0]["topics"][0], "data": "0x",
                "blockNumber": "0x2", "blockHash": INSTANCE, "transactionHash": INSTANCE,
                "logIndex": "0x0", "transactionIndex": "0x0", "removed": false,
            }])
        })
    });
    let range = BlockRange { first: EvmBlockNumber::new(1), last: EvmBlockNumber::new(5) };
    let fault = bridge.await.unwrap().minted_between(range).await.unwrap_err();
    assert!(matches!(fault, Fault::Contradiction { .. }), "{fault}");
}

#[tokio::test]
async fn too_large_answer_to_a_range_is_asked_for_in_halves() {
    let bridge = bridge_behind(|method, parameters| {
        (method == "eth_getLogs").then(|| {
            let same = parameters[0]["fromBlock"] == parameters[0]["toBlock"];
            if same {
                json!([])
            } else {
                json!(["x".repeat(20_000)])
            }
        })
    });
    let range = BlockRange { first: EvmBlockNumber::new(1), last: EvmBlockNumber::new(5) };
    assert_eq!(bridge.await.unwrap().minted_between(range).await.unwrap(), []);
}

#[tokio::test]
async fn receipt_of_another_transaction_is_a_contradiction() {
    let bridge = bridge_behind(|method, _| {
        (method == "eth_getTransactionReceipt").then(|| {
            json!({
                "transactionHash": INSTANCE, "blockHash": INSTANCE, "blockNumber": "0x2",
                "transactionIndex": "0x0", "from": BRIDGE, "to": BRIDGE, "status": "0x1",
                "cumulativeGasUsed": "0x5208", "gasUsed": "0x5208", "logs": [],
                "logsBloom": format!("0x{}", "0".repeat(512)), "type": "0x2",
            })
        })
    });
    let bridge = bridge.await.unwrap();
    let fault = bridge.node().receipt(B256::ZERO).await.unwrap_err();
    assert!(matches!(fault, Fault::Contradiction { .. }), "{fault}");
    assert!(bridge.node().receipt(INSTANCE).await.unwrap().is_some());
}

#[tokio::test]
async fn wrong_hash_after_a_broadcast_is_a_contradiction() {
    let bridge =
        bridge_behind(|method, _| (method == "eth_sendRawTransaction").then(|| json!(INSTANCE)));
    let bridge = bridge.await.unwrap();
    let prepared =
        sender().prepare(&small_transfer(), nonce(0), fee(2, 1), PLAIN_TRANSFER).unwrap();
    let answer: Result<Broadcast, _> = bridge.node().broadcast(&prepared).await;
    assert!(
        matches!(answer, Err(BroadcastFailure::Fault(Fault::Contradiction { .. }))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn failed_execution_is_told_from_a_node_that_cannot_answer() {
    for (code, message, failed) in [
        (-32_000, "execution reverted", true),
        (-32_000, "invalid opcode: INVALID", true),
        (-32_000, "gas required exceeds allowance (30000000)", true),
        (3, "execution reverted: custom error", true),
        (-32_000, "header not found", false),
        (-32_000, "insufficient funds for gas * price + value", false),
    ] {
        let fake = FakeNode::start_raw(move |method, _| match method {
            "eth_chainId" => Answer::Result(json!("0x1")),
            _ => Answer::Error(json!({"code": code, "message": message})),
        })
        .await;
        let node = SideChainNode::connect_any(&tight(&fake.url)).await.unwrap();
        let failure = node.simulate(BRIDGE, &small_transfer(), BlockAt::Latest).await.unwrap_err();
        assert_eq!(matches!(failure, CallFailure::Refused(_)), failed, "{message}");
        assert_eq!(failure.is_transient(), !failed, "{message}");
    }
}

#[tokio::test]
async fn impossible_gas_estimate_is_a_fault_and_no_refusal() {
    let huge = format!("0x{}", "f".repeat(64));
    let bridge = bridge_behind(move |method, _| (method == "eth_estimateGas").then(|| json!(huge)));
    let bridge = bridge.await.unwrap();
    let answer = bridge.node().simulate(BRIDGE, &small_transfer(), BlockAt::Latest).await;
    assert!(matches!(answer, Err(CallFailure::Fault(Fault::Contradiction { .. }))), "{answer:?}");
}
