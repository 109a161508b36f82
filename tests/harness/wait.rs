//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// Looks at a condition until it gives a value.
///
/// # Panics
/// When it gives none within `limit`.
#[allow(clippy::disallowed_methods, reason = "the bound on a wait is real time")]
pub fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(start.elapsed() < limit, "{what}: not within {} s", limit.as_secs());
        std::thread::sleep(INTERVAL);
    }
}
