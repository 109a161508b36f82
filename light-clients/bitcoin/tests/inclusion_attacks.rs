//! Proofs made up to deceive, each refused by its name.

mod common;

use bitcoin::absolute::LockTime;
use bitcoin::block::{Header, Version};
use bitcoin::consensus::serialize;
use bitcoin::hashes::{sha256, sha256d, Hash as _};
use bitcoin::transaction::Version as TransactionVersion;
use bitcoin::{
    Amount, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxMerkleNode, TxOut, Witness,
};
use common::{remine, NOW};
use farbank_bitcoin_light_client::inclusion::{
    parse_transaction, InclusionProof, InclusionRejection, TransactionTree,
};
use farbank_types::B256;
use proptest::prelude::*;

fn transaction(salt: u32, script_bytes: usize) -> Transaction {
    Transaction {
        version: TransactionVersion::TWO,
        lock_time: LockTime::from_consensus(salt),
        input: vec![TxIn {
            previous_output: OutPoint::null(),
            script_sig: ScriptBuf::new(),
            sequence: Sequence::MAX,
            witness: Witness::new(),
        }],
        output: vec![TxOut {
            value: Amount::from_sat(1),
            script_pubkey: ScriptBuf::from_bytes(vec![0x51; script_bytes]),
        }],
    }
}

fn block_of(count: u32) -> Vec<Transaction> {
    (0..count).map(|salt| transaction(salt, 34)).collect()
}

fn header_over(root: B256) -> Header {
    let genesis = bitcoin::constants::genesis_block(Network::Regtest).header;
    remine(Header {
        version: Version::TWO,
        prev_blockhash: genesis.block_hash(),
        merkle_root: TxMerkleNode::from_byte_array(root.0),
        time: u32::try_from(NOW.get()).expect("fits"),
        bits: genesis.bits,
        nonce: 0,
    })
}

fn tree_of(transactions: &[Transaction]) -> TransactionTree {
    let txids = transactions.iter().map(Transaction::compute_txid);
    TransactionTree::from_txids(txids).expect("transactions")
}

fn proof_of(transactions: &[Transaction], index: u32) -> InclusionProof {
    let tree = tree_of(transactions);
    InclusionProof {
        header: header_over(tree.root()),
        tx: serialize(&transactions[usize::try_from(index).expect("fits")]),
        index,
        branch: tree.branch(index).expect("in range"),
        coinbase: B256::from(sha256::Hash::hash(&serialize(&transactions[0])).to_byte_array()),
        coinbase_branch: tree.branch(0).expect("in range"),
    }
}

fn node(bytes: &[u8]) -> B256 {
    B256::from(sha256d::Hash::hash(bytes).to_byte_array())
}

#[test]
fn odd_rows_are_proved_with_the_left_child_repeated() {
    for count in 2..40 {
        let transactions = block_of(count);
        for index in 1..count {
            let proof = proof_of(&transactions, index);
            assert!(proof.verify().is_ok(), "{index} of {count}");
        }
    }
}

/// CVE-2012-2459: three transactions and the same three with the last repeated have one root.
#[test]
fn repeated_right_child_is_refused() {
    let transactions = block_of(3);
    let honest = proof_of(&transactions, 2);
    assert!(honest.verify().is_ok());
    let mut doubled = transactions.clone();
    doubled.push(transactions[2].clone());
    let forged = proof_of(&doubled, 3);
    assert_eq!(forged.header.merkle_root, honest.header.merkle_root);
    assert_eq!(forged.verify(), Err(InclusionRejection::RepeatedSibling { level: 0 }));

    let mut doubled = block_of(6);
    doubled.extend_from_within(4..6);
    let forged = proof_of(&doubled, 7);
    assert_eq!(forged.verify(), Err(InclusionRejection::RepeatedSibling { level: 1 }));
    assert_eq!(
        proof_of(&doubled, 6).verify(),
        Err(InclusionRejection::RepeatedSibling { level: 1 })
    );
}

/// CVE-2017-12842, downwards: a node's 64 bytes given as a transaction one level above the leaves.
#[test]
fn node_given_as_a_transaction_is_refused() {
    let transactions = block_of(8);
    let tree = tree_of(&transactions);
    let honest = proof_of(&transactions, 3);
    let ids: Vec<_> = transactions.iter().map(|tx| tx.compute_txid().to_byte_array()).collect();
    let mut forged = honest;
    forged.tx = [ids[2], ids[3]].concat();
    forged.index = 1;
    forged.branch.remove(0);
    // The coinbase's side can be shortened the same way; the size alone stops it.
    forged.coinbase = B256::from(sha256::Hash::hash(&[ids[0], ids[1]].concat()).to_byte_array());
    forged.coinbase_branch.remove(0);
    assert_eq!(node(&forged.tx), tree.claim_pieces_at(&[], 1).unwrap().cap[1]);
    assert_eq!(forged.verify(), Err(InclusionRejection::TransactionSize64));
}

