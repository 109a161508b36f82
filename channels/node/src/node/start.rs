//! Putting a node together, running it, and the handle that the rest has of it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use farbank_channels::domain::ChannelTerms;
use farbank_channels::signature::{ChannelSigner as _, NodeId, NodeKey};
use farbank_channels::switch::{Switch, SwitchConfig, SwitchInput, SwitchRejection};
use farbank_transport::{Admission, NodeCredential, PeerListener, Protocol, Standing};
use farbank_types::bitcoin::secp256k1::PublicKey;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::effects::NodeEffects;
use super::{chain, node_credential, NodeError, NodeOptions};
use crate::clock::Clock;
use crate::engine::{start, Engine, EngineError, EngineLoop, Started};
use crate::events::Events;
use crate::links::{LinkFigures, Links};
use crate::log::Log;
use crate::machine::ChannelWire;
use crate::side_chain::SideChainView;

/// Peers that are known, as the listener asks for them.
type Known = Arc<RwLock<BTreeSet<PublicKey>>>;

/// A node that is ready to run.
#[derive(Debug)]
pub struct ChannelNode<C> {
    handle: NodeHandle,
    core: EngineLoop<Switch, C>,
    listener: PeerListener<PublicKey>,
    credential: Arc<NodeCredential>,
    options: NodeOptions,
    clock: C,
}

/// What others may do with a node while it runs.
#[derive(Clone, Debug)]
pub struct NodeHandle {
    engine: Engine<Switch>,
    links: Arc<Links<Switch, ChannelWire>>,
    events: Events,
    log: Arc<Log>,
    known: Known,
    node: NodeId,
    address: SocketAddr,
    replayed: usize,
}

impl<C: Clock + Clone> ChannelNode<C> {
    /// Reads the log, listens for peers, and takes nothing yet. `rules` replace those of the log where
    /// they differ.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn open(
        options: NodeOptions,
        key: NodeKey,
        rules: SwitchConfig,
        clock: C,
    ) -> Result<Self, NodeError> {
        let key = Arc::new(key);
        let credential = Arc::new(node_credential(&key)?);
        let own = key.node_id();
        let (folder, sizes) = (options.state_dir.clone(), (options.log, options.engine));
        let initial = Switch::new(own, rules.clone());
        let (signer, time) = (Arc::clone(&key), clock.clone());
        let read = move || start(&folder, sizes, initial, signer, time);
        let read = tokio::task::spawn_blocking(read).await.map_err(|_| NodeError::BrokeDown)?;
        let Started { engine, core, replayed } = read?;
        let switch = core.machine();
        if switch.node() != own {
            let (found, own) = (Box::new(switch.node()), Box::new(own));
            return Err(NodeError::ForeignLog { found, own });
        }
        let channels = switch.channels().map(|(_, peer, _)| *peer.public_key());
        let listed = options.peers.keys().map(|peer| *peer.public_key());
        let known: Known = Arc::new(RwLock::new(channels.chain(listed).collect()));
        let admission = admission(Arc::clone(&known), options.admit_strangers);
        let listener = PeerListener::bind(
            options.listen,
            &*credential,
            Protocol::CHANNELS,
            admission,
            options.links.peer,
        );
        let listener = listener.await?;
        let (address, log) = (listener.address(), core.log());
        let links = Links::new(*own.public_key(), options.links, engine.clone(), ChannelWire);
        let (links, events) = (Arc::new(links), Events::default());
        let handle = NodeHandle { engine, links, events, log, known, node: own, address, replayed };
        let node = Self { handle, core, listener, credential, options, clock };
        Ok(node.with_rules(rules))
    }

    /// Changed rules are an input like any other, so that a replay has them in their place.
    fn with_rules(self, rules: SwitchConfig) -> Self {
        if *self.core.machine().config() != rules {
            let (engine, change) = (self.handle.engine.clone(), Box::new(rules));
            tokio::spawn(async move {
                // A loop that never runs takes none.
                let _ = engine.bring(SwitchInput::Configure(change)).await;
            });
        }
        self
    }

    /// Returns the handle.
    #[must_use]
    pub fn handle(&self) -> NodeHandle {
        self.handle.clone()
    }

    /// Runs until `stop`, or until a part fails.
    ///
    /// # Errors
    /// [`NodeError`] of the first part that failed.
    pub async fn run(
        self,
        view: Arc<impl SideChainView>,
        stop: CancellationToken,
    ) -> Result<(), NodeError> {
        let Self { handle, core, listener, credential, options, clock } = self;
        let parts = stop.child_token();
        let mut tasks: JoinSet<Result<(), NodeError>> = JoinSet::new();
        let engine = handle.engine.clone();
        // Before any link is up: the ones of an earlier process are gone.
        let peers = core.machine().channels().map(|(_, peer, _)| peer).collect::<BTreeSet<_>>();
        let effects =
            NodeEffects { links: Arc::clone(&handle.links), events: handle.events.clone() };
        let running = parts.clone();
        tasks.spawn(async move { Ok(core.run(effects, running).await?) });
        for peer in peers {
            engine.bring(SwitchInput::LinkDown(peer)).await?;
        }
        let (host, hosting) = (Arc::clone(&handle.links), parts.clone());
        tasks.spawn(async move {
            listener.host(host, hosting).await;
            Ok(())
        });
        for (peer, address) in options.peers {
            let (links, credential) = (Arc::clone(&handle.links), Arc::clone(&credential));
            let (target, parts) = ((*peer.public_key(), address), parts.clone());
            tasks.spawn(async move { Ok(links.keep(credential, target, parts).await?) });
        }
        let events = handle.events.listen();
        let every = options.look_every;
        tasks.spawn(ended(
            parts.clone(),
            chain::follow(engine.clone(), Arc::clone(&view), chain::input),
        ));
        tasks.spawn(ended(parts.clone(), chain::post(engine.clone(), Arc::clone(&view), events)));
        tasks.spawn(ended(parts.clone(), chain::tick(engine.clone(), every)));
        let performing = chain::perform(engine, view, clock, every, chain::due);
        tasks.spawn(ended(parts.clone(), performing));
        drop(handle);
        let mut result = Ok(());
        while let Some(task) = tasks.join_next().await {
            parts.cancel();
            let task = task.unwrap_or(Err(NodeError::BrokeDown));
            if result.is_ok() {
                result = task;
            }
        }
        result
    }
}

