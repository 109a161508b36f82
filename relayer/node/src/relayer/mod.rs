//! The relayer: both observers, executor, payer and the HTTP interface in one process.
//!
//! Every part runs in one [`JoinSet`]; the first that fails for good stops the others. A node that
//! does not answer, hangs or lies is no failure: its part tries again with growing pauses and says
//! so in the status.

mod error;
mod health;
mod repeat;
mod secrets;
pub(crate) mod start;
mod supervise;

pub use error::RelayerError;
pub use health::{Health, Part, PartFault, PartHealth};
pub(crate) use repeat::{repeat, Pace};
pub use start::on_signal;
pub(crate) use supervise::supervise;

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::api;
use crate::clock::SystemClock;
use crate::config::RelayerConfig;
use start::{bind, Parts};

/// The executor also wakes up when the record changes; this is for what only time changes.
const ACT_EVERY: Duration = Duration::from_secs(1);
/// The parts that a relayer's health is made of.
pub(crate) const PARTS: [Part; 4] = [Part::Bitcoin, Part::SideChain, Part::Executor, Part::Payer];
/// Shortest pause after a fault.
const LEAST_BACKOFF: Duration = Duration::from_millis(200);

/// Runs a relayer until `shutdown` is cancelled or something of its own fails for good.
///
/// # Errors
/// [`RelayerError`]: a configuration, deployment or state folder that cannot be used, a port that is
/// taken, nodes of another network or chain, a failing disk. Nodes that are away are waited for.
pub async fn run(config: RelayerConfig, shutdown: CancellationToken) -> Result<(), RelayerError> {
    config.check()?;
    let listener = bind(config.api.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|source| RelayerError::Listen { address: config.api.listen, source })?;
    // Both nodes are asked once before anything runs; a signal in between ends it.
    let parts = tokio::select! {
        biased;
        () = shutdown.cancelled() => return Ok(()),
        parts = Parts::prepare(&config) => parts?,
    };
    serve(&config, parts, listener, address, shutdown).await
}

async fn serve(
    config: &RelayerConfig,
    parts: Parts,
    listener: TcpListener,
    address: SocketAddr,
    shutdown: CancellationToken,
) -> Result<(), RelayerError> {
    let stop = shutdown.child_token();
    let health = Arc::new(Health::new(SystemClock, &PARTS));
    let mut tasks = JoinSet::new();
    spawn_observers(&mut tasks, config, &parts, &health, &stop);
    spawn_executor(&mut tasks, config, &parts, &health, &stop);
    spawn_payer(&mut tasks, config, &parts, &health, &stop);
    let router = api::router(api::ApiState::new(config, &parts, Arc::clone(&health)));
    let stopped = stop.clone().cancelled_owned();
    tasks.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        served.map_err(|source| RelayerError::Listen { address, source })
    });
    tracing::info!(
        %address, account = %parts.executor.account(), bridge = %parts.deployment.contracts.bridge,
        "the relayer runs"
    );
    let timeout = Duration::from_secs(config.runtime.shutdown_timeout_secs);
    let ended = supervise(tasks, &stop, timeout).await;
    parts.ledger.store().close().await;
    tracing::info!("the relayer stopped");
    ended
}

fn spawn_observers(
    tasks: &mut JoinSet<Result<(), RelayerError>>,
    config: &RelayerConfig,
    parts: &Parts,
    health: &Arc<Health>,
    stop: &CancellationToken,
) {
    let backoff = (LEAST_BACKOFF, Duration::from_secs(config.runtime.max_backoff_secs));
    let every = Duration::from_millis(config.bitcoin.poll_interval_millis);
    let (observer, state, stopped) = (Arc::clone(&parts.bitcoin), Arc::clone(health), stop.clone());
    tasks.spawn(async move {
        let step = || async { observer.look().await.map(|more| !more) };
        let is_fatal = crate::pipeline::ObserveError::is_fatal;
        let pace = Pace { every, backoff };
        repeat(Part::Bitcoin, pace, &state, stopped, step, is_fatal, core::future::pending).await?;
        Ok(())
    });
    let every = Duration::from_millis(config.side_chain.poll_interval_millis);
    let (observer, state, stopped) =
        (Arc::clone(&parts.contract), Arc::clone(health), stop.clone());
    tasks.spawn(async move {
        let step = || async { observer.look().await.map(|()| true) };
        let is_fatal = crate::pipeline::ObserveError::is_fatal;
        let pace = Pace { every, backoff };
        repeat(Part::SideChain, pace, &state, stopped, step, is_fatal, core::future::pending)
            .await?;
        Ok(())
    });
}

fn spawn_executor(
    tasks: &mut JoinSet<Result<(), RelayerError>>,
    config: &RelayerConfig,
    parts: &Parts,
    health: &Arc<Health>,
    stop: &CancellationToken,
) {
    let backoff = (LEAST_BACKOFF, Duration::from_secs(config.runtime.max_backoff_secs));
    let (executor, ledger) = (Arc::clone(&parts.executor), Arc::clone(&parts.ledger));
    let (state, stopped) = (Arc::clone(health), stop.clone());
    tasks.spawn(async move {
        let step = || async { executor.act().await.map(|()| true) };
        let is_fatal = crate::executor::ActError::is_fatal;
        let pace = Pace { every: ACT_EVERY, backoff };
        let wake = || ledger.changed();
        repeat(Part::Executor, pace, &state, stopped, step, is_fatal, wake).await?;
        Ok(())
    });
}

fn spawn_payer(
    tasks: &mut JoinSet<Result<(), RelayerError>>,
    config: &RelayerConfig,
    parts: &Parts,
    health: &Arc<Health>,
    stop: &CancellationToken,
) {
    let backoff = (LEAST_BACKOFF, Duration::from_secs(config.runtime.max_backoff_secs));
    let (payer, ledger) = (Arc::clone(&parts.payer), Arc::clone(&parts.ledger));
    let (state, stopped) = (Arc::clone(health), stop.clone());
    tasks.spawn(async move {
        let step = || async { payer.act().await.map(|()| true) };
        let is_fatal = crate::executor::ActError::is_fatal;
        let pace = Pace { every: ACT_EVERY, backoff };
        let wake = || ledger.changed();
        repeat(Part::Payer, pace, &state, stopped, step, is_fatal, wake).await?;
        Ok(())
    });
}
