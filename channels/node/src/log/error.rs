//! What goes wrong with a log.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::RecordNumber;

/// What the disk was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskStep {
    /// Opening or making a file or folder.
    Open,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Waiting until what was written is durable.
    Sync,
    /// Renaming or removing.
    Rename,
}

impl fmt::Display for DiskStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Rename => "rename or remove",
        })
    }
}

/// What is wrong with bytes that were durable once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Damage {
    /// The header of a segment or a snapshot is not what was written.
    #[error("no sound header")]
    Header,
    /// A record is not what was written.
    #[error("no sound record")]
    Record,
    /// The payload of a snapshot is not what was written.
    #[error("no sound snapshot")]
    Snapshot,
    /// The records before are missing.
    #[error("records from {expected} are missing, the next one is {found}")]
    Gap {
        /// First missing record.
        expected: RecordNumber,
        /// First one behind the gap.
        found: RecordNumber,
    },
}

/// What goes wrong with a log.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// Another process, or another part of this one, writes this log.
    #[error("the log in {} is in use; stop the other process", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error("cannot {step} {}: {source}; check disk and permissions", path.display())]
    Disk {
        /// File or folder.
        path: PathBuf,
        /// What was tried.
        step: DiskStep,
        /// Reason of the operating system.
        source: Arc<io::Error>,
    },
    /// Bytes that were durable are not what was written. Nothing was changed.
    #[error("{} is damaged at byte {offset}: {damage}; restore the folder, or let the peers restore the channels", path.display())]
    Damaged {
        /// Segment or snapshot.
        path: PathBuf,
        /// Where reading stopped.
        offset: u64,
        /// What is wrong there.
        damage: Damage,
    },
    /// The records of one append are larger than a group.
    #[error("payloads of {len} bytes do not fit into a group of {max} with their prefixes")]
    TooLarge {
        /// Bytes of the payloads.
        len: usize,
        /// The bound.
        max: u32,
    },
    /// A segment has no room for its header and a group.
    #[error("segments of {segment} bytes do not hold a group of {group}")]
    SmallSegments {
        /// Bytes of a segment.
        segment: u32,
        /// Bytes of a group.
        group: u32,
    },
    /// A snapshot of records that are not durable yet.
    #[error("record {at} is not durable yet, the newest is {durable}")]
    Ahead {
        /// What the snapshot covers.
        at: RecordNumber,
        /// What is durable.
        durable: RecordNumber,
    },
    /// The log was closed, or stopped at a fault before: what the disk holds of later records is
    /// unknown until it is opened again.
    #[error("the log has stopped; start again")]
    Stopped,
}

impl LogError {
    /// Returns the name of the reason, for logs and figures.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "Locked",
            Self::Disk { .. } => "Disk",
            Self::Damaged { .. } => "Damaged",
            Self::TooLarge { .. } => "TooLarge",
            Self::SmallSegments { .. } => "SmallSegments",
            Self::Ahead { .. } => "Ahead",
            Self::Stopped => "Stopped",
        }
    }
}

/// Makes the error of a step on a file.
pub(crate) fn disk(path: &Path, step: DiskStep) -> impl FnOnce(io::Error) -> LogError + '_ {
    move |source| LogError::Disk { path: path.to_owned(), step, source: Arc::new(source) }
}
