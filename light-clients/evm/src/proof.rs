//! Proofs of the side chain's state (EIP-1186) against a final header.
//!
//! Decides what an account and a storage slot hold, or that they hold nothing; leaves out who asked
//! for them. Nodes of the trie are decoded by `alloy-trie`; the walk is here because the library's
//! own panics when a crafted path is longer than a key, and because it does not return the value.

use alloy_rlp::Decodable as _;
use alloy_trie::nodes::{RlpNode, TrieNode};
use alloy_trie::{Nibbles, TrieAccount, EMPTY_ROOT_HASH};
use farbank_types::{keccak256, Bytes, EvmAddress, Nonce, Wei, B256, U256};
use serde::{Deserialize, Serialize};

use crate::verdict::FinalHeader;

/// Most nodes of a proof: a key has 64 nibbles, and the last node may follow all of them.
pub const MAX_PROOF_NODES: usize = 65;

/// Most bytes of a node: a branch with sixteen hashes.
pub const MAX_NODE_BYTES: usize = 16 * 33 + 1 + 3;

/// RLP of the empty trie's only node.
const EMPTY_NODE: [u8; 1] = [0x80];

/// A proof shows nothing, or not what it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum ProofRejection {
    /// The state has no such account.
    #[error("the final state has no account {address}; check the address and the chain")]
    AccountAbsent {
        /// The account's address.
        address: EvmAddress,
    },
    /// A node is missing, or is not the one that the node above it names.
    #[error("node {node} of the proof is not part of the final state; ask for this block's proof")]
    ProofMismatch {
        /// Place of the node, from the root.
        node: usize,
    },
    /// A node or the value in it cannot be read, or nodes are left over.
    #[error("node {node} of the proof cannot be read; ask another source")]
    ProofMalformed {
        /// Place of the node, from the root.
        node: usize,
    },
    /// More nodes, or longer ones, than a proof can have.
    #[error("the proof has {nodes} nodes, one of {bytes} bytes; ask another source")]
    ProofTooLarge {
        /// Nodes that were given.
        nodes: usize,
        /// Bytes of the longest.
        bytes: usize,
    },
}

impl ProofRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AccountAbsent { .. } => "AccountAbsent",
            Self::ProofMismatch { .. } => "ProofMismatch",
            Self::ProofMalformed { .. } => "ProofMalformed",
            Self::ProofTooLarge { .. } => "ProofTooLarge",
        }
    }
}

/// Shows what an account holds: `accountProof` of `eth_getProof`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountProof {
    /// Whose account.
    pub address: EvmAddress,
    /// Nodes of the state trie from the root down, in RLP.
    pub nodes: Vec<Bytes>,
}

impl AccountProof {
    /// Returns what the account holds after the final block.
    ///
    /// # Errors
    /// Refuses a proof that does not lead from the block's state root to the account, and one that
    /// shows that there is no such account.
    pub fn verify(&self, header: &FinalHeader) -> Result<VerifiedAccount, ProofRejection> {
        let address = self.address;
        let leaf = walk(header.state_root(), keccak256(address), &self.nodes)?
            .ok_or(ProofRejection::AccountAbsent { address })?;
        let account: TrieAccount = exactly(&leaf, self.nodes.len())?;
        Ok(VerifiedAccount { address, account })
    }
}

/// What an account holds, as a proof showed. Nothing else can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedAccount {
    address: EvmAddress,
    account: TrieAccount,
}

impl VerifiedAccount {
    /// Returns whose account it is.
    #[must_use]
    pub const fn address(&self) -> EvmAddress {
        self.address
    }

    /// Returns how many transactions it sent, or contracts it created.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        Nonce::new(self.account.nonce)
    }

    /// Returns its balance.
    #[must_use]
    pub const fn balance(&self) -> Wei {
        Wei::new(self.account.balance)
    }

    /// Returns the root of its storage.
    #[must_use]
    pub const fn storage_root(&self) -> B256 {
        self.account.storage_root
    }

    /// Returns the Keccak-256 hash of its code.
    #[must_use]
    pub const fn code_hash(&self) -> B256 {
        self.account.code_hash
    }
}

