//! Locks of one direction: the amounts that wait for a preimage, and the root that a proof commits to.
//!
//! A leaf is 64 bytes, big-endian: id u64, amount u128, expiry u64, hash. Leaves ascend strictly by
//! id; the root is keccak256 of the leaves one after another, 0 for none. Decides what a set of locks
//! is; leaves out which locks a party accepts.

use farbank_types::{keccak256, UnixTime, B256};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::units::{LockId, PaymentHash, TokenAmount};

/// Length of a leaf.
pub const LEAF_LENGTH: usize = 64;
/// Most locks of one direction that the contract resolves: about a million gas.
pub const MAX_LOCKS_ON_CHAIN: usize = 256;

/// An amount that its payee gets against a preimage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its number within its direction.
    pub id: LockId,
    /// What it pays.
    pub amount: TokenAmount,
    /// The last second at which a reveal on chain still counts.
    pub expiry: UnixTime,
    /// SHA-256 of the preimage.
    pub hash: PaymentHash,
}

impl Lock {
    /// Returns the leaf.
    #[must_use]
    pub fn leaf(&self) -> [u8; LEAF_LENGTH] {
        let mut leaf = [0; LEAF_LENGTH];
        leaf[..8].copy_from_slice(&self.id.get().to_be_bytes());
        leaf[8..24].copy_from_slice(&self.amount.get().to_be_bytes());
        leaf[24..32].copy_from_slice(&self.expiry.get().to_be_bytes());
        leaf[32..].copy_from_slice(&self.hash.get());
        leaf
    }

    /// Reads a leaf. Every 64 bytes are one.
    #[must_use]
    pub fn from_leaf(leaf: &[u8; LEAF_LENGTH]) -> Self {
        let number = |from: usize, to: usize| {
            leaf[from..to].iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte))
        };
        // Eight bytes always fit 64 bits.
        let short = |from: usize| u64::try_from(number(from, from + 8)).unwrap_or(u64::MAX);
        let mut hash = [0; 32];
        hash.copy_from_slice(&leaf[32..]);
        Self {
            id: LockId::new(short(0)),
            amount: TokenAmount::new(number(8, 24)),
            expiry: UnixTime::new(short(24)),
            hash: PaymentHash::new(hash),
        }
    }
}

/// Why locks are no set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum LockRejection {
    /// Leaves are 64 bytes each.
    #[error("{found} bytes are no whole number of leaves")]
    PartialLeaf {
        /// The length given.
        found: usize,
    },
    /// More than the contract resolves.
    #[error("{found} locks, at most {MAX_LOCKS_ON_CHAIN}")]
    TooManyLeaves {
        /// How many.
        found: usize,
    },
    /// Ids ascend strictly.
    #[error("lock {id} follows lock {last}")]
    NotAscending {
        /// The lock that came.
        id: LockId,
        /// The one before it.
        last: LockId,
    },
    /// Their sum leaves the range of an amount.
    #[error("the locks sum up to more than 2^128 - 1")]
    SumTooGreat,
    /// No lock has that id.
    #[error("there is no lock {id}")]
    UnknownLock {
        /// The id asked for.
        id: LockId,
    },
}

/// The locks of one direction, ascending by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockSet {
    locks: Vec<Lock>,
    total: TokenAmount,
}

impl LockSet {
    /// Reads leaves one after another.
    ///
    /// # Errors
    /// [`LockRejection`].
    pub fn from_leaves(leaves: &[u8]) -> Result<Self, LockRejection> {
        let (whole, rest) = leaves.as_chunks::<LEAF_LENGTH>();
        if !rest.is_empty() {
            return Err(LockRejection::PartialLeaf { found: leaves.len() });
        }
        if whole.len() > MAX_LOCKS_ON_CHAIN {
            return Err(LockRejection::TooManyLeaves { found: whole.len() });
        }
        let mut set = Self::default();
        for leaf in whole {
            set.insert(Lock::from_leaf(leaf))?;
        }
        Ok(set)
    }

    /// Adds a lock with an id above all others.
    ///
    /// # Errors
    /// [`LockRejection::NotAscending`] and [`LockRejection::SumTooGreat`]; the set stays as it is.
    pub fn insert(&mut self, lock: Lock) -> Result<(), LockRejection> {
        if let Some(last) = self.locks.last().map(|last| last.id).filter(|last| *last >= lock.id) {
            return Err(LockRejection::NotAscending { id: lock.id, last });
        }
        self.total = self.total.checked_add(lock.amount).ok_or(LockRejection::SumTooGreat)?;
        self.locks.push(lock);
        Ok(())
    }

    /// Takes a lock out.
    ///
    /// # Errors
    /// [`LockRejection::UnknownLock`].
    pub fn remove(&mut self, id: LockId) -> Result<Lock, LockRejection> {
        let at = self.position(id).ok_or(LockRejection::UnknownLock { id })?;
        let lock = self.locks.remove(at);
        // The total is the sum of all of them.
        self.total = TokenAmount::new(self.total.get().saturating_sub(lock.amount.get()));
        Ok(lock)
    }

    /// Returns a lock.
    #[must_use]
    pub fn get(&self, id: LockId) -> Option<&Lock> {
        self.position(id).and_then(|at| self.locks.get(at))
    }

    /// Returns how many locks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.locks.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.locks.is_empty()
    }

    /// Returns the locks in order.
    pub fn iter(&self) -> impl Iterator<Item = &Lock> + '_ {
        self.locks.iter()
    }

    /// Returns the sum of the amounts.
    #[must_use]
    pub const fn total(&self) -> TokenAmount {
        self.total
    }

    /// Returns the leaves one after another.
    #[must_use]
    pub fn leaves(&self) -> Vec<u8> {
        let mut leaves = Vec::with_capacity(self.locks.len().saturating_mul(LEAF_LENGTH));
        for lock in &self.locks {
            leaves.extend_from_slice(&lock.leaf());
        }
        leaves
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> B256 {
        if self.locks.is_empty() {
            return B256::ZERO;
        }
        keccak256(self.leaves())
    }

    fn position(&self, id: LockId) -> Option<usize> {
        self.locks.binary_search_by_key(&id, |lock| lock.id).ok()
    }
}
