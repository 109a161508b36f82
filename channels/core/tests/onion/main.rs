//! Onions and what is in them: the official vectors, routes of any length, tampering, repetition,
//! failures and whom they blame.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod failures;
mod payload;
mod properties;
mod refusals;
mod replay;
mod support;
mod vectors;
