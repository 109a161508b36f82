//! The user's side of a peg-in: make an address, pay it, see what becomes of it, take it back.

pub mod address;
pub mod explain;
pub mod outputs;
pub mod pay;
pub mod reclaim;
pub mod status;
pub mod waits;
