//! The end of a process: the first part that ends takes the others with it.

use core::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Waits until a part ends, tells the others to stop, and gives them `timeout`. Returns the first
/// failure; being told to stop is none.
pub(crate) async fn supervise<E: From<JoinError> + 'static>(
    mut tasks: JoinSet<Result<(), E>>,
    stop: &CancellationToken,
    timeout: Duration,
) -> Result<(), E> {
    let mut failure = failure_of(tasks.join_next().await);
    stop.cancel();
    let rest = tokio::time::timeout(timeout, async {
        let mut failure = None;
        while let Some(ended) = tasks.join_next().await {
            failure = failure.or(failure_of(Some(ended)));
        }
        failure
    })
    .await;
    if rest.is_err() {
        tracing::warn!("some work did not end in time and is cut off; the next start continues it");
        tasks.shutdown().await;
    }
    failure = failure.or(rest.ok().flatten());
    failure.map_or(Ok(()), Err)
}

fn failure_of<E: From<JoinError>>(ended: Option<Result<Result<(), E>, JoinError>>) -> Option<E> {
    match ended? {
        Ok(result) => result.err(),
        Err(broken) if broken.is_cancelled() => None,
        Err(broken) => Some(broken.into()),
    }
}
