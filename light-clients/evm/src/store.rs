//! The headers of a Clique chain on disk, so that a restart neither fetches nor forgets.
//!
//! The store is the list of what was imported, in that order: loading imports it again and so comes
//! to the same chain, the same final block, and the same signers that sealed twice. Left out are
//! side branches that showed nothing of that kind: they are fetched again.

mod file;
mod format;

use std::io;
use std::path::PathBuf;

use farbank_types::EvmBlockNumber;

use crate::clique::CliqueRejection;

pub use file::FileHeaderStore;

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
    #[error("{path} is not a side-header store of version {version}; move it away to start anew")]
    UnknownFormat {
        /// File of the store.
        path: PathBuf,
        /// Version that this program writes.
        version: u32,
    },
    /// The store begins with another header, or follows other rules.
    #[error("{path} holds another chain, from {found} on; give another path")]
    OtherChain {
        /// File of the store.
        path: PathBuf,
        /// Number of the header that it begins with.
        found: EvmBlockNumber,
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
        source: CliqueRejection,
    },
    /// The header to begin with is refused.
    #[error("the checkpoint is refused; give the genesis block or a checkpoint of an epoch")]
    Checkpoint(#[from] CliqueRejection),
    /// A later import replaced blocks of the outcome.
    #[error("block {number} changed since this import; save every outcome before the next one")]
    Stale {
        /// Number of a block that is no longer where it was.
        number: EvmBlockNumber,
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
