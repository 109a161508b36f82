//! What a node knows.

use std::collections::{BTreeMap, BTreeSet};

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::config::{Registry, SwitchConfig};
use super::invoices::ExpectedPayment;
use super::output::SwitchOutput;
use super::payments::Payment;
use crate::channel::{ChainDuty, Channel};
use crate::domain::ChannelId;
use crate::invoice::{Invoice, InvoiceRejection, InvoiceScope};
use crate::locks::Lock;
use crate::onion::{HopSecret, OnionKey, ReplayCache};
use crate::payload::{AssetKey, QuoteId};
use crate::quote::{Quote, QuoteBook};
use crate::signature::{ChannelSigner, NodeId};
use crate::units::{LockId, PaymentHash, TokenAmount};

/// A lock of this node: in one of its channels, in one direction that the context tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LockKey {
    /// The channel.
    pub channel: ChannelId,
    /// Its number there.
    pub lock: LockId,
}

/// The node's key: signs for its channels and agrees on secrets with payers.
pub trait SwitchSigner: ChannelSigner + OnionKey {}

impl<T: ChannelSigner + OnionKey> SwitchSigner for T {}

/// Whole state of a node. Equal inputs give equal states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    pub(super) node: NodeId,
    pub(super) config: SwitchConfig,
    pub(super) links: BTreeMap<ChannelId, Link>,
    pub(super) peers: BTreeMap<NodeId, Peer>,
    pub(super) incoming: BTreeMap<LockKey, IncomingLock>,
    pub(super) outgoing: BTreeMap<LockKey, OutgoingLock>,
    pub(super) expected: BTreeMap<PaymentHash, ExpectedPayment>,
    pub(super) payments: BTreeMap<PaymentHash, Payment>,
    pub(super) quotes: QuoteBook,
    pub(super) replay: ReplayCache,
    /// Every hash that final blocks revealed: they count for every later lock as well.
    pub(super) revealed: BTreeSet<(Registry, PaymentHash)>,
    /// Channels that have something to sign.
    pub(super) ready: BTreeSet<ChannelId>,
    /// Last moments of payments that are held.
    pub(super) held: BTreeSet<(UnixTime, PaymentHash)>,
    /// When records are forgotten.
    pub(super) forget: BTreeSet<(UnixTime, PaymentHash)>,
}

/// A channel in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) channel: Channel,
    pub(super) peer: NodeId,
    pub(super) asset: AssetKey,
}

/// A peer, with what waits with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Peer {
    pub(super) channels: Vec<ChannelId>,
    pub(super) locks_in: u32,
    pub(super) locks_out: u32,
    /// Locked in both directions.
    pub(super) locked: BTreeMap<AssetKey, TokenAmount>,
    /// It made the node claim on chain.
    pub(super) suspended: bool,
}

/// An incoming lock that the node took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IncomingLock {
    pub(super) lock: Lock,
    pub(super) purpose: Purpose,
    /// Whether nothing is left to decide: its preimage was shown, or nobody knows what became of the
    /// lock that went out for it. Its payer pays it, or the chain does.
    pub(super) is_answered: bool,
}

/// What an incoming lock is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// A payment to the node; the secret, when it came in an onion, hides its failure.
    Expected(Option<HopSecret>),
    /// A payment between others; the secret wraps its failure.
    Forward(HopSecret),
}

/// A lock that the node offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OutgoingLock {
    pub(super) amount: TokenAmount,
    pub(super) hash: PaymentHash,
    pub(super) origin: Origin,
}

/// On whose behalf a lock was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Origin {
    /// The node's own.
    Payment,
    /// That of the payer of an incoming lock.
    Forward(LockKey),
}

/// What one input is applied with, and what it leads to.
pub(super) struct Step<'a, S> {
    pub(super) now: UnixTime,
    pub(super) signer: &'a S,
    pub(super) outputs: Vec<SwitchOutput>,
}

impl Switch {
    /// Makes a node without channels.
    #[must_use]
    pub fn new(node: NodeId, config: SwitchConfig) -> Self {
        // Beyond the address space there is no room anyway.
        let capacity = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Self {
            node,
            links: BTreeMap::new(),
            peers: BTreeMap::new(),
            incoming: BTreeMap::new(),
            outgoing: BTreeMap::new(),
            expected: BTreeMap::new(),
            payments: BTreeMap::new(),
            quotes: QuoteBook::new(capacity(config.quote_capacity)),
            replay: ReplayCache::new(capacity(config.replay_capacity)),
            revealed: BTreeSet::new(),
            ready: BTreeSet::new(),
            held: BTreeSet::new(),
            forget: BTreeSet::new(),
            config,
        }
    }

    /// Returns who the node is.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Returns its rules.
    #[must_use]
    pub const fn config(&self) -> &SwitchConfig {
        &self.config
    }

    /// Returns a channel.
    #[must_use]
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.links.get(id).map(|link| &link.channel)
    }

    /// Returns every channel with its peer and asset, by id.
    pub fn channels(&self) -> impl Iterator<Item = (&Channel, NodeId, AssetKey)> + '_ {
        self.links.values().map(|link| (&link.channel, link.peer, link.asset))
    }

    /// Returns a payment that the node makes or made, while it is remembered.
    #[must_use]
    pub fn payment(&self, hash: &PaymentHash) -> Option<&Payment> {
        self.payments.get(hash)
    }

    /// Returns a payment that the node expects or got, while it is remembered.
    #[must_use]
    pub fn expected(&self, hash: &PaymentHash) -> Option<&ExpectedPayment> {
        self.expected.get(hash)
    }

    /// Checks that the node could pay an invoice now, and returns how much; `given` is for invoices that
    /// leave that to the payer.
    ///
    /// # Errors
    /// [`InvoiceRejection`]: expired, foreign, or for an amount that is missing or another.
    pub fn check_invoice(
        &self,
        invoice: &Invoice,
        given: Option<TokenAmount>,
        now: UnixTime,
    ) -> Result<TokenAmount, InvoiceRejection> {
        let assets: Vec<AssetKey> = self.config.assets.keys().copied().collect();
        invoice.check(&InvoiceScope { now, assets: &assets }, given)
    }

    /// Returns a quote of the node's that can still be used.
    #[must_use]
    pub fn quote(&self, id: &QuoteId, now: UnixTime) -> Option<&Quote> {
        self.quotes.live(id, now)
    }

    /// Whether a peer made the node claim a lock on chain, and was not trusted again since.
    #[must_use]
    pub fn is_suspended(&self, peer: &NodeId) -> bool {
        self.peers.get(peer).is_some_and(|peer| peer.suspended)
    }

    /// Returns how many locks wait, incoming and outgoing.
    #[must_use]
    pub fn locks(&self) -> (usize, usize) {
        (self.incoming.len(), self.outgoing.len())
    }

    /// Returns what is to be done on chain, for as long as it is returned. Idempotent; to be asked
    /// after a restart and once a second.
    #[must_use]
    pub fn duties(&self, now: UnixTime) -> Vec<(ChannelId, ChainDuty)> {
        let duties = |(id, link): (&ChannelId, &Link)| {
            let id = *id;
            link.channel.duties(now).into_iter().map(move |duty| (id, duty))
        };
        self.links.iter().flat_map(duties).collect()
    }
}
