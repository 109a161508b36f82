//! Ways out of the process: one module for each kind of node.

pub mod attesters;
pub mod bitcoin;
pub mod side_chain;
