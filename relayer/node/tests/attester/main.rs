//! Attesters between scripted chains: what they sign, what they refuse, and what survives.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bitcoin;
mod chains;
mod clique;
mod federation;
mod peers;
mod process;
mod restart;
mod side_chain;
mod signing;
mod views;
