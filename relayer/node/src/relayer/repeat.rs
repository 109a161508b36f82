//! The loop of every part: a step, a pause; after a fault a longer one.

use core::future::Future;
use core::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

use super::health::{Health, Part};

/// How often a part runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Pause after a step that found nothing more to do.
    pub(crate) every: Duration,
    /// Shortest and longest pause after a fault.
    pub(crate) backoff: (Duration, Duration),
}

/// Repeats `step` until `stop`; it returns whether it is done for now. A fault that is not fatal is
/// kept in `health` and tried again; `wake` cuts a pause short.
pub(crate) async fn repeat<E, S, W>(
    part: Part,
    pace: Pace,
    health: &Health,
    stop: CancellationToken,
    mut step: impl FnMut() -> S,
    is_fatal: impl Fn(&E) -> bool,
    wake: impl Fn() -> W,
) -> Result<(), E>
where
    E: std::error::Error,
    S: Future<Output = Result<bool, E>>,
    W: Future<Output = ()>,
{
    let (least, most) = pace.backoff;
    let builder = ExponentialBuilder::default()
        .with_min_delay(least.min(most))
        .with_max_delay(most)
        .with_jitter()
        .without_max_times();
    let mut backoff = builder.build();
    loop {
        let outcome = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            outcome = step() => outcome,
        };
        let pause = match outcome {
            Ok(done) => {
                health.succeeded(part);
                backoff = builder.build();
                if done {
                    pace.every
                } else {
                    Duration::ZERO
                }
            }
            Err(error) if is_fatal(&error) => return Err(error),
            Err(error) => {
                health.failed(part, &error);
                backoff.next().unwrap_or(most)
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = wake() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
