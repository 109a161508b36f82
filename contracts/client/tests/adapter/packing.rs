//! The packed form of claims, byte by byte, and the calldata that the contract's ABI reads back.

use ethers::abi::{Abi, Token};
use farbank_contracts::{
    BlockClaims, BlockProof, BridgeCalls, DepositClaim, PackingRejection, SegmentPreimage,
};
use farbank_types::bitcoin::constants::genesis_block;
use farbank_types::bitcoin::{Amount, Network, XOnlyPublicKey};
use farbank_types::{Bytes, EvmAddress, SegmentIndex, B256};

const BRIDGE: EvmAddress = EvmAddress::repeat_byte(0xb1);

fn generator() -> XOnlyPublicKey {
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798".parse().unwrap()
}

fn claim() -> DepositClaim {
    DepositClaim {
        index: 0x0102_0304,
        vout: 0x0506_0708,
        carrier_fee: Amount::from_sat(0x090a_0b0c_0d0e_0f10),
        recipient: EvmAddress::repeat_byte(0x20),
        salt: B256::repeat_byte(0x30),
        reclaim_key: generator(),
        output_key_y: B256::repeat_byte(0x50),
        slope: B256::repeat_byte(0x60),
        branch: vec![B256::repeat_byte(0x70), B256::repeat_byte(0x71)],
        action: Bytes::from_static(&[0]),
        transaction: Bytes::from(vec![0x80; 0x0102]),
    }
}

fn block_proof() -> BlockProof {
    BlockProof {
        header: genesis_block(Network::Regtest).header,
        segment: SegmentIndex::new(3),
        position: 7,
        root: B256::repeat_byte(1),
        meta: B256::repeat_byte(2),
        state_hash: B256::repeat_byte(3),
        segment_path: vec![B256::repeat_byte(4)],
    }
}

fn block(claims: Vec<DepositClaim>) -> BlockClaims {
    BlockClaims {
        block: block_proof(),
        coinbase_digest: B256::repeat_byte(5),
        coinbase_branch: vec![B256::repeat_byte(6), B256::repeat_byte(7)],
        cap: vec![B256::repeat_byte(8)],
        claims,
    }
}

fn decoded(function: &str, data: &Bytes) -> Vec<Token> {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../abi/Bridge.json")).unwrap();
    let abi: Abi = serde_json::from_value(file["abi"].clone()).unwrap();
    let function = abi.function(function).unwrap();
    assert_eq!(data[..4], function.short_signature());
    function.decode_input(&data[4..]).unwrap()
}

#[test]
fn claims_are_packed_back_to_back_in_big_endian_fields() {
    let packed = block(vec![claim(), claim()]).packed_claims().unwrap();
    let expected = [
        "01020304",
        "05060708",
        "090a0b0c0d0e0f10",
        "0001",
        "00000102",
        &"20".repeat(20),
        &"30".repeat(32),
        &generator().to_string(),
        &"50".repeat(32),
        &"60".repeat(32),
        &"70".repeat(32),
        &"71".repeat(32),
        "00",
        &"80".repeat(0x0102),
    ]
    .concat();
    assert_eq!(packed.len(), 2 * (170 + 64 + 1 + 0x0102));
    assert_eq!(hex::encode(&packed), expected.repeat(2));
}

#[test]
fn branch_of_another_length_than_the_coinbases_is_rejected() {
    let odd = DepositClaim { branch: vec![], ..claim() };
    assert_eq!(
        block(vec![claim(), odd]).packed_claims(),
        Err(PackingRejection::BranchLength { claim: 1, found: 0, expected: 2 })
    );
}

#[test]
fn action_that_does_not_fit_its_length_is_rejected() {
    let long = DepositClaim { action: Bytes::from(vec![1; 65_536]), ..claim() };
    assert_eq!(
        BridgeCalls::new(BRIDGE).claim(&[block(vec![long])]),
        Err(PackingRejection::ActionTooLong { claim: 0, length: 65_536 })
    );
    let longest = DepositClaim { action: Bytes::from(vec![1; 65_535]), ..claim() };
    assert!(block(vec![longest]).packed_claims().is_ok());
}

#[test]
fn claim_call_is_read_back_by_the_abi() {
    let block = block(vec![claim()]);
    let call = BridgeCalls::new(BRIDGE).claim(&[block.clone(), block.clone()]).unwrap();
    assert_eq!(call.to, Some(BRIDGE));
    let arguments = decoded("claim", &call.data);
    let [Token::Array(blocks)] = arguments.as_slice() else { panic!("{arguments:?}") };
    assert_eq!(blocks.len(), 2);
    let Token::Tuple(fields) = &blocks[0] else { panic!("{blocks:?}") };
    let node = |byte| Token::FixedBytes(vec![byte; 32]);
    assert_eq!(fields[0].clone().into_bytes().unwrap().len(), 80);
    assert_eq!(
        fields[1..10],
        [
            Token::Uint(3.into()),
            Token::Uint(7.into()),
            node(1),
            node(2),
            node(3),
            Token::Array(vec![node(4)]),
            node(5),
            Token::Array(vec![node(6), node(7)]),
            Token::Array(vec![node(8)]),
        ]
    );
    assert_eq!(fields[10], Token::Bytes(block.packed_claims().unwrap().to_vec()));
}

#[test]
fn submission_of_headers_is_read_back_by_the_abi() {
    let preimage = SegmentPreimage {
        root: B256::repeat_byte(1),
        meta: B256::repeat_byte(2),
        state: [3, 4, 5, 6].map(B256::repeat_byte),
    };
    let header = genesis_block(Network::Regtest).header;
    let call =
        BridgeCalls::new(BRIDGE).submit_headers(SegmentIndex::new(9), &preimage, &[header; 2]);
    let arguments = decoded("submitHeaders", &call.data);
    assert_eq!(arguments[0], Token::Uint(9.into()));
    let raw = arguments[2].clone().into_bytes().unwrap();
    assert_eq!(raw.len(), 160);
    assert_eq!(raw[..80], raw[80..]);
}

#[test]
fn calls_without_claims_are_read_back_by_the_abi() {
    let calls = BridgeCalls::new(BRIDGE);
    assert_eq!(decoded("pause", &calls.pause().data), []);
    assert_eq!(decoded("unpause", &calls.unpause().data), []);
    let guardian = EvmAddress::repeat_byte(0x9d);
    assert_eq!(
        decoded("setGuardian", &calls.set_guardian(guardian).data),
        [Token::Address(ethers::types::H160::repeat_byte(0x9d))]
    );
}
