//! EIP-1186 proofs that geth gave, and what hostile sources make of them.

mod common;

use alloy_consensus::Header;
use alloy_trie::nodes::{BranchNode, ExtensionNode, LeafNode, RlpNode};
use alloy_trie::{Nibbles, TrieMask};
use common::Recorded;
use farbank_evm_light_client::own_node::OwnNode;
use farbank_evm_light_client::proof::{AccountProof, StorageProof, VerifiedAccount};
use farbank_evm_light_client::{FinalHeader, FinalityVerifier as _, SideHeader};
use farbank_types::{keccak256, Bytes, EvmAddress, B256, U256};
use proptest::prelude::*;
use serde_json::Value;

fn finalized(header: SideHeader) -> FinalHeader {
    let mut node = OwnNode::new();
    node.set_finalized(header).expect("first");
    node.newest_final().expect("one")
}

fn with_root(state_root: B256) -> FinalHeader {
    finalized(SideHeader::new(Header { state_root, ..Header::default() }))
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("of this shape")
}

fn account_proof(answer: &Value) -> AccountProof {
    AccountProof { address: read(&answer["address"]), nodes: read(&answer["accountProof"]) }
}

/// The storage proofs of an answer, with the values that geth states.
fn storage_proofs(answer: &Value) -> Vec<(StorageProof, U256)> {
    let proofs = answer["storageProof"].as_array().expect("list");
    let slot = |proof: &Value| -> B256 {
        let key: U256 = read(&proof["key"]);
        key.into()
    };
    proofs
        .iter()
        .map(|proof| {
            let nodes = read(&proof["proof"]);
            (StorageProof { slot: slot(proof), nodes }, read(&proof["value"]))
        })
        .collect()
}

/// The final header of a recorded network and its `eth_getProof` answers: a funded account, a contract,
/// an empty account, and one that does not exist.
fn recorded() -> (FinalHeader, Vec<Value>) {
    let recorded = Recorded::read("one-signer");
    let header = recorded.headers()[recorded.proofs.block].clone();
    (finalized(header), recorded.proofs.answers)
}

fn contract() -> (FinalHeader, AccountProof, VerifiedAccount, Vec<(StorageProof, U256)>) {
    let (header, answers) = recorded();
    let proof = account_proof(&answers[1]);
    let account = proof.verify(&header).expect("geth's");
    (header, proof, account, storage_proofs(&answers[1]))
}

#[test]
fn accounts_and_slots_of_geth_are_proven() {
    let (header, answers) = recorded();
    for answer in &answers[..3] {
        let account = account_proof(answer).verify(&header).expect("present");
        assert_eq!(account.address(), read::<EvmAddress>(&answer["address"]));
        assert_eq!(account.balance().get(), read::<U256>(&answer["balance"]));
        assert_eq!(U256::from(account.nonce().get()), read::<U256>(&answer["nonce"]));
        assert_eq!(account.storage_root(), read::<B256>(&answer["storageHash"]));
        assert_eq!(account.code_hash(), read::<B256>(&answer["codeHash"]));
        for (proof, value) in storage_proofs(answer) {
            assert_eq!(proof.verify(&account), Ok(value), "slot {}", proof.slot);
        }
    }
    let values: Vec<_> = contract().3.into_iter().map(|(_, value)| value).collect();
    let zeros = values.iter().filter(|value| value.is_zero()).count();
    assert_eq!((values.len(), zeros), (5, 2), "present and absent slots");
}

#[test]
fn account_that_does_not_exist_is_proven_absent() {
    let (header, answers) = recorded();
    let absent = account_proof(&answers[3]);
    assert_eq!(absent.verify(&header).expect_err("absent").name(), "AccountAbsent");
    let proof = AccountProof { address: absent.address, nodes: account_proof(&answers[0]).nodes };
    let name = proof.verify(&header).expect_err("another's proof").name();
    assert!(["AccountAbsent", "ProofMismatch", "ProofMalformed"].contains(&name), "{name}");
}

#[test]
fn proof_of_another_account_slot_or_block_shows_nothing() {
    let (header, proof, account, slots) = contract();
    let other = AccountProof { address: EvmAddress::repeat_byte(0x77), nodes: proof.nodes.clone() };
    assert!(other.verify(&header).is_err());
    let elsewhere = with_root(B256::repeat_byte(1));
    assert_eq!(proof.verify(&elsewhere).expect_err("block").name(), "ProofMismatch");
    let (first, value) = &slots[0];
    let moved = StorageProof { slot: slots[1].0.slot, nodes: first.nodes.clone() };
    assert_ne!(moved.verify(&account), Ok(*value));
    let (header, answers) = recorded();
    let funded = account_proof(&answers[0]).verify(&header).expect("present");
    let refused = first.verify(&funded).expect_err("an account without storage");
    assert_eq!(refused.name(), "ProofMismatch");
}

