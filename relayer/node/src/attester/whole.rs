//! An attester without its process: whoever drives it brings nodes, a clock and peers.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use farbank_federation::bridge_state::BridgeIdentity;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::policy::PolicyLimits;
use farbank_federation::share::KeyShare;
use farbank_relayer_core::ports::BitcoinNetwork;
use farbank_relayer_store::{SqliteAttesterStore, StoreError};
use farbank_transport::{PeerError, PeerService};
use farbank_types::{BitcoinHeight, Deployment, EvmBlockNumber, PeerIdentity, B256};

use super::bitcoin::{BitcoinView, BitcoinViewError};
use super::desk::{Desk, Terms, Views};
use super::figures::{Counts, Figures};
use super::journal::Journal;
use super::side_chain::{SideView, SideViewError, Start};
use super::side_source::SideSource;
use crate::clock::Clock;

/// What an attester is told, by its operator and by the deployment that it verifies.
#[derive(Debug)]
pub struct AttesterTerms {
    /// The bridge.
    pub deployment: Arc<Deployment>,
    /// The bridge's account on the side chain.
    pub bridge: BridgeIdentity,
    /// Hash of the side chain's genesis block.
    pub genesis: B256,
    /// From where the side chain is followed.
    pub start: Start,
    /// What is signed at most.
    pub limits: PolicyLimits,
    /// Who may ask for signatures.
    pub relayers: BTreeSet<PeerIdentity>,
    /// The share to sign with.
    pub share: KeyShare,
}

/// An attester: its own view of both chains, what it signed, and the desk that answers peers.
pub struct Attester<N, S, C> {
    bitcoin: Arc<BitcoinView<N, C>>,
    side_chain: Arc<SideView<S, C>>,
    journal: Arc<Journal>,
    figures: Arc<Figures>,
    desk: Desk<N, S, C>,
}

impl<N: BitcoinNetwork + 'static, S: SideSource, C: Clock + Clone> Attester<N, S, C> {
    /// Opens the attester's state in `folder`, or makes it. Nodes are asked when it looks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(
        terms: AttesterTerms,
        network: Arc<N>,
        source: Arc<S>,
        clock: C,
        folder: &Path,
    ) -> Result<Self, StoreError> {
        let AttesterTerms { deployment, bridge, genesis, start, limits, relayers, share } = terms;
        let instance = deployment.instance;
        let store = SqliteAttesterStore::open(folder, instance).await?;
        let journal = Arc::new(Journal::open(store).await?);
        let (own, figures) = (Arc::clone(&journal), Arc::new(Figures::default()));
        let bitcoin = BitcoinView::new(network, deployment, own, clock.clone(), folder);
        let side_chain = SideView::new(source, genesis, bridge, start, clock.clone(), folder);
        let (bitcoin, side_chain) = (Arc::new(bitcoin), Arc::new(side_chain));
        let desk = Desk::new(
            Views {
                bitcoin: Arc::clone(&bitcoin),
                side_chain: Arc::clone(&side_chain),
                journal: Arc::clone(&journal),
                clock,
            },
            Terms { instance, limits, relayers },
            Arc::clone(&figures),
            share,
        );
        Ok(Self { bitcoin, side_chain, journal, figures, desk })
    }

    /// Looks at Bitcoin once; returns whether there is more to do at once.
    ///
    /// # Errors
    /// [`BitcoinViewError`]; what was found before the fault is kept.
    pub async fn look_at_bitcoin(&self) -> Result<bool, BitcoinViewError> {
        self.bitcoin.look().await
    }

    /// Looks at the side chain once; returns whether there is more to do at once.
    ///
    /// # Errors
    /// [`SideViewError`]; what was found before the fault is kept.
    pub async fn look_at_side_chain(&self) -> Result<bool, SideViewError> {
        self.side_chain.look().await
    }

    /// Returns which member it is.
    #[must_use]
    pub const fn index(&self) -> AttesterIndex {
        self.desk.index()
    }

    /// Returns the height of its Bitcoin tip.
    pub async fn bitcoin_tip(&self) -> Option<BitcoinHeight> {
        self.bitcoin.tip().await
    }

    /// Returns the newest side-chain block that is final for it.
    pub async fn newest_final(&self) -> Option<EvmBlockNumber> {
        self.side_chain.newest_final().await
    }

    /// Returns how many signed transactions it remembers.
    pub async fn signed_intents(&self) -> usize {
        self.journal.own().await.len()
    }

    /// Returns what it counted since it was opened.
    pub(super) fn counts(&self) -> Counts {
        self.figures.counts()
    }

    /// Closes its record after the work under way.
    pub async fn close(&self) {
        self.journal.store().close().await;
    }
}

impl<N: BitcoinNetwork + 'static, S: SideSource, C: Clock + Clone> PeerService
    for Attester<N, S, C>
{
    async fn answer(&self, peer: PeerIdentity, request: Bytes) -> Bytes {
        self.desk.answer(peer, &request).await
    }

    fn cut_off(&self, reason: &PeerError) {
        self.figures.cut_off(reason.name());
    }
}

impl<N, S, C> core::fmt::Debug for Attester<N, S, C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Attester").field("figures", &self.figures).finish_non_exhaustive()
    }
}
