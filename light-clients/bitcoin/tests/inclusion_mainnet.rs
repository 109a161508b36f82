//! Inclusion proofs of a whole mainnet block.

mod common;

use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::consensus::{deserialize, serialize};
use bitcoin::hashes::Hash as _;
use bitcoin::merkle_tree::MerkleBlock;
use bitcoin::{Block, Txid};
use common::{mainnet_block, Sampler};
use farbank_bitcoin_light_client::inclusion::{
    best_cap_level, non_witness_bytes, InclusionProof, ProveRejection, TransactionTree,
};
use farbank_types::B256;
use proptest::prelude::*;

fn txid(block: &Block, index: usize) -> Txid {
    block.txdata[index].compute_txid()
}

fn proof(block: &Block, index: usize) -> InclusionProof {
    InclusionProof::from_block(block, txid(block, index)).expect("in the block")
}

fn partial(block: &Block, shown: &[Txid]) -> MerkleBlock {
    MerkleBlock::from_block_with_predicate(block, |txid| shown.contains(txid))
}

#[test]
fn every_sampled_transaction_is_proved() {
    let block = mainnet_block();
    let last = block.txdata.len() - 1;
    for index in (1..last).step_by(37).chain([1, 2, last - 1, last]) {
        let proof = proof(&block, index);
        let verified = proof.verify().expect("holds");
        assert_eq!(verified.block_hash(), block.block_hash());
        assert_eq!(verified.txid(), txid(&block, index));
        assert_eq!(usize::try_from(verified.index()).unwrap(), index);
        assert_eq!(verified.transaction().output, block.txdata[index].output);
    }
}

#[test]
fn outputs_are_found_by_number() {
    let block = mainnet_block();
    let verified = proof(&block, 7).verify().expect("holds");
    let outputs = block.txdata[7].output.len();
    let (outpoint, output) = verified.output(0).expect("exists");
    assert_eq!((outpoint.txid, output), (txid(&block, 7), &block.txdata[7].output[0]));
    let beyond = u32::try_from(outputs).unwrap();
    let refused = verified.output(beyond).expect_err("beyond the last");
    assert_eq!(refused.name(), "OutputMissing");
}

#[test]
fn coinbase_is_not_proved() {
    let block = mainnet_block();
    let refused = InclusionProof::from_block(&block, txid(&block, 0)).expect_err("coinbase");
    assert_eq!(refused.name(), "CoinbaseIndex");
    let unknown = Txid::all_zeros();
    let refused = InclusionProof::from_block(&block, unknown).expect_err("unknown");
    assert_eq!(refused, ProveRejection::NotInBlock { txid: unknown });
}

#[test]
fn block_that_its_header_does_not_commit_to_gives_no_proof() {
    let mut block = mainnet_block();
    block.txdata.swap(5, 6);
    let refused = InclusionProof::from_block(&block, txid(&block, 9)).expect_err("other order");
    assert_eq!(refused.name(), "CoinbaseNotIncluded");
}

#[test]
fn txout_proof_gives_the_same_proof_as_the_block() {
    let block = mainnet_block();
    let last = block.txdata.len() - 1;
    for index in [1, 2, 1_000, last] {
        let shown = [txid(&block, 0), txid(&block, index)];
        // As the node answers: hexadecimal text.
        let text = hex::encode(serialize(&partial(&block, &shown)));
        let partial: MerkleBlock = deserialize_hex(&text).expect("hex");
        let (tx, coinbase) = (&block.txdata[index], &block.txdata[0]);
        let made = InclusionProof::from_txout_proof(&partial, tx, coinbase).expect("shown");
        assert_eq!(made, proof(&block, index));
    }
}

#[test]
fn txout_proof_without_both_transactions_is_refused() {
    let block = mainnet_block();
    let (tx, coinbase) = (&block.txdata[40], &block.txdata[0]);
    let ids = [txid(&block, 0), txid(&block, 40), txid(&block, 41)];
    let make = |shown: &[Txid]| {
        InclusionProof::from_txout_proof(&partial(&block, shown), tx, coinbase)
            .expect_err("not shown")
    };
    assert_eq!(make(&ids[..1]), ProveRejection::NotShown { txid: ids[1] });
    assert_eq!(make(&[ids[0], ids[2]]), ProveRejection::NotShown { txid: ids[1] });
    assert_eq!(make(&ids[1..]), ProveRejection::CoinbaseNotShown { txid: ids[0] });
    let mut other_block = partial(&block, &ids);
    other_block.header.merkle_root = bitcoin::TxMerkleNode::all_zeros();
    let refused = InclusionProof::from_txout_proof(&other_block, tx, coinbase).expect_err("header");
    assert_eq!(refused.name(), "BadPartialTree");
}

#[test]
fn changed_bit_anywhere_is_refused() {
    let block = mainnet_block();
    let good = proof(&block, 1_234);
    let mut sampler = Sampler::new(1);
    let header = serialize(&good.header);
    for bit in 0..header.len() * 8 {
        let mut changed = good.clone();
        let mut bytes = header.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        changed.header = deserialize(&bytes).expect("80 bytes");
        assert!(changed.verify().is_err(), "header bit {bit}");
    }
    for bit in 0..good.tx.len() * 8 {
        let mut changed = good.clone();
        changed.tx[bit / 8] ^= 1 << (bit % 8);
        assert!(changed.verify().is_err(), "transaction bit {bit}");
    }
    for bit in 0..32 {
        let mut changed = good.clone();
        changed.index ^= 1 << bit;
        assert!(changed.verify().is_err(), "index bit {bit}");
    }
    for bit in 0..256 {
        let mut changed = good.clone();
        changed.coinbase.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(changed.verify().expect_err("digest").name(), "CoinbaseNotIncluded");
    }
    for _ in 0..2_000 {
        let (level, bit) = (sampler.below(good.branch.len()), sampler.below(256));
        let mut changed = good.clone();
        changed.branch[level].0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(changed.verify().expect_err("branch").name(), "TransactionNotIncluded");
        let mut changed = good.clone();
        changed.coinbase_branch[level].0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(changed.verify().expect_err("branch").name(), "CoinbaseNotIncluded");
    }
}

