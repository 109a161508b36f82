//! The contract's state from EIP-1186 proofs: what the words mean, and what is not believed.

mod common;

use std::collections::BTreeMap;

use alloy_consensus::Header;
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles, TrieAccount};
use bitcoin::{Amount, OutPoint};
use common::view::GENESIS;
use common::{deposit, key, outpoint, plan, sat, txid};
use farbank_evm_light_client::own_node::OwnNode;
use farbank_evm_light_client::proof::{AccountProof, ProofRejection, StorageProof};
use farbank_evm_light_client::{FinalHeader, FinalityVerifier as _, SideHeader};
use farbank_federation::bridge_state::{
    Anchor, BridgeIdentity, BridgeState, DepositRecord, DepositState, FederationKeys, NextKey,
    ProvenCustody, StateAnswer, StateNeeds, StateRejection,
};
use farbank_federation::custody::{RedemptionId, ShapeRefusal, SigningRequest};
use farbank_types::{keccak256, BitcoinHeight, Bytes, DepositId, EvmAddress, UnixTime, B256, U256};

const BRIDGE: BridgeIdentity =
    BridgeIdentity { address: EvmAddress::repeat_byte(0xbb), code_hash: B256::repeat_byte(0xcc) };

/// Where `forge inspect Bridge storage-layout` has the variables.
const LEDGER: u64 = 4_098;
const DEPOSITS: u64 = 4_186;
const REDEMPTIONS: u64 = 4_187;
const CUSTODY: u64 = 4_188;
const KEYS: u64 = 4_191;

fn word(value: impl Into<U256>) -> B256 {
    B256::from(value.into())
}

fn in_mapping(key: B256, mapping: u64) -> B256 {
    keccak256([key, word(U256::from(mapping))].concat())
}

fn deposit_id(outpoint: &OutPoint) -> B256 {
    DepositId::of(outpoint).get()
}

/// Pays 3 and 7, and sweeps two deposits.
fn request() -> SigningRequest {
    let mut plan = plan(&[3, 7]);
    plan.deposits = vec![deposit(3, 1, 40_000), deposit(5, 0, 50_000)];
    plan.build().expect("built")
}

fn needs() -> StateNeeds {
    StateNeeds::of(&request()).expect("of the shape")
}

/// The storage of a bridge for which redemption 7 is paid and the second deposit is not minted.
fn storage() -> BTreeMap<B256, U256> {
    let slot = |slot: u64| word(U256::from(slot));
    let number = |key: bitcoin::XOnlyPublicKey| U256::from_be_bytes(key.serialize());
    let hash_low = U256::from(0x1122_3344_5566_7788_99aa_bbcc_ddee_ff00_u128);
    let record = (U256::from(40_000) << 192)
        | (U256::from(812_345) << 160)
        | (hash_low << 32)
        | U256::from(1);
    let packed = U256::from(4)
        | (U256::from(90_000_000) << 32)
        | (U256::from(812_000) << 96)
        | (U256::MAX << 128);
    let ledger = (U256::MAX << 88) | (U256::from(11) << 32) | U256::from(u32::MAX);
    BTreeMap::from([
        (slot(LEDGER), ledger),
        (slot(CUSTODY), U256::from_be_bytes([0xc1; 32])),
        (slot(CUSTODY + 1), packed),
        (slot(KEYS), number(key(1))),
        (slot(KEYS + 1), number(key(2))),
        (slot(KEYS + 3), (U256::from(900_000) << 64) | U256::from(1_700_000_000)),
        (in_mapping(word(U256::from(3)), REDEMPTIONS), U256::from_be_bytes([0x33; 32])),
        (in_mapping(deposit_id(&outpoint(3, 1)), DEPOSITS), record),
    ])
}

