//! The custody machine: one file for each kind of event, the plan, the three properties of every
//! machine, and both chains reorganising at random around models of contract and attesters.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod model;
mod plan;
mod properties;
mod serde;
mod signing;
mod submission;
mod viewed;
mod world;
