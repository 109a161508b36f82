//! The transitions, by whose event they follow. Each returns the next state, or `None` when the
//! event means nothing to the state.

pub(super) mod bitcoin;
pub(super) mod payout;
pub(super) mod request;
