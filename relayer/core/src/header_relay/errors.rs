//! Why an event changes nothing.

use thiserror::Error;

/// Why an event changes nothing. The state and its duty stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderRelayRejection {
    /// The state already accounts for it.
    #[error("the header relay is {state}; nothing changed")]
    Unchanged {
        /// Name of the state.
        state: &'static str,
    },
    /// An answer to a submission that is not under way.
    #[error("no submission is under way")]
    NotSubmitting,
}
