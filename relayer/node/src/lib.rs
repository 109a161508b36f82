#![doc = include_str!("../README.md")]

pub mod adapters;
pub mod api;
pub mod attester;
pub mod bench;
pub mod client;
pub mod clock;
pub mod config;
pub mod deploy;
pub mod executor;
pub mod pipeline;
pub mod relayer;
mod setup;
pub mod side_chain_kind;
pub mod signing;

pub use setup::SetupError;
