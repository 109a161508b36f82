//! Keys and signatures of a federation: key generation, share files, signing rounds and their messages,
//! each fault by its name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test is about the variants it names")]

mod dkg_faults;
mod dkg_outcome;
mod dkg_refusals;
mod group;
mod identity;
mod messages;
mod messages_hostile;
mod share;
mod signing_coordinator;
mod signing_properties;
mod signing_refusals;
mod signing_transactions;
mod support;
