//! Peg-in: from a Bitcoin output to its mint on the side chain.

pub mod deposit_file;
pub mod descriptor;
pub mod reclaim;
