//! The transitions, by whose event they follow.

pub(super) mod signing;
pub(super) mod submission;
pub(super) mod viewed;
