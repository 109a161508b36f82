//! Quotes: exact, used once, refused by name when they are not what their maker signed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod book;
mod pricing;
mod signed;
mod support;
