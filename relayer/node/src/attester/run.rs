//! The process: both views, peers and the HTTP interface.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::api::{self, ApiState};
use super::bitcoin::BitcoinViewError;
use super::side_chain::SideViewError;
use super::start::Parts;
use super::AttesterError;
use crate::clock::SystemClock;
use crate::config::AttesterConfig;
use crate::relayer::{repeat, supervise, Health, Pace, Part};

/// The parts that an attester's health is made of.
pub(super) const PARTS: [Part; 2] = [Part::Bitcoin, Part::SideChain];
/// Shortest pause after a fault.
const LEAST_BACKOFF: Duration = Duration::from_millis(200);

/// Runs an attester until `shutdown` is cancelled or something of its own fails for good.
///
/// It answers peers at once, and refuses to sign until its own view of both chains is complete: the
/// deployment's custody output in a block of its own Bitcoin chain, the bridge's code in the state of
/// a block that is final for it.
///
/// # Errors
/// [`AttesterError`]: a configuration, deployment, share or state folder that cannot be used, a port
/// that is taken, a failing disk. Nodes that are away, wrong or lying are waited for, with the reason
/// in the log and the status.
pub async fn run(config: AttesterConfig, shutdown: CancellationToken) -> Result<(), AttesterError> {
    config.check()?;
    let listen = |source| AttesterError::Listen { address: config.api.listen, source };
    let http = TcpListener::bind(config.api.listen).await.map_err(listen)?;
    let address = http.local_addr().map_err(listen)?;
    let parts = Parts::prepare(&config).await?;
    serve(&config, parts, http, address, shutdown).await
}

async fn serve(
    config: &AttesterConfig,
    parts: Parts,
    http: TcpListener,
    address: SocketAddr,
    shutdown: CancellationToken,
) -> Result<(), AttesterError> {
    let stop = shutdown.child_token();
    let health = Arc::new(Health::new(SystemClock, &PARTS));
    let mut tasks = JoinSet::new();
    spawn_views(&mut tasks, config, &parts, &health, &stop);
    let router = api::router(ApiState::new(&parts, Arc::clone(&health)));
    let stopped = stop.clone().cancelled_owned();
    tasks.spawn(async move {
        let served = axum::serve(http, router).with_graceful_shutdown(stopped).await;
        served.map_err(|source| AttesterError::Listen { address, source })
    });
    let Parts { deployment, attester, listener } = parts;
    tracing::info!(
        http = %address, peers = %listener.address(), member = %attester.index(),
        bridge = %deployment.contracts.bridge, "the attester runs"
    );
    let (desk, stopped) = (Arc::clone(&attester), stop.clone());
    tasks.spawn(async move {
        listener.serve(desk, stopped).await;
        Ok(())
    });
    let timeout = Duration::from_secs(config.runtime.shutdown_timeout_secs);
    let ended = supervise(tasks, &stop, timeout).await;
    attester.close().await;
    tracing::info!("the attester stopped");
    ended
}

fn spawn_views(
    tasks: &mut JoinSet<Result<(), AttesterError>>,
    config: &AttesterConfig,
    parts: &Parts,
    health: &Arc<Health>,
    stop: &CancellationToken,
) {
    let backoff = (LEAST_BACKOFF, Duration::from_secs(config.runtime.max_backoff_secs));
    let every = Duration::from_millis(config.bitcoin.poll_interval_millis);
    let (attester, state, stopped) =
        (Arc::clone(&parts.attester), Arc::clone(health), stop.clone());
    tasks.spawn(async move {
        let step = || async { attester.look_at_bitcoin().await.map(|more| !more) };
        let is_fatal = BitcoinViewError::is_fatal;
        let pace = Pace { every, backoff };
        repeat(Part::Bitcoin, pace, &state, stopped, step, is_fatal, core::future::pending).await?;
        Ok(())
    });
    let every = Duration::from_millis(config.side_chain.poll_interval_millis);
    let (attester, state, stopped) =
        (Arc::clone(&parts.attester), Arc::clone(health), stop.clone());
    tasks.spawn(async move {
        let step = || async { attester.look_at_side_chain().await.map(|more| !more) };
        let is_fatal = SideViewError::is_fatal;
        let pace = Pace { every, backoff };
        repeat(Part::SideChain, pace, &state, stopped, step, is_fatal, core::future::pending)
            .await?;
        Ok(())
    });
}
