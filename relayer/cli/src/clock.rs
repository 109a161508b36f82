//! The clock of the command: the libraries take the time as an argument.

#![allow(clippy::disallowed_methods, reason = "this is where the time comes from")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use farbank_types::UnixTime;

/// Returns the time of this machine; a clock before 1970 counts as 1970.
pub(crate) fn now() -> UnixTime {
    UnixTime::new(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the seconds since the start.
    pub(crate) fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