#[test]
fn proof_survives_json_and_unknown_fields_do_not() {
    let block = mainnet_block();
    let proof = proof(&block, 3);
    let value = serde_json::to_value(&proof).unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys.len(), 6);
    assert_eq!(value["header"].as_str().unwrap().len(), 160);
    assert_eq!(value["branch"][0], hex::encode(proof.branch[0]));
    assert_eq!(serde_json::from_value::<InclusionProof>(value.clone()).unwrap(), proof);

    let mut prefixed = value.clone();
    prefixed["coinbase"] = format!("0x{}", hex::encode(proof.coinbase)).into();
    assert_eq!(serde_json::from_value::<InclusionProof>(prefixed).unwrap(), proof);

    for (field, text) in [("coinbase", "00"), ("header", "00"), ("tx", "0g")] {
        let mut broken = value.clone();
        broken[field] = text.into();
        assert!(serde_json::from_value::<InclusionProof>(broken).is_err(), "{field}");
    }
    let mut more = value;
    more["height"] = 1.into();
    assert!(serde_json::from_value::<InclusionProof>(more).is_err());
}

/// The contract's own check of the pieces, naively.
fn lead_to_root(
    tree: &TransactionTree,
    pieces: &farbank_bitcoin_light_client::inclusion::ClaimPieces,
    txids: &[B256],
    indices: &[u32],
) -> bool {
    let pair = |left: B256, right: B256| {
        let both = [left.0, right.0].concat();
        B256::from(bitcoin::hashes::sha256d::Hash::hash(&both).to_byte_array())
    };
    let climb = |leaf: B256, mut index: u32, branch: &[B256]| {
        let node = branch.iter().fold(leaf, |node, sibling| {
            let above =
                if index.is_multiple_of(2) { pair(node, *sibling) } else { pair(*sibling, node) };
            index /= 2;
            above
        });
        pieces.cap.get(usize::try_from(index).expect("fits")) == Some(&node)
    };
    let mut row = pieces.cap.clone();
    while row.len() > 1 {
        row = row.chunks(2).map(|two| pair(two[0], *two.last().expect("two"))).collect();
    }
    row[0] == tree.root()
        && climb(txids[0], 0, &pieces.coinbase_branch)
        && indices.iter().zip(&pieces.branches).all(|(index, branch)| {
            climb(txids[usize::try_from(*index).expect("fits")], *index, branch)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn claim_pieces_lead_to_the_root_at_every_level_and_the_best_is_least(
        size in 1..200_usize,
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..30),
    ) {
        let ids: Vec<_> = (0..size).map(|at| Txid::hash(&at.to_le_bytes())).collect();
        let leaves: Vec<_> = ids.iter().map(|id| B256::from(id.to_byte_array())).collect();
        let tree = TransactionTree::from_txids(ids.iter().copied()).expect("not empty");
        let root = bitcoin::merkle_tree::calculate_root(ids.into_iter()).expect("not empty");
        prop_assert_eq!(tree.root(), B256::from(root.to_byte_array()));
        let indices: Vec<_> =
            picks.iter().map(|pick| u32::try_from(pick.index(size)).unwrap()).collect();
        let best = tree.claim_pieces(&indices).expect("in range");
        for level in 0..=tree.depth() {
            let pieces = tree.claim_pieces_at(&indices, level).expect("in range");
            prop_assert!(lead_to_root(&tree, &pieces, &leaves, &indices));
            prop_assert!(best.words() <= pieces.words());
            prop_assert_eq!(
                pieces.words(),
                usize::try_from(level).unwrap() * (indices.len() + 1) + pieces.cap.len()
            );
        }
        prop_assert_eq!(best.level, best_cap_level(size, indices.len()));
        prop_assert!(tree.claim_pieces_at(&indices, tree.depth() + 1).is_none());
        prop_assert!(tree.claim_pieces(&[u32::try_from(size).unwrap()]).is_none());
    }

    #[test]
    fn spliced_proof_is_refused(
        first in 1..2_000_usize,
        second in 1..2_000_usize,
        field in 0..4_usize,
    ) {
        prop_assume!(first != second);
        thread_local!(static BLOCK: Block = mainnet_block());
        BLOCK.with(|block| {
            let (mut spliced, other) = (proof(block, first), proof(block, second));
            match field {
                0 => spliced.tx.clone_from(&other.tx),
                1 => spliced.index = other.index,
                2 => spliced.branch.clone_from(&other.branch),
                _ => spliced.coinbase = B256::from(bitcoin::hashes::sha256::Hash::hash(&other.tx).to_byte_array()),
            }
            // Two neighbours may share all of a branch but its first node, never that one.
            assert!(spliced.verify().is_err());
        });
    }
}

#[test]
fn proof_alone_gives_pieces_with_the_root_as_cap() {
    let block = mainnet_block();
    let tree = TransactionTree::from_block(&block).expect("transactions");
    let pieces = proof(&block, 11).claim_pieces();
    assert_eq!(Some(pieces.clone()), tree.claim_pieces_at(&[11], tree.depth()));
    assert_eq!(pieces.cap, [tree.root()]);
    assert_eq!(non_witness_bytes(&block.txdata[11]), proof(&block, 11).tx);
}
