//! The transport between peers, met by hostile ones.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod duplex;
mod frames;
mod node_world;
mod nodes;
mod requests;
mod time;
mod volume;
mod world;