/// CVE-2017-12842, upwards: a 64-byte transaction in the block whose second half is the id of one
/// that is not.
#[test]
fn transaction_below_a_64_byte_one_is_refused() {
    let hidden = transaction(99, 34);
    let hidden_id = hidden.compute_txid().to_byte_array();
    let mut small = serialize(&transaction(7, 4));
    assert_eq!(small.len(), 64);
    small[32..].copy_from_slice(&hidden_id);
    let transactions = block_of(4);
    let mut leaves: Vec<_> =
        transactions.iter().map(|tx| B256::from(tx.compute_txid().to_byte_array())).collect();
    leaves[1] = node(&small);
    let tree = TransactionTree::from_txids(
        leaves.iter().map(|leaf| bitcoin::Txid::from_byte_array(leaf.0)),
    )
    .unwrap();
    let mut branch = tree.branch(1).unwrap();
    branch.insert(0, B256::from_slice(&small[..32]));
    let mut forged = proof_of(&transactions, 3);
    forged.header = header_over(tree.root());
    forged.tx = serialize(&hidden);
    forged.index = 3;
    forged.branch = branch;
    forged.coinbase_branch = tree.branch(0).unwrap();
    let refused = InclusionRejection::BranchLengthMismatch { branch: 3, coinbase_branch: 2 };
    assert_eq!(forged.verify(), Err(refused));
    // The coinbase has no level below it, whatever node is claimed to be there.
    forged.coinbase_branch.insert(0, leaves[0]);
    assert_eq!(forged.verify(), Err(InclusionRejection::CoinbaseNotIncluded));
}

#[test]
fn index_beyond_the_tree_is_refused() {
    let mut proof = proof_of(&block_of(5), 4);
    for index in [8, 12, 1 << 31] {
        proof.index = index;
        let refused = InclusionRejection::IndexOutOfRange { index, depth: 3 };
        assert_eq!(proof.verify(), Err(refused));
    }
    let mut lonely = proof_of(&block_of(1), 0);
    assert_eq!(lonely.verify(), Err(InclusionRejection::CoinbaseIndex));
    lonely.index = 1;
    let refused = InclusionRejection::IndexOutOfRange { index: 1, depth: 0 };
    assert_eq!(lonely.verify(), Err(refused));
}

#[test]
fn branch_longer_than_an_index_has_bits_is_refused_without_a_panic() {
    let mut proof = proof_of(&block_of(4), 3);
    proof.branch.resize(1_000, B256::ZERO);
    proof.coinbase_branch.resize(1_000, B256::ZERO);
    proof.index = u32::MAX;
    assert_eq!(proof.verify(), Err(InclusionRejection::CoinbaseNotIncluded));
}

#[test]
fn digest_and_branch_of_another_coinbase_are_refused() {
    let transactions = block_of(4);
    let mut proof = proof_of(&transactions, 2);
    proof.coinbase = B256::from(sha256::Hash::hash(&serialize(&transactions[1])).to_byte_array());
    assert_eq!(proof.verify(), Err(InclusionRejection::CoinbaseNotIncluded));
    // Given the coinbase's place, another transaction's branch leads nowhere.
    proof.coinbase_branch = tree_of(&transactions).branch(1).unwrap();
    assert_eq!(proof.verify(), Err(InclusionRejection::CoinbaseNotIncluded));
}

#[test]
fn header_without_work_is_refused() {
    let mut proof = proof_of(&block_of(4), 2);
    proof.header.bits = bitcoin::CompactTarget::from_consensus(0x1d00_ffff);
    let hash = proof.header.block_hash();
    assert_eq!(proof.verify(), Err(InclusionRejection::BadProofOfWork { hash }));
    proof.header.bits = bitcoin::CompactTarget::from_consensus(0);
    assert_eq!(proof.verify().expect_err("no target").name(), "BadProofOfWork");
}

#[test]
fn witness_serialisation_is_refused() {
    let mut with_witness = transaction(1, 34);
    with_witness.input[0].witness.push([1_u8; 65]);
    let bytes = serialize(&with_witness);
    assert_eq!(parse_transaction(&bytes), Err(InclusionRejection::WitnessSerialisation));
}

#[test]
fn malformed_transaction_is_refused() {
    let good = serialize(&transaction(1, 34));
    assert!(parse_transaction(&good).is_ok());
    let malformed = |bytes: &[u8]| {
        let refused = parse_transaction(bytes).expect_err("malformed");
        assert_eq!(refused.name(), "TransactionMalformed", "{refused}");
    };
    for length in (0..good.len()).filter(|length| *length != 64) {
        malformed(&good[..length]);
    }
    let mut trailing = good.clone();
    trailing.push(0);
    let offset = good.len();
    let refused = Err(InclusionRejection::TransactionMalformed { offset });
    assert_eq!(parse_transaction(&trailing), refused);
    // The count of inputs in three bytes and in five where one is enough.
    for varint in [&[0xfd, 1, 0][..], &[0xfe, 1, 0, 0, 0], &[0xff, 1, 0, 0, 0, 0, 0, 0, 0]] {
        malformed(&[&good[..4], varint, &good[5..]].concat());
    }
    // A count that no memory could hold.
    malformed(&[&good[..4], &[0xff; 9], &good[5..]].concat());
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(parsed) = parse_transaction(&bytes) {
            prop_assert_eq!(serialize(&parsed), bytes);
        }
    }

    #[test]
    fn any_change_of_a_transaction_is_refused_or_is_canonical(
        at in 0..94_usize,
        byte in any::<u8>(),
        cut in 0..94_usize,
    ) {
        let mut bytes = serialize(&transaction(5, 34));
        prop_assert_eq!(bytes.len(), 94);
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..cut]] {
            if let Ok(parsed) = parse_transaction(bytes) {
                prop_assert_eq!(serialize(&parsed), bytes);
            }
        }
    }
}
