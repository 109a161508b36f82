//! The transport between peers, met by hostile ones.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod frames;
mod requests;
mod time;
mod volume;
mod world;
