//! Building proofs from what a node gives: a whole block, or `gettxoutproof`.

use std::collections::HashMap;

use bitcoin::consensus::serialize;
use bitcoin::hashes::{sha256, Hash as _};
use bitcoin::merkle_tree::{MerkleBlock, MerkleBlockError};
use bitcoin::{Block, Transaction, Txid, Witness};
use farbank_types::B256;

use super::{InclusionProof, InclusionRejection};
use crate::merkle::{parent, TransactionTree};

/// No proof can be made from what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveRejection {
    /// The block does not hold the transaction.
    #[error("the block does not hold {txid}; ask for the block that confirms it")]
    NotInBlock {
        /// Transaction that was asked for.
        txid: Txid,
    },
    /// `gettxoutproof` was not asked for the transaction.
    #[error("the proof does not show {txid}; call gettxoutproof with both transaction ids")]
    NotShown {
        /// Transaction that it must show.
        txid: Txid,
    },
    /// `gettxoutproof` was not asked for the coinbase, or that is not the block's coinbase.
    #[error(
        "the proof does not show coinbase {txid}; call gettxoutproof with both transaction ids"
    )]
    CoinbaseNotShown {
        /// Coinbase that it must show.
        txid: Txid,
    },
    /// The partial tree contradicts itself or the header.
    #[error("the partial tree is damaged; fetch it again")]
    BadPartialTree(#[source] MerkleBlockError),
    /// The proof was made, and does not hold.
    #[error(transparent)]
    Inclusion(#[from] InclusionRejection),
}

impl ProveRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotInBlock { .. } => "NotInBlock",
            Self::NotShown { .. } => "NotShown",
            Self::CoinbaseNotShown { .. } => "CoinbaseNotShown",
            Self::BadPartialTree(_) => "BadPartialTree",
            Self::Inclusion(reason) => reason.name(),
        }
    }
}

/// Returns the serialisation without witnesses: what the transaction's id is the hash of.
#[must_use]
pub fn non_witness_bytes(transaction: &Transaction) -> Vec<u8> {
    let mut bare = transaction.clone();
    for input in &mut bare.input {
        input.witness = Witness::new();
    }
    serialize(&bare)
}

fn coinbase_digest(coinbase: &Transaction) -> B256 {
    B256::from(sha256::Hash::hash(&non_witness_bytes(coinbase)).to_byte_array())
}

impl InclusionProof {
    /// Makes the proof of a transaction from the whole block.
    ///
    /// # Errors
    /// Refuses a block that does not hold the transaction, and one that its own header does not
    /// commit to.
    pub fn from_block(block: &Block, txid: Txid) -> Result<Self, ProveRejection> {
        let missing = ProveRejection::NotInBlock { txid };
        let txids: Vec<_> = block.txdata.iter().map(Transaction::compute_txid).collect();
        let at = txids.iter().position(|id| *id == txid).ok_or(missing.clone())?;
        let index = u32::try_from(at).map_err(|_| missing.clone())?;
        let tree = TransactionTree::from_txids(txids).ok_or(missing.clone())?;
        let (Some(branch), Some(coinbase_branch), Some(coinbase)) =
            (tree.branch(index), tree.branch(0), block.txdata.first())
        else {
            return Err(missing);
        };
        let proof = Self {
            header: block.header,
            tx: non_witness_bytes(&block.txdata[at]),
            index,
            branch,
            coinbase: coinbase_digest(coinbase),
            coinbase_branch,
        };
        proof.verify()?;
        Ok(proof)
    }

    /// Makes the proof from the answer to `gettxoutproof '["<txid>", "<coinbase txid>"]'` and both
    /// transactions.
    ///
    /// # Errors
    /// Refuses a partial tree that is damaged or does not show both transactions.
    pub fn from_txout_proof(
        partial: &MerkleBlock,
        transaction: &Transaction,
        coinbase: &Transaction,
    ) -> Result<Self, ProveRejection> {
        let (txid, coinbase_txid) = (transaction.compute_txid(), coinbase.compute_txid());
        let (mut shown, mut places) = (Vec::new(), Vec::new());
        partial.extract_matches(&mut shown, &mut places).map_err(ProveRejection::BadPartialTree)?;
        let index = shown
            .iter()
            .zip(&places)
            .find_map(|(id, place)| (*id == txid).then_some(*place))
            .ok_or(ProveRejection::NotShown { txid })?;
        if shown.first() != Some(&coinbase_txid) || places.first() != Some(&0) {
            return Err(ProveRejection::CoinbaseNotShown { txid: coinbase_txid });
        }
        let tree = PartialTree::read(partial);
        let proof = Self {
            header: partial.header,
            tx: non_witness_bytes(transaction),
            index,
            branch: tree.branch(index).ok_or(ProveRejection::NotShown { txid })?,
            coinbase: coinbase_digest(coinbase),
            coinbase_branch: tree
                .branch(0)
                .ok_or(ProveRejection::CoinbaseNotShown { txid: coinbase_txid })?,
        };
        proof.verify()?;
        Ok(proof)
    }
}

/// The nodes that a partial tree shows, by level (0 = transactions) and place.
struct PartialTree {
    nodes: HashMap<(u32, u32), B256>,
    transactions: u32,
    depth: u32,
}

impl PartialTree {
    /// Reads a tree that `extract_matches` took: it has the bits and hashes that are needed.
    fn read(partial: &MerkleBlock) -> Self {
        let transactions = partial.txn.num_transactions();
        let depth = transactions.saturating_sub(1).checked_ilog2().map_or(0, |log| log + 1);
        let mut tree = Self { nodes: HashMap::new(), transactions, depth };
        let mut bits = partial.txn.bits().iter().copied();
        let mut hashes = partial.txn.hashes().iter().map(|hash| B256::from(hash.to_byte_array()));
        tree.read_node((depth, 0), &mut bits, &mut hashes);
        tree
    }

    const fn width(&self, level: u32) -> u32 {
        // Sound: `extract_matches` bounds the count by what a block holds.
        self.transactions.div_ceil(1 << level)
    }

    fn read_node(
        &mut self,
        (level, place): (u32, u32),
        bits: &mut impl Iterator<Item = bool>,
        hashes: &mut impl Iterator<Item = B256>,
    ) -> Option<B256> {
        let above_match = bits.next()?;
        let node = if level == 0 || !above_match {
            hashes.next()?
        } else {
            let left = self.read_node((level - 1, place * 2), bits, hashes)?;
            let right = if place * 2 + 1 < self.width(level - 1) {
                self.read_node((level - 1, place * 2 + 1), bits, hashes)?
            } else {
                left
            };
            parent(left, right)
        };
        self.nodes.insert((level, place), node);
        Some(node)
    }

    fn branch(&self, index: u32) -> Option<Vec<B256>> {
        (0..self.depth)
            .map(|level| {
                let place = index >> level;
                let sibling = if (place ^ 1) < self.width(level) { place ^ 1 } else { place };
                self.nodes.get(&(level, sibling)).copied()
            })
            .collect()
    }
}