/// A trie over hashed keys, and the nodes that prove each of `keys`.
fn trie(leaves: &BTreeMap<B256, Vec<u8>>, keys: &[B256]) -> (B256, Vec<Vec<Bytes>>) {
    let paths: Vec<_> = keys.iter().map(|key| Nibbles::unpack(keccak256(key))).collect();
    let retainer = ProofRetainer::new(paths.clone());
    let mut builder = HashBuilder::default().with_proof_retainer(retainer);
    let hashed: BTreeMap<_, _> = leaves.iter().map(|(key, leaf)| (keccak256(key), leaf)).collect();
    for (key, leaf) in hashed {
        builder.add_leaf(Nibbles::unpack(key), leaf);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes();
    let proof =
        |path| nodes.matching_nodes_sorted(path).into_iter().map(|(_, node)| node).collect();
    (root, paths.iter().map(proof).collect())
}

/// A final header over a state that holds the bridge alone, and what a node answers.
fn answer(storage: &BTreeMap<B256, U256>, slots: &[B256]) -> (FinalHeader, StateAnswer) {
    let leaves = storage.iter().map(|(slot, word)| (*slot, alloy_rlp::encode(word))).collect();
    let (storage_root, proofs) = trie(&leaves, slots);
    let account = TrieAccount { storage_root, code_hash: BRIDGE.code_hash, ..Default::default() };
    let hashed = keccak256(BRIDGE.address);
    let mut builder = HashBuilder::default()
        .with_proof_retainer(ProofRetainer::new(vec![Nibbles::unpack(hashed)]));
    builder.add_leaf(Nibbles::unpack(hashed), &alloy_rlp::encode(account));
    let state_root = builder.root();
    let nodes = builder.take_proof_nodes().into_nodes_sorted().into_iter().map(|(_, node)| node);

    let header = Header { number: 900, timestamp: 1_700_000_500, state_root, ..Header::default() };
    let mut chain = OwnNode::new();
    chain.set_finalized(SideHeader::new(header)).expect("first");
    let storage =
        slots.iter().zip(proofs).map(|(slot, nodes)| StorageProof { slot: *slot, nodes }).collect();
    let account = AccountProof { address: BRIDGE.address, nodes: nodes.collect() };
    (chain.newest_final().expect("final"), StateAnswer { account, storage })
}

fn verify(storage: &BTreeMap<B256, U256>) -> Result<BridgeState, StateRejection> {
    let needs = needs();
    let (header, answer) = answer(storage, &needs.slots());
    BridgeState::verify(&answer, &BRIDGE, GENESIS, &header, unknown(), &needs)
}

const fn unknown() -> Anchor {
    Anchor::Unknown { hash: common::ANCHOR }
}

#[test]
fn proven_words_give_the_state() {
    let state = verify(&storage()).expect("proven");
    assert_eq!(state.genesis, GENESIS);
    assert_eq!(state.block.number.get(), 900);
    assert_eq!(state.block.time, UnixTime::new(1_700_000_500));
    let proven = ProvenCustody {
        outpoint: OutPoint { txid: txid(0xc1), vout: 4 },
        value: Amount::from_sat(90_000_000),
        height: BitcoinHeight::new(812_000),
    };
    assert_eq!(state.custody, Some(proven));
    let next = NextKey { key: key(2), usable_from: UnixTime::new(1_700_000_000) };
    assert_eq!(state.keys, FederationKeys { current: key(1), next: Some(next), previous: None });
    assert_eq!(state.redemption_count, 11);
    let owed = BTreeMap::from([(RedemptionId::new(3), B256::repeat_byte(0x33))]);
    assert_eq!(state.redemptions, owed, "7 is proven to have no commitment");
    let record = DepositRecord {
        amount: sat(40_000),
        height: BitcoinHeight::new(812_345),
        block_hash_low: 0x1122_3344_5566_7788_99aa_bbcc_ddee_ff00_u128.to_be_bytes(),
        state: DepositState::Minted,
    };
    let deposits = BTreeMap::from([(DepositId::of(&outpoint(3, 1)), record)]);
    assert_eq!(state.deposits, deposits, "the other deposit is proven to have no record");
}

#[test]
fn every_state_of_a_deposit_is_read() {
    let slot = in_mapping(deposit_id(&outpoint(3, 1)), DEPOSITS);
    let id = DepositId::of(&outpoint(3, 1));
    for (number, expected) in
        [(2, DepositState::Swept), (3, DepositState::Disowned), (4, DepositState::SweptUnminted)]
    {
        let mut storage = storage();
        *storage.get_mut(&slot).expect("recorded") += U256::from(number - 1);
        assert_eq!(verify(&storage).expect("proven").deposits[&id].state, expected);
    }
    let mut storage = storage();
    *storage.get_mut(&slot).expect("recorded") += U256::from(4);
    assert_eq!(verify(&storage), Err(StateRejection::UnknownDepositState { id, state: 5 }));
}

#[test]
fn custody_that_was_taken_away_is_none() {
    let mut storage = storage();
    storage.remove(&word(U256::from(CUSTODY)));
    assert_eq!(verify(&storage).expect("proven").custody, None);
}

#[test]
fn word_that_is_no_key_is_refused() {
    let mut storage = storage();
    let slot = word(U256::from(KEYS));
    storage.insert(slot, U256::MAX);
    assert_eq!(verify(&storage), Err(StateRejection::NotAKey { slot, word: word(U256::MAX) }));
    storage.remove(&slot);
    assert_eq!(verify(&storage), Err(StateRejection::NotAKey { slot, word: B256::ZERO }));
}

#[test]
fn answer_without_a_needed_slot_is_refused() {
    let needs = needs();
    let slots = needs.slots();
    let (header, answer) = answer(&storage(), &slots);
    for (at, &slot) in slots.iter().enumerate() {
        let mut lacking = answer.clone();
        lacking.storage.remove(at);
        assert_eq!(
            BridgeState::verify(&lacking, &BRIDGE, GENESIS, &header, unknown(), &needs),
            Err(StateRejection::MissingSlot { slot })
        );
    }
}

#[test]
fn proof_of_another_slot_under_a_needed_name_is_refused() {
    let needs = needs();
    let slots = needs.slots();
    let (header, mut answer) = answer(&storage(), &slots);
    answer.storage[0].nodes = answer.storage[3].nodes.clone();
    let state = BridgeState::verify(&answer, &BRIDGE, GENESIS, &header, unknown(), &needs);
    assert!(matches!(state, Err(StateRejection::Proof(_))), "{state:?}");
}

#[test]
fn forged_proof_is_refused() {
    let needs = needs();
    let (header, answer) = answer(&storage(), &needs.slots());
    for at in 0..answer.storage.len() {
        let mut forged = answer.clone();
        let last = forged.storage[at].nodes.pop().expect("nodes");
        let mut bytes = last.to_vec();
        *bytes.last_mut().expect("bytes") ^= 1;
        forged.storage[at].nodes.push(bytes.into());
        let state = BridgeState::verify(&forged, &BRIDGE, GENESIS, &header, unknown(), &needs);
        let expected =
            matches!(state, Err(StateRejection::Proof(ProofRejection::ProofMismatch { .. })));
        assert!(expected, "{state:?}");
    }
}

#[test]
fn another_account_is_refused() {
    let needs = needs();
    let (header, mut answer) = answer(&storage(), &needs.slots());
    answer.account.address = EvmAddress::ZERO;
    assert_eq!(
        BridgeState::verify(&answer, &BRIDGE, GENESIS, &header, unknown(), &needs),
        Err(StateRejection::WrongAccount { found: EvmAddress::ZERO, expected: BRIDGE.address })
    );
}

#[test]
fn other_code_is_refused() {
    let needs = needs();
    let (header, answer) = answer(&storage(), &needs.slots());
    let expected = B256::repeat_byte(0xcd);
    let bridge = BridgeIdentity { code_hash: expected, ..BRIDGE };
    assert_eq!(
        BridgeState::verify(&answer, &bridge, GENESIS, &header, unknown(), &needs),
        Err(StateRejection::WrongCode { found: BRIDGE.code_hash, expected })
    );
}

#[test]
fn anchor_is_asked_of_the_own_chain() {
    let header =
        |number, parent_hash| SideHeader::new(Header { number, parent_hash, ..Header::default() });
    let first = header(5, B256::ZERO);
    let mut chain = OwnNode::new();
    chain.set_finalized(first.clone()).expect("first");
    let Anchor::Final(block) = Anchor::ask(&chain, first.hash()) else { panic!("final") };
    assert_eq!((block.number.get(), block.hash), (5, first.hash()));
    let later = header(6, first.hash()).hash();
    assert_eq!(Anchor::ask(&chain, later), Anchor::Unknown { hash: later });
}

#[test]
fn needs_are_bounded_by_the_transaction() {
    let slots = needs().slots().len();
    let mut padded = request();
    padded.redemptions.extend((100..1_100).map(common::redemption));
    assert_eq!(StateNeeds::of(&padded).expect("of the shape").slots().len(), slots);
    padded.transaction.input.clear();
    assert_eq!(StateNeeds::of(&padded), Err(ShapeRefusal::NoInput));
}
