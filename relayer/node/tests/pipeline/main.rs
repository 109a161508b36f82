//! The pipeline between scripted nodes and the real record: what a restart, a reorganisation and a
//! lying node leave behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backlog;
mod lies;
mod payouts;
mod restart;
mod sweeps;
mod treasury;
mod world;
