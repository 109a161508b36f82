//! The transaction tree of a block: branches, and the pieces by which the contract checks several
//! claims of one block at the cost of one.
//!
//! Nodes are in internal byte order, as double SHA-256 gives them. A row of odd length is paired
//! with its own last node.

use bitcoin::hashes::{sha256d, Hash as _};
use bitcoin::{Block, Txid};
use farbank_types::B256;

/// Returns the node above two others.
pub(crate) fn parent(left: B256, right: B256) -> B256 {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left.as_slice());
    both[32..].copy_from_slice(right.as_slice());
    B256::from(sha256d::Hash::hash(&both).to_byte_array())
}

/// The transaction tree of a block, all rows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionTree {
    /// The transaction ids first, the root last; at least one row and no row is empty.
    rows: Vec<Vec<B256>>,
}

/// What the contract needs to check the claims of one block, `level` rows above the transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPieces {
    /// Length of every branch here.
    pub level: u32,
    /// Siblings from the coinbase up to the first node of the cap.
    pub coinbase_branch: Vec<B256>,
    /// All nodes of the row at `level`, left to right, an odd last one not repeated.
    pub cap: Vec<B256>,
    /// Siblings from each claimed transaction up to the cap, in the order of the claims.
    pub branches: Vec<Vec<B256>>,
}

impl ClaimPieces {
    /// Returns the number of 32-byte words that the pieces take.
    #[must_use]
    pub fn words(&self) -> usize {
        self.coinbase_branch.len()
            + self.cap.len()
            + self.branches.iter().map(Vec::len).sum::<usize>()
    }
}

impl TransactionTree {
    /// Builds the tree over transaction ids in block order; `None` when there are none.
    #[must_use]
    pub fn from_txids(txids: impl IntoIterator<Item = Txid>) -> Option<Self> {
        let leaves: Vec<_> =
            txids.into_iter().map(|txid| B256::from(txid.to_raw_hash().to_byte_array())).collect();
        if leaves.is_empty() {
            return None;
        }
        let mut rows = vec![leaves];
        while let Some(row) = rows.last().filter(|row| row.len() > 1) {
            let above = row
                .chunks(2)
                .map(|pair| parent(pair[0], pair.get(1).copied().unwrap_or(pair[0])))
                .collect();
            rows.push(above);
        }
        Some(Self { rows })
    }

    /// Builds the tree of a block; `None` when it holds no transaction. Whether the header commits
    /// to it is for the caller to compare.
    #[must_use]
    pub fn from_block(block: &Block) -> Option<Self> {
        Self::from_txids(block.txdata.iter().map(bitcoin::Transaction::compute_txid))
    }

    /// Returns the number of transactions.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.rows[0].len()
    }

    /// Returns the length of a branch from a transaction to the root.
    #[must_use]
    pub fn depth(&self) -> u32 {
        u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX)
    }

    /// Returns the Merkle root.
    #[must_use]
    pub fn root(&self) -> B256 {
        self.rows[self.rows.len() - 1][0]
    }

    /// Returns the siblings from a transaction to the root; `None` beyond the last transaction.
    #[must_use]
    pub fn branch(&self, index: u32) -> Option<Vec<B256>> {
        self.branch_to(index, self.depth())
    }

    fn branch_to(&self, index: u32, level: u32) -> Option<Vec<B256>> {
        let mut at = usize::try_from(index).ok()?;
        self.rows[0].get(at)?;
        let mut branch = Vec::new();
        for row in self.rows.iter().take(usize::try_from(level).ok()?) {
            branch.push(row.get(at ^ 1).or_else(|| row.get(at)).copied()?);
            at /= 2;
        }
        Some(branch)
    }

    /// Returns the pieces for claims of these transactions, at the level where they take the fewest
    /// words; `None` when an index is beyond the last transaction. An index may occur several times
    /// (several outputs of one transaction).
    #[must_use]
    pub fn claim_pieces(&self, indices: &[u32]) -> Option<ClaimPieces> {
        self.claim_pieces_at(indices, best_cap_level(self.transactions(), indices.len()))
    }

    /// Returns the pieces with a cap at `level`; `None` when the level is above the root or an index
    /// beyond the last transaction.
    #[must_use]
    pub fn claim_pieces_at(&self, indices: &[u32], level: u32) -> Option<ClaimPieces> {
        let cap = self.rows.get(usize::try_from(level).ok()?)?.clone();
        let coinbase_branch = self.branch_to(0, level)?;
        let branches =
            indices.iter().map(|index| self.branch_to(*index, level)).collect::<Option<_>>()?;
        Some(ClaimPieces { level, coinbase_branch, cap, branches })
    }
}

/// Returns the level of the cap at which `claims` claims of a block of `transactions` transactions
/// take the fewest words: (claims + 1) * level for the branches, the coinbase's included, and the
/// row at that level. The lowest of equals, since it costs fewer hashes.
#[must_use]
pub fn best_cap_level(transactions: usize, claims: usize) -> u32 {
    let mut best = (usize::MAX, 0);
    let mut row = transactions;
    for level in 0_u32.. {
        let branches =
            usize::try_from(level).unwrap_or(usize::MAX).saturating_mul(claims.saturating_add(1));
        let words = branches.saturating_add(row);
        if words < best.0 {
            best = (words, level);
        }
        if row <= 1 {
            break;
        }
        row = row.div_ceil(2);
    }
    best.1
}
