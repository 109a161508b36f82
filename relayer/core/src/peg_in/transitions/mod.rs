//! The transitions, by whose event they follow. Each returns the next state, or `None` when the
//! event means nothing to the state.

pub(super) mod bitcoin;
pub(super) mod claim;
pub(super) mod contract;
pub(super) mod mint;
