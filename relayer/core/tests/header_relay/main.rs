//! The header relay: what goes into a segment, on which one it stands, and when.

mod branch;
mod extension;
mod properties;
mod refused;
mod submitting;
mod world;
