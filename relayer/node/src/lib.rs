//! Runtimes of the bridge's services.

pub mod adapters;
pub mod client;
pub mod clock;
pub mod config;
pub mod deploy;
pub mod pipeline;
pub mod side_chain_kind;
