//! What stops the core loop.

use thiserror::Error;

use crate::log::{LogError, PayloadVersion, RecordNumber};

/// What stops the core loop, or keeps it from starting.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The log does not serve.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A record or snapshot of another program version.
    #[error("record {at} has version {}, this program reads {}; use the newer program", found.get(), known.get())]
    UnknownVersion {
        /// The record, or the last one of the snapshot.
        at: RecordNumber,
        /// Its version.
        found: PayloadVersion,
        /// The own one.
        known: PayloadVersion,
    },
    /// A sound record that says nothing: written by a program with a fault.
    #[error("record {at} cannot be read: {source}")]
    Unreadable {
        /// The record, or the last one of the snapshot.
        at: RecordNumber,
        /// Where reading stopped.
        source: postcard::Error,
    },
    /// An input that was accepted is refused now: the machine, its parameters or its key differ.
    #[error(
        "record {at} is refused when it is replayed; use the program and the key that wrote it"
    )]
    Unreplayable {
        /// The record.
        at: RecordNumber,
    },
    /// A state or an input has no bytes.
    #[error("what happened cannot be written down: {0}")]
    Unwritable(postcard::Error),
    /// The loop has ended.
    #[error("the node is stopping")]
    Stopped,
}
