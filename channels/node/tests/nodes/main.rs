//! Whole nodes over real connections and real logs, killed and restarted at any moment.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crashes;
mod hostile;
mod http;
mod payments;
mod restart;
mod watcher;
mod world;
