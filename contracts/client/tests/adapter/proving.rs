//! Headers and proofs of a real node, and of nodes that get them wrong.

use farbank_contracts::{
    submit_and_wait, BlockAt, BlockRange, Call, Fault, NodeError, RawHeader, SideChainNode,
};
use farbank_types::{keccak256, Bytes, EvmAddress, EvmBlockNumber, B256};
use serde_json::{json, Value};

use crate::support::{sender, small_transfer, tight, Answer, Anvil, FakeNode, WAIT};

const ACCOUNT: EvmAddress = EvmAddress::repeat_byte(0xaa);

fn number(number: u64) -> BlockAt {
    BlockAt::Number(EvmBlockNumber::new(number))
}

fn slot(last: u8) -> B256 {
    B256::left_padding_from(&[last])
}

/// A block whose fields hash to its hash, as an honest node writes it.
fn block(change: impl FnOnce(&mut Value)) -> Value {
    let header = alloy_consensus::Header {
        number: 5,
        timestamp: 1_700_000_000,
        gas_limit: 30_000_000,
        base_fee_per_gas: Some(7),
        ..Default::default()
    };
    let mut block = serde_json::to_value(&header).unwrap();
    block["hash"] = json!(header.hash_slow());
    block["totalDifficulty"] = json!("0x1");
    block["transactions"] = json!([]);
    change(&mut block);
    block
}

async fn node_that_answers(answer: Value) -> SideChainNode {
    let fake = FakeNode::start(move |method, _| match method {
        "eth_chainId" => json!("0x1"),
        _ => answer.clone(),
    });
    let mut config = tight(&fake.await.url);
    config.max_answer_bytes = 200_000;
    SideChainNode::connect_any(&config).await.unwrap()
}

fn is_contradiction<T>(answer: &Result<T, Fault>) -> bool {
    matches!(answer, Err(Fault::Contradiction { .. }))
}

#[tokio::test]
async fn headers_of_a_real_node_hash_to_their_blocks_and_link() {
    let anvil = Anvil::start_without_blocks();
    let node = anvil.node().await;
    for _ in 0..3 {
        anvil.mine().await;
    }
    let range = BlockRange { first: EvmBlockNumber::new(0), last: EvmBlockNumber::new(3) };
    let headers = node.raw_headers(range).await.unwrap();
    assert_eq!(headers.len(), 4);
    for pair in headers.windows(2) {
        assert_eq!(pair[1].parent_hash, pair[0].hash);
    }
    for header in &headers {
        assert_eq!(keccak256(&header.rlp), header.hash);
        let block = node.block(header.number).await.unwrap().unwrap();
        assert_eq!(block.hash, header.hash);
        let by_hash = node.raw_header(BlockAt::Hash(header.hash)).await.unwrap();
        assert_eq!(by_hash.as_ref(), Some(header));
    }
    assert_eq!(node.raw_header(number(4)).await.unwrap(), None);
    assert_eq!(node.raw_header(BlockAt::Hash(B256::repeat_byte(9))).await.unwrap(), None);
    let last_final = node.raw_header(BlockAt::Finalized).await.unwrap().unwrap();
    assert_eq!(last_final.hash, node.finalized().await.unwrap().unwrap().hash);
    let beyond = BlockRange { first: EvmBlockNumber::new(3), last: EvmBlockNumber::new(4) };
    assert!(is_contradiction(&node.raw_headers(beyond).await));
}

#[tokio::test]
async fn code_and_slots_are_proved_at_the_block_that_is_named() {
    let anvil = Anvil::start();
    let node = anvil.node().await;
    // Stores its first word of calldata in slot 0: PUSH1 0 CALLDATALOAD PUSH1 0 SSTORE
    let code = Bytes::from_static(&[0x60, 0, 0x35, 0x60, 0, 0x55]);
    anvil.lever("anvil_setCode", vec![json!(ACCOUNT), json!(code)]).await;
    anvil.mine().await;
    let call = Call { to: Some(ACCOUNT), data: slot(7).0.into(), ..small_transfer() };
    let receipt = submit_and_wait(&node, &sender(), &call, WAIT).await.unwrap();

    let after = BlockAt::Hash(receipt.block_hash);
    assert_eq!(node.code(ACCOUNT, after).await.unwrap(), code);
    assert_eq!(node.code(EvmAddress::repeat_byte(0xbb), after).await.unwrap(), Bytes::new());
    let slots: Vec<B256> = (0..70).map(slot).collect();
    let proof = node.proof(ACCOUNT, &slots, after).await.unwrap();
    assert!(!proof.account.is_empty());
    assert_eq!(proof.storage.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), slots);
    assert_eq!(keccak256(&proof.account[0]), state_root(&node, after).await);
    let earlier = number(receipt.block.get() - 1);
    let none = node.proof(ACCOUNT, &[], earlier).await.unwrap();
    assert_eq!(keccak256(&none.account[0]), state_root(&node, earlier).await);
    assert_ne!(none.account, proof.account);
}

async fn state_root(node: &SideChainNode, at: BlockAt) -> B256 {
    let header = node.raw_header(at).await.unwrap().unwrap();
    let header: alloy_consensus::Header = alloy_rlp::decode_exact(&header.rlp).unwrap();
    header.state_root
}

