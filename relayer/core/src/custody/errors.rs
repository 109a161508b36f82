//! Why an event changes nothing.

use thiserror::Error;

/// Why an event changes nothing. None of these is a fault: events are repeated at every look and
/// after a restart; the state stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CustodyRejection {
    /// Custody is gone; no transaction of this bridge can follow.
    #[error("custody was spent against the rules, nothing can happen to it any more")]
    Halted,
    /// The state already accounts for it, or does not wait for it.
    #[error("custody that is {state} does not wait for this")]
    Unchanged {
        /// Name of the state.
        state: &'static str,
    },
}
