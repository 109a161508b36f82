//! Why an event changes nothing.

use thiserror::Error;

/// Why an event changes nothing. None of these is a fault: events are repeated at every look and
/// after a restart; the state stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PegOutRejection {
    /// The redemption is done with.
    #[error("the redemption is {state}, nothing can happen to it any more")]
    Terminal {
        /// Name of the state.
        state: &'static str,
    },
    /// The state already accounts for it, or does not wait for it.
    #[error("a redemption that is {state} does not wait for this")]
    Unchanged {
        /// Name of the state.
        state: &'static str,
    },
}