#[tokio::test]
async fn header_that_does_not_hash_to_its_block_is_a_contradiction() {
    let honest = node_that_answers(block(|_| ())).await;
    let header = honest.raw_header(number(5)).await.unwrap().unwrap();
    assert_eq!(header.number, EvmBlockNumber::new(5));
    assert!(is_contradiction(&honest.raw_header(number(6)).await));
    assert!(is_contradiction(&honest.raw_header(BlockAt::Hash(B256::ZERO)).await));

    for (field, value) in [
        ("stateRoot", json!(B256::repeat_byte(1))),
        ("hash", json!(B256::repeat_byte(1))),
        ("gasUsed", json!("0x1")),
        ("baseFeePerGas", Value::Null),
        ("withdrawalsRoot", json!(B256::ZERO)),
    ] {
        let liar = node_that_answers(block(|block| block[field] = value)).await;
        let answer = liar.raw_header(number(5)).await;
        assert!(is_contradiction(&answer), "{field}: {answer:?}");
    }
    let too_long = alloy_consensus::Header {
        number: 5,
        extra_data: vec![0; RawHeader::MAX_BYTES].into(),
        ..Default::default()
    };
    let mut answer = serde_json::to_value(&too_long).unwrap();
    answer["hash"] = json!(too_long.hash_slow());
    assert!(is_contradiction(&node_that_answers(answer).await.raw_header(number(5)).await));
    let unreadable = node_that_answers(block(|block| block["number"] = json!("five"))).await;
    let answer = unreadable.raw_header(number(5)).await;
    assert!(matches!(answer, Err(Fault::Unreadable { .. })), "{answer:?}");
}

#[tokio::test]
async fn node_without_a_final_block_is_told_from_a_broken_one() {
    for (message, absent) in [("finalized block not found", true), ("database is gone", false)] {
        let fake = FakeNode::start_raw(move |method, _| match method {
            "eth_chainId" => Answer::Result(json!("0x1")),
            _ => Answer::Error(json!({"code": -32_000, "message": message})),
        })
        .await;
        let node = SideChainNode::connect_any(&tight(&fake.url)).await.unwrap();
        match node.raw_header(BlockAt::Finalized).await {
            Ok(None) => assert!(absent),
            Err(Fault::Node { error: NodeError { message: said, .. }, .. }) => {
                assert!(!absent, "{said}");
            }
            other => panic!("{other:?}"),
        }
    }
}

fn proof(change: impl FnOnce(&mut Value)) -> Value {
    let mut answer = json!({
        "address": ACCOUNT, "balance": "0x0", "nonce": "0x1", "codeHash": B256::ZERO,
        "storageHash": B256::ZERO, "accountProof": ["0xc0"],
        "storageProof": [{"key": "0x1", "value": "0x0", "proof": ["0xc0"]}],
    });
    change(&mut answer);
    answer
}

#[tokio::test]
async fn proof_for_another_question_or_of_impossible_size_is_a_contradiction() {
    let honest = node_that_answers(proof(|_| ())).await;
    let answer = honest.proof(ACCOUNT, &[slot(1)], number(5)).await.unwrap();
    assert_eq!(answer.storage, [(slot(1), vec![Bytes::from_static(&[0xc0])])]);
    assert!(is_contradiction(&honest.proof(ACCOUNT, &[slot(2)], number(5)).await));
    assert!(is_contradiction(&honest.proof(ACCOUNT, &[slot(1), slot(2)], number(5)).await));
    assert!(is_contradiction(&honest.proof(EvmAddress::ZERO, &[slot(1)], number(5)).await));

    let large = Bytes::from(vec![0; 1_025]);
    for change in [
        |answer: &mut Value, _: &Bytes| answer["accountProof"] = json!(vec!["0xc0"; 66]),
        |answer: &mut Value, large: &Bytes| answer["accountProof"] = json!([large]),
        |answer: &mut Value, large: &Bytes| answer["storageProof"][0]["proof"] = json!([large]),
        |answer: &mut Value, _: &Bytes| answer["storageProof"] = json!([]),
    ] {
        let liar = node_that_answers(proof(|answer| change(answer, &large))).await;
        let answer = liar.proof(ACCOUNT, &[slot(1)], number(5)).await;
        assert!(is_contradiction(&answer), "{answer:?}");
    }
    let unreadable = node_that_answers(proof(|answer| answer["accountProof"] = json!([5]))).await;
    let answer = unreadable.proof(ACCOUNT, &[slot(1)], number(5)).await;
    assert!(matches!(answer, Err(Fault::Unreadable { .. })), "{answer:?}");
}

#[tokio::test]
async fn code_beyond_the_limit_of_the_chain_is_a_contradiction() {
    let code = |length| json!(format!("0x{}", "00".repeat(length)));
    let node = node_that_answers(code(24_576)).await;
    assert_eq!(node.code(ACCOUNT, number(5)).await.unwrap().len(), 24_576);
    let node = node_that_answers(code(24_577)).await;
    assert!(is_contradiction(&node.code(ACCOUNT, number(5)).await));
}
