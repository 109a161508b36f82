#![doc = include_str!("../README.md")]

pub mod api;
pub mod clock;
pub mod engine;
pub mod events;
pub mod links;
pub mod log;
pub mod machine;
pub mod node;
pub mod side_chain;
pub mod watcher;
