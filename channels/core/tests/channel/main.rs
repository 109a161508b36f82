//! The machine of one channel, by what happens to it.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the one output that it waits for")]

mod closing;
mod commands;
mod commits;
mod common;
mod convergence;
mod locks;
mod payments;
mod restore;
mod settles;
mod wire;
