//! The header relay: what goes into a segment, on which one it stands, and when.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod branch;
mod extension;
mod properties;
mod refused;
mod submitting;
mod world;
