//! Proof that a transaction is in a block, with the coinbase proved at the same depth.
//!
//! Decides whether the header commits to the transaction; leaves out whether the header is in the
//! best chain, which is the header chain's to say.
//!
//! Two old weaknesses of Bitcoin's tree are closed here. CVE-2012-2459: a right child equal to its
//! left sibling is refused (a left child repeated at the end of an odd row is how Bitcoin builds
//! the tree, and valid). CVE-2017-12842: a node of the tree is 64 bytes of two hashes, which can be
//! made to parse as a transaction and the other way round; so no 64-byte transaction is taken, and
//! the coinbase, whose depth nobody chooses, shows the depth of the tree.

mod json;
mod prove;

use bitcoin::block::Header;
use bitcoin::consensus::Decodable as _;
use bitcoin::hashes::{sha256, sha256d, Hash as _};
use bitcoin::{BlockHash, OutPoint, Target, Transaction, TxOut, Txid};
use farbank_types::B256;
use serde::{Deserialize, Serialize};

pub use crate::merkle::{best_cap_level, ClaimPieces, TransactionTree};
pub use prove::{non_witness_bytes, ProveRejection};

use crate::merkle::parent;

/// Size of a transaction that could be two nodes of the tree.
const NODE_PAIR_SIZE: usize = 64;

/// Where a transaction has its input count, or the marker of the witness serialisation.
const MARKER_OFFSET: usize = 4;

/// A transaction's place in a block. As JSON: hexadecimal strings, `0x` before them allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// The block's header, 80 bytes in network serialisation.
    #[serde(with = "json::header")]
    pub header: Header,
    /// The transaction, serialised without witnesses.
    #[serde(with = "json::bytes")]
    pub tx: Vec<u8>,
    /// Its place in the block; the coinbase has 0 and cannot be claimed.
    pub index: u32,
    /// Siblings from the transaction to the root, internal byte order.
    #[serde(with = "json::nodes")]
    pub branch: Vec<B256>,
    /// Single SHA-256 of the coinbase without witnesses: what its id is the hash of, and all that
    /// the depth needs of it.
    #[serde(with = "json::node")]
    pub coinbase: B256,
    /// Siblings from the coinbase to the root, as many as in `branch`.
    #[serde(with = "json::nodes")]
    pub coinbase_branch: Vec<B256>,
}

/// An inclusion proof is refused. Serialised as an object whose `refused` holds the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum InclusionRejection {
    /// The header does not meet the target that it names itself.
    #[error("block {hash} does not meet its own target; take the header from another source")]
    BadProofOfWork {
        /// Hash of the header.
        hash: BlockHash,
    },
    /// No tree of that depth has such a place.
    #[error("index {index} is out of range for a tree of depth {depth}; check index and branch")]
    IndexOutOfRange {
        /// Index that was claimed.
        index: u32,
        /// Length of the branch.
        depth: usize,
    },
    /// The coinbase shows the depth and cannot be claimed.
    #[error("index 0 is the coinbase, which cannot be claimed; prove another transaction")]
    CoinbaseIndex,
    /// Transaction and coinbase must be proved at the same depth.
    #[error(
        "the branch has {branch} nodes, the coinbase's {coinbase_branch}; both need the depth"
    )]
    BranchLengthMismatch {
        /// Nodes of the transaction's branch.
        branch: usize,
        /// Nodes of the coinbase's branch.
        #[serde(rename = "coinbaseBranch")]
        coinbase_branch: usize,
    },
    /// A right child equals its left sibling (CVE-2012-2459).
    #[error("at level {level} a right child repeats its left sibling; the index is made up")]
    RepeatedSibling {
        /// Level of the pair, counted from the transactions.
        level: usize,
    },
    /// The coinbase's branch does not lead to the header's Merkle root.
    #[error(
        "the coinbase's branch does not lead to the block's Merkle root; fetch the proof again"
    )]
    CoinbaseNotIncluded,
    /// The transaction's branch does not lead to the header's Merkle root.
    #[error("the branch does not lead to the block's Merkle root; fetch the proof again")]
    TransactionNotIncluded,
    /// Such a transaction could be a node of the tree (CVE-2017-12842).
    #[error("a transaction of 64 bytes could be a node of the tree and is never taken")]
    TransactionSize64,
    /// A non-canonical varint, the end too soon, or bytes after the end.
    #[error("the transaction cannot be read at byte {offset}; give its non-witness serialisation")]
    TransactionMalformed {
        /// Where reading stopped.
        offset: usize,
    },
    /// The marker of the witness serialisation stands where the input count belongs.
    #[error("the transaction carries witnesses; give its non-witness serialisation")]
    WitnessSerialisation,
    /// The transaction has no such output.
    #[error("output {vout} does not exist, the transaction has {outputs}; check the outpoint")]
    OutputMissing {
        /// Output that was asked for.
        vout: u32,
        /// Outputs of the transaction.
        outputs: usize,
    },
}

