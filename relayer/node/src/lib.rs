//! Runtimes of the bridge's services.

pub mod adapters;
pub mod config;
