//! Proofs of the side chain's state as a node hands them over: bytes that nobody has verified yet.

use alloy_primitives::{Bytes, B256};
use serde::{Deserialize, Serialize};

/// What `eth_getProof` (EIP-1186) says about one account at one block, without the values: whoever
/// verifies the nodes learns them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofAnswer {
    /// Nodes of the state trie from the root to the account, RLP.
    pub account: Vec<Bytes>,
    /// Each slot that was asked for, in that order, with the nodes of the account's storage trie from
    /// the root to the slot, RLP; none when the trie is empty.
    pub storage: Vec<(B256, Vec<Bytes>)>,
}
