//! A batch: many settles under one signature of the hub.
//!
//! The tree's leaves are the settles' struct hashes, a pair is `keccak256(left ‖ right)`, and an odd
//! last node is carried up as it is. A client that holds its branch can post its own settle.

use std::sync::LazyLock;

use farbank_types::{keccak256, UnixTime, B256};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use super::{struct_hash, time};
use crate::domain::{Digest, Domain};

static TYPE_HASH: LazyLock<B256> =
    LazyLock::new(|| keccak256("Batch(bytes32 root,uint64 deadline)"));

/// Most settles of one batch: at about 39,000 gas each, a block of 10 M gas holds them.
const MAX_LEAVES: usize = 256;

/// What the hub signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Root over the struct hashes of the settles.
    pub root: B256,
    /// The last second at which the contract takes it.
    pub deadline: UnixTime,
}

impl Batch {
    /// Returns the struct hash.
    #[must_use]
    pub fn struct_hash(&self) -> B256 {
        struct_hash(*TYPE_HASH, [self.root, time(self.deadline)])
    }

    /// Returns what the hub signs.
    #[must_use]
    pub fn digest(&self, domain: &Domain) -> Digest {
        domain.digest(self.struct_hash())
    }
}

/// Why leaves make no tree, or a branch does not fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr)]
pub enum TreeRejection {
    /// A tree has 1 to 256 leaves.
    #[error("{found} leaves, where 1 to {MAX_LEAVES} make a batch")]
    BadLeafCount {
        /// How many.
        found: usize,
    },
    /// No leaf has that position.
    #[error("leaf {index} of {count}")]
    IndexOutOfRange {
        /// The position asked for, from 0.
        index: usize,
        /// How many leaves there are.
        count: usize,
    },
    /// A branch has one node for each level with a sibling.
    #[error("a branch of {found} nodes, the position needs {expected}")]
    BadBranchLength {
        /// Its length.
        found: usize,
        /// The length needed.
        expected: usize,
    },
}

/// The Merkle tree of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchTree {
    /// From the leaves up to the root.
    rows: Vec<Vec<B256>>,
}

impl BatchTree {
    /// Builds the tree over the leaves in their order.
    ///
    /// # Errors
    /// [`TreeRejection::BadLeafCount`].
    pub fn new(leaves: Vec<B256>) -> Result<Self, TreeRejection> {
        let found = leaves.len();
        if found == 0 || found > MAX_LEAVES {
            return Err(TreeRejection::BadLeafCount { found });
        }
        let mut rows = vec![leaves];
        while let Some(row) = rows.last().filter(|row| row.len() > 1) {
            let above = row.chunks(2).map(|nodes| match nodes {
                [left, right] => pair(*left, *right),
                // `chunks` gives one or two.
                nodes => nodes.first().copied().unwrap_or_default(),
            });
            let above = above.collect();
            rows.push(above);
        }
        Ok(Self { rows })
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> B256 {
        self.rows.last().and_then(|row| row.first()).copied().unwrap_or_default()
    }

    /// Returns the siblings of a leaf from the bottom up; levels at which it is carried up have none.
    ///
    /// # Errors
    /// [`TreeRejection::IndexOutOfRange`].
    pub fn branch(&self, index: usize) -> Result<Vec<B256>, TreeRejection> {
        let count = self.rows.first().map_or(0, Vec::len);
        if index >= count {
            return Err(TreeRejection::IndexOutOfRange { index, count });
        }
        let siblings =
            self.rows.iter().enumerate().filter_map(|(level, row)| row.get((index >> level) ^ 1));
        Ok(siblings.copied().collect())
    }

    /// Returns the root that a leaf at `index` of `count` and its branch lead to.
    ///
    /// # Errors
    /// [`TreeRejection`].
    pub fn climb(
        leaf: B256,
        branch: &[B256],
        index: usize,
        count: usize,
    ) -> Result<B256, TreeRejection> {
        if count == 0 || count > MAX_LEAVES {
            return Err(TreeRejection::BadLeafCount { found: count });
        }
        if index >= count {
            return Err(TreeRejection::IndexOutOfRange { index, count });
        }
        let (mut node, mut at, mut width) = (leaf, index, count);
        let (mut rest, mut expected) = (branch.iter(), 0_usize);
        let found = branch.len();
        while width > 1 {
            if at ^ 1 < width {
                expected += 1;
                if let Some(sibling) = rest.next() {
                    node = if at & 1 == 0 { pair(node, *sibling) } else { pair(*sibling, node) };
                }
            }
            (at, width) = (at >> 1, width.div_ceil(2));
        }
        if found != expected {
            return Err(TreeRejection::BadBranchLength { found, expected });
        }
        Ok(node)
    }
}

fn pair(left: B256, right: B256) -> B256 {
    let mut preimage = [0; 64];
    preimage[..32].copy_from_slice(left.as_slice());
    preimage[32..].copy_from_slice(right.as_slice());
    keccak256(preimage)
}
