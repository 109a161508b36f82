//! What goes wrong with the record.

use std::io;
use std::path::PathBuf;

use farbank_relayer_core::ports::PortError;
use farbank_types::B256;
use thiserror::Error;

/// What goes wrong with the record.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has it open.
    #[error(
        "{} is in use by another process; stop that one or give another state folder",
        path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The folder or the lock file cannot be made.
    #[error("cannot use {}: {source}; check the disk and the permissions", path.display())]
    Io {
        /// What was tried.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record belongs to another bridge.
    #[error(
        "the state folder belongs to bridge instance {found}, expected {expected}; give another one"
    )]
    WrongInstance {
        /// Instance of the deployment.
        expected: B256,
        /// Instance of the record.
        found: B256,
    },
    /// The schema is of a later version, or was changed by hand.
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row was written by a later version.
    #[error(
        "a row of {table} has format {found}, expected at most {known}; use the newer farbank"
    )]
    UnknownFormat {
        /// Table.
        table: &'static str,
        /// Version byte of the row.
        found: u8,
        /// Newest version that this program knows.
        known: u8,
    },
    /// A row is not what was written.
    #[error("a row of {table} is damaged; restore the state folder or start with an empty one")]
    Damaged {
        /// Table.
        table: &'static str,
        /// Where reading stopped, when it got as far as JSON.
        source: Option<serde_json::Error>,
    },
}

impl StoreError {
    /// Returns whether the same call can succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Database(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) | Self::Locked { .. }
        )
    }
}

impl PortError for StoreError {
    fn is_transient(&self) -> bool {
        Self::is_transient(self)
    }
}
