//! A scripted side chain: a node that calls blocks final, with a real state behind each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

use alloy_consensus::Header;
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles, TrieAccount};
use farbank_contracts::{BlockAt, BlockRange, RawHeader};
use farbank_federation::bridge_state::BridgeIdentity;
use farbank_relayer::attester::SideSource;
use farbank_types::{keccak256, Bytes, EvmAddress, EvmBlockNumber, ProofAnswer, B256, U256};

use crate::bitcoin::Away;

pub(crate) const BRIDGE: BridgeIdentity =
    BridgeIdentity { address: EvmAddress::repeat_byte(0xbb), code_hash: B256::repeat_byte(0xcc) };

type Storage = BTreeMap<B256, U256>;

/// The bridge's storage after each block.
#[derive(Debug)]
pub(crate) struct FakeSideChain {
    blocks: Mutex<Vec<(RawHeader, Storage)>>,
    /// Code that the account has.
    pub(crate) code_hash: Mutex<B256>,
    /// What a lying node proves instead.
    pub(crate) lies: Mutex<Option<Storage>>,
    pub(crate) away: AtomicBool,
}

impl FakeSideChain {
    pub(crate) fn new(time: u64) -> Self {
        let chain = Self {
            blocks: Mutex::default(),
            code_hash: Mutex::new(BRIDGE.code_hash),
            lies: Mutex::default(),
            away: AtomicBool::new(false),
        };
        chain.seal(time, Storage::new());
        chain
    }

    pub(crate) fn genesis(&self) -> B256 {
        self.blocks.lock().unwrap()[0].0.hash
    }

    pub(crate) fn newest(&self) -> B256 {
        self.blocks.lock().unwrap().last().unwrap().0.hash
    }

    /// Adds a final block after which the bridge's storage is `storage`.
    pub(crate) fn seal(&self, timestamp: u64, storage: Storage) {
        let mut blocks = self.blocks.lock().unwrap();
        let number = u64::try_from(blocks.len()).unwrap();
        let parent_hash = blocks.last().map_or(B256::ZERO, |(parent, _)| parent.hash);
        let (state_root, _) = self.state(&storage, &[]);
        let header = Header { parent_hash, number, timestamp, state_root, ..Header::default() };
        let rlp = Bytes::from(alloy_rlp::encode(&header));
        let (number, hash) = (EvmBlockNumber::new(number), keccak256(&rlp));
        blocks.push((RawHeader { number, hash, parent_hash, rlp }, storage));
    }

    /// Root of a state that holds the bridge alone, and the proofs of its account and of slots.
    fn state(&self, storage: &Storage, slots: &[B256]) -> (B256, ProofAnswer) {
        let leaves = storage.iter().map(|(slot, word)| (*slot, alloy_rlp::encode(word))).collect();
        let (storage_root, proofs) = trie(&leaves, slots);
        let code_hash = *self.code_hash.lock().unwrap();
        let account = TrieAccount { storage_root, code_hash, ..Default::default() };
        let hashed = keccak256(BRIDGE.address);
        let retainer = ProofRetainer::new(vec![Nibbles::unpack(hashed)]);
        let mut builder = HashBuilder::default().with_proof_retainer(retainer);
        builder.add_leaf(Nibbles::unpack(hashed), &alloy_rlp::encode(account));
        let root = builder.root();
        let nodes = builder.take_proof_nodes().into_nodes_sorted();
        let account = nodes.into_iter().map(|(_, node)| node).collect();
        (root, ProofAnswer { account, storage: slots.iter().copied().zip(proofs).collect() })
    }

    fn here(&self) -> Result<(), Away> {
        if self.away.load(Ordering::SeqCst) {
            Err(Away)
        } else {
            Ok(())
        }
    }

    fn find(&self, at: BlockAt) -> Option<(RawHeader, Storage)> {
        let blocks = self.blocks.lock().unwrap();
        match at {
            BlockAt::Latest | BlockAt::Finalized => blocks.last().cloned(),
            BlockAt::Number(number) => {
                blocks.iter().find(|(header, _)| header.number == number).cloned()
            }
            BlockAt::Hash(hash) => blocks.iter().find(|(header, _)| header.hash == hash).cloned(),
        }
    }
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

impl SideSource for FakeSideChain {
    type Error = Away;

    async fn header(&self, at: BlockAt) -> Result<Option<RawHeader>, Away> {
        self.here()?;
        Ok(self.find(at).map(|(header, _)| header))
    }

    async fn headers(&self, range: BlockRange) -> Result<Vec<RawHeader>, Away> {
        self.here()?;
        let numbers = range.first.get()..=range.last.get();
        let header = |number| self.find(BlockAt::Number(EvmBlockNumber::new(number)));
        Ok(numbers.filter_map(header).map(|(header, _)| header).collect())
    }

    async fn proof(&self, _: EvmAddress, slots: &[B256], at: BlockAt) -> Result<ProofAnswer, Away> {
        self.here()?;
        let (_, storage) = self.find(at).ok_or(Away)?;
        let lies = self.lies.lock().unwrap();
        Ok(self.state(lies.as_ref().unwrap_or(&storage), slots).1)
    }
}
