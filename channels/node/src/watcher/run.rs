//! A watcher that runs: its log, its port, its view of the chain.

use core::convert::Infallible;
use core::time::Duration;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use farbank_channels::signature::{NodeId, NodeKey};
use farbank_transport::{
    Admission, CredentialError, PeerError, PeerLimits, PeerListener, PeerService,
};
use farbank_types::bitcoin::secp256k1::PublicKey;
use thiserror::Error;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::wire::{decode, encode};
use super::{WatchAnswer, WatchInput, WatchRejection, WatchRequest, Watching, PROTOCOL};
use crate::clock::Clock;
use crate::engine::{start, Effects, Engine, EngineError, EngineLoop, EngineOptions, Started};
use crate::log::LogOptions;
use crate::node::{chain, node_credential};
use crate::side_chain::{SideChainNews, SideChainView};

/// How a watcher is set up.
#[derive(Clone, Debug)]
pub struct WatcherOptions {
    /// Folder of its log.
    pub state_dir: PathBuf,
    /// Where it listens; port 0 for a free one.
    pub listen: SocketAddr,
    /// Nodes that it watches for.
    pub clients: BTreeSet<NodeId>,
    /// How often it looks whether something is due on chain.
    pub look_every: Duration,
    /// Sizes of the log.
    pub log: LogOptions,
    /// What a client may take.
    pub peer: PeerLimits,
}

impl Default for WatcherOptions {
    fn default() -> Self {
        Self {
            state_dir: "watcher".into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clients: BTreeSet::new(),
            look_every: Duration::from_secs(1),
            log: LogOptions::default(),
            peer: PeerLimits::default(),
        }
    }
}

/// What keeps a watcher from starting, or ends it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WatcherError {
    /// The core loop or its log.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The own port, or the own credential.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// No certificate.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A part broke down.
    #[error("a part of the watcher broke down; please report it")]
    BrokeDown,
}

/// A watcher that is ready to run.
#[derive(Debug)]
pub struct ChannelWatcher<C> {
    engine: Engine<Watching>,
    core: EngineLoop<Watching, C>,
    listener: PeerListener<PublicKey>,
    options: WatcherOptions,
    clock: C,
}

/// What others may ask a watcher while it runs.
#[derive(Clone, Debug)]
pub struct WatcherHandle {
    engine: Engine<Watching>,
    address: SocketAddr,
}

impl WatcherHandle {
    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns what `look` finds in the state, once that is durable.
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Watching) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        self.engine.look(look).await
    }
}

impl<C: Clock + Clone> ChannelWatcher<C> {
    /// Reads the log and listens; takes nothing yet.
    ///
    /// # Errors
    /// [`WatcherError`].
    pub async fn open(
        options: WatcherOptions,
        key: &NodeKey,
        clock: C,
    ) -> Result<Self, WatcherError> {
        let credential = node_credential(key)?;
        let (folder, sizes) = (options.state_dir.clone(), (options.log, EngineOptions::default()));
        let time = clock.clone();
        let read = move || start(&folder, sizes, Watching::default(), (), time);
        let read = tokio::task::spawn_blocking(read).await.map_err(|_| WatcherError::BrokeDown)?;
        let Started { engine, core, .. } = read?;
        let clients = options.clients.iter().map(|client| *client.public_key());
        let (admitted, limits) = (Admission::only(clients), options.peer);
        let listener =
            PeerListener::bind(options.listen, &credential, PROTOCOL, admitted, limits).await?;
        Ok(Self { engine, core, listener, options, clock })
    }

    /// Returns the handle.
    #[must_use]
    pub fn handle(&self) -> WatcherHandle {
        WatcherHandle { engine: self.engine.clone(), address: self.listener.address() }
    }

    /// Runs until `stop`, or until a part fails.
    ///
    /// # Errors
    /// [`WatcherError`] of the first part that failed.
    pub async fn run(
        self,
        view: Arc<impl SideChainView>,
        stop: CancellationToken,
    ) -> Result<(), WatcherError> {
        let Self { engine, core, listener, options, clock } = self;
        let parts = stop.child_token();
        let mut tasks: JoinSet<Result<(), WatcherError>> = JoinSet::new();
        let running = parts.clone();
        tasks.spawn(async move { Ok(core.run(Quiet, running).await?) });
        let (desk, serving) = (Arc::new(Desk(engine.clone())), parts.clone());
        tasks.spawn(async move {
            listener.serve(desk, serving).await;
            Ok(())
        });
        let following = chain::follow(engine.clone(), Arc::clone(&view), input);
        let due = |watching: &Watching, now| watching.duties(now);
        let performing = chain::perform(engine, view, clock, options.look_every, due);
        let ended = parts.clone();
        tasks.spawn(async move {
            let result = tokio::select! {
                biased;
                () = ended.cancelled() => Ok(()),
                followed = following => followed,
                performed = performing => performed,
            };
            match result {
                // That the core loop has ended is told by the core loop.
                Ok(()) | Err(EngineError::Stopped) => Ok(()),
                Err(error) => Err(error.into()),
            }
        });
        let mut result = Ok(());
        while let Some(task) = tasks.join_next().await {
            parts.cancel();
            let task = task.unwrap_or(Err(WatcherError::BrokeDown));
            if result.is_ok() {
                result = task;
            }
        }
        result
    }
}

const fn input(news: SideChainNews) -> WatchInput {
    match news {
        SideChainNews::Channel { id, event } => WatchInput::Channel { id, event },
        SideChainNews::Registry { event, .. } => WatchInput::Everywhere(event),
    }
}

/// A watcher tells nobody anything by itself.
struct Quiet;

impl Effects<Watching> for Quiet {
    fn release(&mut self, output: Infallible) {
        match output {}
    }

    fn refused(&mut self, _: WatchInput, why: WatchRejection) {
        tracing::debug!(reason = why.name(), %why, "refused");
    }
}

/// Takes what nodes hand over; answers when it is durable.
struct Desk(Engine<Watching>);

impl PeerService<PublicKey> for Desk {
    async fn answer(&self, peer: PublicKey, request: Bytes) -> Bytes {
        let answer = match decode::<WatchRequest>(&request) {
            None => WatchAnswer::Malformed,
            Some(WatchRequest { terms, update }) => {
                let (client, terms) = (NodeId::from(peer), Box::new(terms));
                let input = WatchInput::Keep { client, terms, update: Box::new(update) };
                match self.0.command(input).await {
                    Ok(Ok(())) => WatchAnswer::Kept,
                    Ok(Err(why)) => WatchAnswer::Refused(why),
                    Err(_) => WatchAnswer::Stopping,
                }
            }
        };
        encode(&answer).unwrap_or_default()
    }

    fn cut_off(&self, _: &PeerError) {}
}
