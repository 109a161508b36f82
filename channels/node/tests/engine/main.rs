//! The core loop with a toy machine: what is released was durable, and a restart finds all of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod order;
mod restart;
mod toy;