/// Shows what a storage slot holds: one entry of `storageProof` of `eth_getProof`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageProof {
    /// Number of the slot, big-endian, as Solidity lays storage out.
    pub slot: B256,
    /// Nodes of the account's storage trie from the root down, in RLP; none when it is empty.
    pub nodes: Vec<Bytes>,
}

impl StorageProof {
    /// Returns what the slot holds; zero is proven to be empty.
    ///
    /// # Errors
    /// Refuses a proof that does not lead from the account's storage root to the slot.
    pub fn verify(&self, account: &VerifiedAccount) -> Result<U256, ProofRejection> {
        match walk(account.storage_root(), keccak256(self.slot), &self.nodes)? {
            Some(leaf) => exactly(&leaf, self.nodes.len()),
            None => Ok(U256::ZERO),
        }
    }
}

/// Reads a value that fills all of a leaf.
fn exactly<T: alloy_rlp::Decodable>(mut leaf: &[u8], nodes: usize) -> Result<T, ProofRejection> {
    let malformed = ProofRejection::ProofMalformed { node: nodes.saturating_sub(1) };
    let value = T::decode(&mut leaf).map_err(|_| malformed)?;
    if leaf.is_empty() {
        Ok(value)
    } else {
        Err(malformed)
    }
}

/// Follows a key from the root to its leaf, or to where it turns out to be absent. Every node is
/// used, and each is the one that the node above it names.
fn walk(root: B256, key: B256, nodes: &[Bytes]) -> Result<Option<Vec<u8>>, ProofRejection> {
    let bytes = nodes.iter().map(|node| node.len()).max().unwrap_or(0);
    if nodes.len() > MAX_PROOF_NODES || bytes > MAX_NODE_BYTES {
        return Err(ProofRejection::ProofTooLarge { nodes: nodes.len(), bytes });
    }
    if matches!(nodes, [] | [_]) && nodes.iter().all(|node| node.as_ref() == EMPTY_NODE) {
        let empty = root == EMPTY_ROOT_HASH;
        return if empty { Ok(None) } else { Err(ProofRejection::ProofMismatch { node: 0 }) };
    }
    let key = Nibbles::unpack(key).to_vec();
    let mut rest = key.as_slice();
    let mut named = RlpNode::word_rlp(&root);
    let mut used = 0;
    let found = loop {
        let node = if let Some(hash) = named.as_hash() {
            let node = nodes.get(used).filter(|node| keccak256(node) == hash);
            let node = node.ok_or(ProofRejection::ProofMismatch { node: used })?;
            used += 1;
            node.as_ref()
        } else {
            named.as_slice()
        };
        match step(node, rest).ok_or(ProofRejection::ProofMalformed { node: used - 1 })? {
            Step::Child(child, left) => {
                (named, rest) = (child, left);
            }
            Step::Found(value) => break Some(value),
            Step::Absent => break None,
        }
    };
    if used == nodes.len() {
        Ok(found)
    } else {
        Err(ProofRejection::ProofMalformed { node: used })
    }
}

/// Where a node leads.
enum Step<'a> {
    /// To another node, with this much of the key left.
    Child(RlpNode, &'a [u8]),
    Found(Vec<u8>),
    Absent,
}

/// Takes one step, or `None` when the node cannot be read. Nodes inside of a node are shorter than
/// it, so steps without a hash come to an end.
fn step<'a>(mut node: &[u8], rest: &'a [u8]) -> Option<Step<'a>> {
    let decoded = TrieNode::decode(&mut node).ok()?;
    if !node.is_empty() {
        return None;
    }
    match decoded {
        TrieNode::EmptyRoot => None,
        TrieNode::Leaf(leaf) => {
            Some(if leaf.key.to_vec() == rest { Step::Found(leaf.value) } else { Step::Absent })
        }
        TrieNode::Extension(extension) => {
            let key = extension.key.to_vec();
            Some(match rest.strip_prefix(key.as_slice()) {
                Some(left) => Step::Child(extension.child, left),
                None => Step::Absent,
            })
        }
        TrieNode::Branch(branch) => {
            let (next, left) = rest.split_first()?;
            let branch = branch.as_ref();
            let (_, child) = branch.children().find(|(nibble, _)| nibble == next)?;
            Some(match child {
                Some(child) => Step::Child(child.clone(), left),
                None => Step::Absent,
            })
        }
    }
}