#[test]
fn missing_and_left_over_nodes_are_refused() {
    let (header, proof, ..) = contract();
    for length in 0..proof.nodes.len() {
        let cut = AccountProof { address: proof.address, nodes: proof.nodes[..length].to_vec() };
        assert_eq!(cut.verify(&header).expect_err("cut").name(), "ProofMismatch", "{length}");
    }
    let mut more = proof.clone();
    more.nodes.push(proof.nodes[0].clone());
    assert_eq!(more.verify(&header).expect_err("left over").name(), "ProofMalformed");
    let mut empty = proof;
    empty.nodes = vec![Bytes::from_static(&[0x80])];
    assert_eq!(empty.verify(&header).expect_err("empty trie").name(), "ProofMismatch");
}

#[test]
fn proofs_beyond_any_size_are_refused_unread() {
    let (header, proof, ..) = contract();
    let mut many = proof.clone();
    many.nodes = vec![proof.nodes[0].clone(); 66];
    assert_eq!(many.verify(&header).expect_err("many").name(), "ProofTooLarge");
    let mut long = proof;
    long.nodes[0] = vec![0; 533].into();
    assert_eq!(long.verify(&header).expect_err("long").name(), "ProofTooLarge");
}

/// Verifies nodes of which the root is whatever the first one hashes to.
fn crafted(nodes: Vec<Vec<u8>>) -> &'static str {
    let header = with_root(keccak256(&nodes[0]));
    let nodes = nodes.into_iter().map(Bytes::from).collect();
    let proof = AccountProof { address: EvmAddress::ZERO, nodes };
    proof.verify(&header).map_or_else(|refused| refused.name(), |_| "Verified")
}

/// A state root that a hostile node made up must not lead into a panic either.
#[test]
fn crafted_tries_are_refused() {
    let path = Nibbles::unpack(keccak256(EvmAddress::ZERO));
    let leaf = |key: Nibbles, value: &[u8]| alloy_rlp::encode(LeafNode::new(key, value.to_vec()));
    let extension = |key: Nibbles, child: &[u8]| {
        alloy_rlp::encode(ExtensionNode::new(key, RlpNode::from_rlp(child)))
    };
    assert_eq!(crafted(vec![leaf(path, &[0xc0])]), "ProofMalformed", "no account");
    assert_eq!(crafted(vec![leaf(path, b"dog")]), "ProofMalformed");
    // A path of 65 nibbles: more than a key has.
    let long = leaf(path.slice(1..), &[1; 40]);
    assert_eq!(crafted(vec![extension(path, &long), long.clone()]), "AccountAbsent");
    let inner = extension(path, &long);
    let twice = extension(path, &inner);
    assert_eq!(crafted(vec![twice.clone(), inner.clone()]), "AccountAbsent");
    assert_eq!(crafted(vec![twice, inner, long]), "ProofMalformed", "left over");
    // The key ends at a branch.
    let branch = BranchNode::new(vec![RlpNode::word_rlp(&B256::ZERO)], TrieMask::new(1));
    let branch = alloy_rlp::encode(branch);
    assert_eq!(crafted(vec![extension(path, &branch), branch.clone()]), "ProofMalformed");
    // Extensions of nothing, one inside of the other.
    let mut nested = leaf(Nibbles::new(), &[1]);
    for _ in 0..9 {
        nested = extension(Nibbles::new(), &nested);
    }
    assert!(["ProofMalformed", "AccountAbsent", "ProofMismatch"].contains(&crafted(vec![nested])));
    assert_eq!(crafted(vec![vec![0x80]]), "AccountAbsent", "the empty state");
    for node in [vec![], vec![0xc0], vec![0xff; 9], vec![0x00]] {
        let name = crafted(vec![node]);
        assert!(["ProofMalformed", "ProofMismatch"].contains(&name), "{name}");
    }
}

proptest! {
    #[test]
    fn changed_byte_anywhere_is_refused(
        node in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let (header, mut proof, account, mut slots) = contract();
        let change = |nodes: &mut Vec<Bytes>| {
            let node = node.index(nodes.len());
            let mut bytes = nodes[node].to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            nodes[node] = bytes.into();
        };
        change(&mut proof.nodes);
        prop_assert!(proof.verify(&header).is_err());
        for (proof, _) in &mut slots {
            change(&mut proof.nodes);
            prop_assert!(proof.verify(&account).is_err());
        }
    }

    #[test]
    fn nodes_from_anywhere_never_panic(
        nodes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..4),
    ) {
        prop_assert_ne!(crafted(nodes), "Verified");
    }

    #[test]
    fn lists_from_anywhere_never_panic(
        key in prop::collection::vec(any::<u8>(), 0..40),
        value in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let node = alloy_rlp::encode(vec![Bytes::from(key), Bytes::from(value)]);
        prop_assert_ne!(crafted(vec![node]), "Verified");
    }
}
