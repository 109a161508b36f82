//! The peg-out machine: one file for each kind of event, and the three properties of every machine.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bitcoin;
mod identify;
mod payout;
mod properties;
mod request;
mod transition;
mod wait;
