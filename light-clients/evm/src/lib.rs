#![doc = include_str!("../README.md")]

pub mod clique;
mod header;
pub mod own_node;
pub mod proof;
#[cfg(feature = "std")]
pub mod store;
mod verdict;

pub use header::{HeaderRejection, SideHeader, MAX_EXTRA_BYTES, MAX_HEADER_BYTES};
pub use verdict::{FinalHeader, FinalityVerifier, Progress, Verdict, Why};
