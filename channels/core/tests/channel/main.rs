//! The machine of one channel, by what happens to it.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the one output that it waits for")]

#[path = "../common/mod.rs"]
mod common;

mod payments;
