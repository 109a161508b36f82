//! The only place of this crate that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use farbank_types::UnixTime;

/// Tells the time. Tests bring their own.
pub trait Clock: Send + Sync + 'static {
    /// Returns the present time.
    fn now(&self) -> UnixTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the module that the rule points to")]
    fn now(&self) -> UnixTime {
        // A clock before 1970 is treated as 1970: every head of the chain then lies in the future.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime::new(since.as_secs())
    }
}
