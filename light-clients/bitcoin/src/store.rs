//! The best chain on disk, so that a restart neither fetches nor forgets.
//!
//! A store holds headers that were verified when they came in; loading verifies them again, apart
//! from the two-hour bound, which asks for the clock of that time.

mod file;
mod format;

use std::io;
use std::path::PathBuf;

use bitcoin::block::Header;
use bitcoin::Network;
use farbank_types::{BitcoinHeight, UnixTime};

use crate::chain::{HeaderChain, ImportOutcome};
use crate::rejection::{HeaderRejection, ImportRejection};

pub use file::FileHeaderStore;

/// Keeps the best chain of one checkpoint.
///
/// Writes are durable when they return. The order for a caller is: import into the chain, save the
/// outcome, act on it. A reorg is saved as one write: after a crash the store holds the branch from
/// before or the one from after.
pub trait HeaderStore {
    /// Builds the chain from what is stored.
    ///
    /// # Errors
    /// Faults of the disk, and damage.
    fn load(&mut self) -> Result<HeaderChain, StoreError>;

    /// Puts headers from `first` on in place of whatever the store holds from there on. The parent
    /// of the first must be stored; nothing is checked beyond that.
    ///
    /// # Errors
    /// Faults of the disk; a gap between what is stored and `first`.
    fn replace_from(&mut self, first: BitcoinHeight, headers: &[Header]) -> Result<(), StoreError>;

    /// Saves what an import into `chain` changed. Doing it twice does no harm.
    ///
    /// # Errors
    /// As [`Self::replace_from`]; an outcome that a later import overtook.
    fn save(&mut self, chain: &HeaderChain, outcome: &ImportOutcome) -> Result<(), StoreError> {
        let connected = match outcome {
            ImportOutcome::Extended { connected }
            | ImportOutcome::Reorganized { connected, .. } => connected,
            ImportOutcome::SideBranch { .. } | ImportOutcome::Unchanged => return Ok(()),
        };
        let Some(first) = connected.first() else { return Ok(()) };
        let headers = connected
            .iter()
            .map(|block| {
                let stale = StoreError::Stale { height: block.height };
                let same = chain.hash(block.height) == Some(block.hash);
                chain.header(block.height).filter(|_| same).copied().ok_or(stale)
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.replace_from(first.height, &headers)
    }
}

/// Faults and refusals of a header store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process, or another part of this one, has the store open.
    #[error("{path} is in use by another process; stop that one or give another path")]
    Locked {
        /// File of the store.
        path: PathBuf,
    },
    /// The file is no header store, or of a version that this program does not know.
    #[error("{path} is not a header store of version {version}; move it away to start anew")]
    UnknownFormat {
        /// File of the store.
        path: PathBuf,
        /// Version that this program writes.
        version: u32,
    },
    /// The store belongs to another network.
    #[error("{path} holds headers of {found}, not of {expected}; give another path")]
    OtherNetwork {
        /// File of the store.
        path: PathBuf,
        /// Network of the store.
        found: Network,
        /// Network that was asked for.
        expected: Network,
    },
    /// The store starts from another checkpoint.
    #[error("{path} starts from a checkpoint at height {found}, not from the one given; give another path")]
    OtherCheckpoint {
        /// File of the store.
        path: PathBuf,
        /// Height of the stored checkpoint.
        found: BitcoinHeight,
    },
    /// Bytes in the middle of the file changed.
    #[error("{path} is damaged at byte {offset}; move it away and fetch the headers again")]
    Damaged {
        /// File of the store.
        path: PathBuf,
        /// Start of the record that does not hold.
        offset: u64,
    },
    /// Stored headers break a rule.
    #[error("{path} holds headers that break a rule; move it away and fetch the headers again")]
    Invalid {
        /// File of the store.
        path: PathBuf,
        /// The rule.
        #[source]
        source: ImportRejection,
    },
    /// The checkpoint given is refused.
    #[error("the checkpoint is refused; give one that the network agrees with")]
    Checkpoint(#[from] HeaderRejection),
    /// Headers were given that do not join what is stored.
    #[error(
        "headers from height {first} leave a gap, the store ends at {end}; save every outcome"
    )]
    Gap {
        /// Height of the first header given.
        first: BitcoinHeight,
        /// Last height stored.
        end: BitcoinHeight,
    },
    /// A later import replaced blocks of the outcome.
    #[error(
        "height {height} changed since this import; save every outcome before the next import"
    )]
    Stale {
        /// Height of a block that is no longer in the best chain.
        height: BitcoinHeight,
    },
    /// The disk failed.
    #[error("cannot {action} {path}; check the disk and the permissions")]
    Io {
        /// What was tried.
        action: &'static str,
        /// File of the store.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// Tells whether the same call may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Io { .. })
    }
}

/// Stored headers met the bound when they came in; today's clock may be behind.
const NO_FUTURE_BOUND: UnixTime = UnixTime::new(u64::MAX);
