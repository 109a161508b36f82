//! Invoices: what is written is read, what is not genuine or not payable is refused by name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod refusals;
mod roundtrip;
mod support;
