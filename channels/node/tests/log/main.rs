//! The log, met by crashes, damage and garbage.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cuts;
mod damage;
mod twin;
mod writers;
