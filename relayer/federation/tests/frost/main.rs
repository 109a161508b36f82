//! Keys and signatures of a federation: key generation, share files, signing rounds and their messages,
//! each fault by its name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dkg_outcome;
mod signing_transactions;
mod support;
