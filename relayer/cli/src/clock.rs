//! The clock of the command: the libraries take the time as an argument.

use std::time::Instant;

use farbank_relayer::clock::{Clock as _, SystemClock};
use farbank_types::UnixTime;

/// Returns the time of this machine.
pub(crate) fn now() -> UnixTime {
    SystemClock.now()
}

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods, reason = "it measures this run and decides nothing")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the seconds since the start.
    pub(crate) fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
