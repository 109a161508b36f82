//! The peg-in machine: one file for each event, the three properties of every machine, and both
//! chains reorganising at random around a model of the contract.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batch;
mod begin;
mod claim_refused;
mod contract_viewed;
mod disconnected;
mod included;
mod minted;
mod model;
mod properties;
mod serde;
mod spent;
mod transition;
mod wait;
