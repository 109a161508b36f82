//! What an attester signs and what it refuses: one test for each name.

#[path = "../common/mod.rs"]
mod common;

mod deposits;
mod fees;
mod hostile;
mod intents;
mod lineage;
mod payouts;
mod view;
