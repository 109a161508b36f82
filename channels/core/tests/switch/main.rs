//! Three nodes, alpha, hub and beta, and every payment between them: paid once or not at all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test is about the variants it names")]

mod chain;
mod crashes;
mod exchange;
mod holding;
mod hostile;
mod losses;
mod payments;
mod refusals;
mod registries;
mod routes;
mod world;
