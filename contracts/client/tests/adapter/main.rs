//! The adapter against a real anvil, and against nodes that hang or lie.

#![allow(clippy::unwrap_used, reason = "whatever is missing here fails the test, as it should")]

mod support;

mod broadcasting;
mod deploying;
mod hostile_node;
mod keys;
mod packing;
mod peg_out;
mod proving;
mod reading;
mod refusals;
mod reorganising;
mod sending;
