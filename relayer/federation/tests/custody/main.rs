//! Custody transactions: shape, builder, messages, vectors.

#[path = "../common/mod.rs"]
mod common;

mod building;
mod shape;
mod signing;
mod vectors;