impl InclusionRejection {
    /// Returns the name of the reason, the same as the contract's error.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BadProofOfWork { .. } => "BadProofOfWork",
            Self::IndexOutOfRange { .. } => "IndexOutOfRange",
            Self::CoinbaseIndex => "CoinbaseIndex",
            Self::BranchLengthMismatch { .. } => "BranchLengthMismatch",
            Self::RepeatedSibling { .. } => "RepeatedSibling",
            Self::CoinbaseNotIncluded => "CoinbaseNotIncluded",
            Self::TransactionNotIncluded => "TransactionNotIncluded",
            Self::TransactionSize64 => "TransactionSize64",
            Self::TransactionMalformed { .. } => "TransactionMalformed",
            Self::WitnessSerialisation => "WitnessSerialisation",
            Self::OutputMissing { .. } => "OutputMissing",
        }
    }
}

/// A transaction that a block's header commits to. Whether that block counts is the header chain's
/// to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedInclusion {
    block_hash: BlockHash,
    txid: Txid,
    index: u32,
    transaction: Transaction,
}

impl VerifiedInclusion {
    /// Returns the hash of the block, to be looked up in a header chain.
    #[must_use]
    pub const fn block_hash(&self) -> BlockHash {
        self.block_hash
    }

    /// Returns the transaction's id.
    #[must_use]
    pub const fn txid(&self) -> Txid {
        self.txid
    }

    /// Returns the transaction's place in the block.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// Returns the transaction, without witnesses.
    #[must_use]
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// Returns an output with its outpoint.
    ///
    /// # Errors
    /// Refuses with `OutputMissing` when there is no such output.
    pub fn output(&self, vout: u32) -> Result<(OutPoint, &TxOut), InclusionRejection> {
        let outputs = &self.transaction.output;
        usize::try_from(vout)
            .ok()
            .and_then(|at| outputs.get(at))
            .map(|output| (OutPoint::new(self.txid, vout), output))
            .ok_or(InclusionRejection::OutputMissing { vout, outputs: outputs.len() })
    }
}

impl InclusionProof {
    /// Checks the proof. The header is held to the target that it names itself, which an attacker
    /// chooses: look its hash up in a header chain before believing anything.
    ///
    /// # Errors
    /// Refuses with the first rule that the proof breaks.
    pub fn verify(&self) -> Result<VerifiedInclusion, InclusionRejection> {
        let depth = self.branch.len();
        if depth != self.coinbase_branch.len() {
            let coinbase_branch = self.coinbase_branch.len();
            return Err(InclusionRejection::BranchLengthMismatch {
                branch: depth,
                coinbase_branch,
            });
        }
        if self.index == 0 {
            return Err(InclusionRejection::CoinbaseIndex);
        }
        if u32::try_from(depth).is_ok_and(|d| self.index.checked_shr(d).unwrap_or(0) != 0) {
            return Err(InclusionRejection::IndexOutOfRange { index: self.index, depth });
        }
        let transaction = parse_transaction(&self.tx)?;
        let hash = self.header.block_hash();
        if !Target::from_compact(self.header.bits).is_met_by(hash) {
            return Err(InclusionRejection::BadProofOfWork { hash });
        }
        let root = B256::from(self.header.merkle_root.to_byte_array());
        let coinbase = B256::from(sha256::Hash::hash(self.coinbase.as_slice()).to_byte_array());
        if climb(coinbase, 0, &self.coinbase_branch)? != root {
            return Err(InclusionRejection::CoinbaseNotIncluded);
        }
        let txid = sha256d::Hash::hash(&self.tx);
        if climb(B256::from(txid.to_byte_array()), self.index, &self.branch)? != root {
            return Err(InclusionRejection::TransactionNotIncluded);
        }
        let txid = Txid::from_raw_hash(txid);
        Ok(VerifiedInclusion { block_hash: hash, txid, index: self.index, transaction })
    }

    /// Returns the pieces of a claim made from this proof alone: the cap is the Merkle root.
    #[must_use]
    pub fn claim_pieces(&self) -> ClaimPieces {
        ClaimPieces {
            level: u32::try_from(self.branch.len()).unwrap_or(u32::MAX),
            coinbase_branch: self.coinbase_branch.clone(),
            cap: vec![B256::from(self.header.merkle_root.to_byte_array())],
            branches: vec![self.branch.clone()],
        }
    }
}

/// Reads a transaction in its non-witness serialisation, and nothing but that.
///
/// # Errors
/// Refuses 64 bytes, witnesses, and bytes that are not exactly one canonical transaction.
pub fn parse_transaction(bytes: &[u8]) -> Result<Transaction, InclusionRejection> {
    if bytes.len() == NODE_PAIR_SIZE {
        return Err(InclusionRejection::TransactionSize64);
    }
    if bytes.get(MARKER_OFFSET) == Some(&0) {
        return Err(InclusionRejection::WitnessSerialisation);
    }
    let mut rest = bytes;
    let decoded = Transaction::consensus_decode(&mut rest);
    let offset = bytes.len() - rest.len();
    match decoded {
        Ok(transaction) if rest.is_empty() => Ok(transaction),
        _ => Err(InclusionRejection::TransactionMalformed { offset }),
    }
}

/// Returns the root above a leaf.
fn climb(leaf: B256, index: u32, branch: &[B256]) -> Result<B256, InclusionRejection> {
    let (mut node, mut at) = (leaf, index);
    for (level, sibling) in branch.iter().enumerate() {
        node = if at % 2 == 0 {
            parent(node, *sibling)
        } else if *sibling == node {
            return Err(InclusionRejection::RepeatedSibling { level });
        } else {
            parent(*sibling, node)
        };
        at /= 2;
    }
    Ok(node)
}