/// Runs a part until the node stops. That the core loop has ended is told by the core loop.
async fn ended(
    stop: CancellationToken,
    part: impl core::future::Future<Output = Result<(), EngineError>>,
) -> Result<(), NodeError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        ended = part => match ended {
            Ok(()) | Err(EngineError::Stopped) => Ok(()),
            Err(error) => Err(error.into()),
        },
    }
}

fn admission(known: Known, strangers: bool) -> Admission<PublicKey> {
    Admission::by(move |peer| {
        if known.read().unwrap_or_else(PoisonError::into_inner).contains(&peer) {
            Standing::Known
        } else if strangers {
            Standing::Stranger
        } else {
            Standing::Refused
        }
    })
}

impl NodeHandle {
    /// Returns who the node is.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Returns where it listens for peers.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns how many records the start replayed.
    #[must_use]
    pub const fn replayed(&self) -> usize {
        self.replayed
    }

    /// Returns what happens from now on.
    #[must_use]
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// Returns the log, for its figures.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns what was counted about links.
    #[must_use]
    pub fn link_figures(&self) -> &LinkFigures {
        self.links.figures()
    }

    /// Returns whether a link to a peer is up.
    #[must_use]
    pub fn is_linked(&self, peer: &NodeId) -> bool {
        self.links.is_up(*peer.public_key())
    }

    /// Brings a command and waits until it is durable, or refused.
    ///
    /// # Errors
    /// [`EngineError`]; the inner error is the switch's refusal.
    pub async fn command(
        &self,
        input: SwitchInput,
    ) -> Result<Result<(), SwitchRejection>, EngineError> {
        self.engine.command(input).await
    }

    /// Returns what `look` finds in the state, once that is durable.
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Switch) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        self.engine.look(look).await
    }

    /// Takes a channel up: its peer may connect from now on, and a link that is up begins anew, so that
    /// both ends say where they stand in this channel too.
    ///
    /// # Errors
    /// [`EngineError`]; the inner error is the switch's refusal.
    pub async fn open_channel(
        &self,
        terms: ChannelTerms,
        peer: NodeId,
    ) -> Result<Result<(), SwitchRejection>, EngineError> {
        let opened = self.engine.command(SwitchInput::Open { terms, peer }).await?;
        if opened.is_ok() {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(*peer.public_key());
            drop(known);
            self.links.cut(*peer.public_key(), "ChannelOpened");
        }
        Ok(opened)
    }
}
