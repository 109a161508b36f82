#![doc = include_str!("../README.md")]

mod chain;
mod checkpoint;
pub mod inclusion;
mod merkle;
mod rejection;
mod rules;
pub mod segment;
mod side;
mod state;
#[cfg(feature = "std")]
pub mod store;
pub mod verify;

pub use chain::{BlockRef, HeaderChain, ImportOutcome, Tip, MAX_SIDE_HEADERS};
pub use checkpoint::{Checkpoint, PREVIOUS_TIMES};
pub use rejection::{CheckpointFault, HeaderRejection, ImportRejection};
pub use rules::{ChainRules, MAX_FUTURE_SECS, RETARGET_INTERVAL};
pub use state::{ChainState, MEDIAN_WINDOW};
