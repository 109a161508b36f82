//! Requests of peers: what may be signed is judged here, against this attester's own view.

use std::collections::BTreeSet;
use std::sync::Arc;

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bytes::Bytes;
use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{AttesterStatus, Hello, Proposal, Refusal, Request, Response};
use farbank_federation::policy::{judge, prunable, PolicyLimits, PolicyRefusal, SignedIntent};
use farbank_federation::share::KeyShare;
use farbank_federation::signing::{Signer, SigningBatch, SigningSet};
use farbank_relayer_core::ports::BitcoinNetwork;
use farbank_types::{BitcoinHeight, BlockCount, PeerIdentity, B256};

use super::bitcoin::BitcoinView;
use super::figures::Figures;
use super::journal::Journal;
use super::rounds::Rounds;
use super::side_chain::{SideView, StateError};
use super::side_source::SideSource;
use crate::clock::Clock;

/// An intent is kept until custody was proven so many blocks ago: a day, far deeper than any
/// reorganisation that a proof could be undone by.
const KEPT_BLOCKS: BlockCount = BlockCount::new(144);

/// What an attester sees and remembers.
pub(crate) struct Views<N, S, C> {
    /// Its own view of Bitcoin.
    pub(crate) bitcoin: Arc<BitcoinView<N, C>>,
    /// Its own view of the side chain.
    pub(crate) side_chain: Arc<SideView<S, C>>,
    /// What it signed.
    pub(crate) journal: Arc<Journal>,
    /// Its clock.
    pub(crate) clock: C,
}

/// For whom and within which limits it signs.
pub(crate) struct Terms {
    /// The bridge.
    pub(crate) instance: B256,
    /// The limits.
    pub(crate) limits: PolicyLimits,
    /// Who may ask for signatures.
    pub(crate) relayers: BTreeSet<PeerIdentity>,
}

/// What was decided about a session: the intent, and the tip when it was judged.
type Decision = (SignedIntent, BitcoinHeight);

/// Answers peers.
pub(crate) struct Desk<N, S, C> {
    views: Views<N, S, C>,
    terms: Terms,
    figures: Arc<Figures>,
    index: AttesterIndex,
    group: Group,
    rounds: Rounds<Decision>,
    secp: Secp256k1<VerifyOnly>,
}

impl<N: BitcoinNetwork + 'static, S: SideSource, C: Clock> Desk<N, S, C> {
    pub(crate) fn new(
        views: Views<N, S, C>,
        terms: Terms,
        figures: Arc<Figures>,
        share: KeyShare,
    ) -> Self {
        let (index, group) = (share.index(), share.group().clone());
        let rounds = Rounds::new(Signer::new(share));
        let secp = Secp256k1::verification_only();
        Self { views, terms, figures, index, group, rounds, secp }
    }

    /// Returns which member this is.
    pub(crate) const fn index(&self) -> AttesterIndex {
        self.index
    }

    /// Answers one request; `peer` has proved who it is.
    pub(crate) async fn answer(&self, peer: PeerIdentity, request: &[u8]) -> Bytes {
        let response = self.respond(peer, request).await.unwrap_or_else(|refusal| {
            tracing::warn!(%peer, name = refusal.name(), ?refusal, "refused: {refusal}");
            self.figures.refused(refusal.name());
            Response::Refused(refusal)
        });
        // No answer has a part that cannot be written.
        response.encode().map(Bytes::from_owner).unwrap_or_default()
    }

    async fn respond(&self, peer: PeerIdentity, request: &[u8]) -> Result<Response, Refusal> {
        match Request::decode(request)? {
            Request::Hello(Hello { instance }) => self.status(instance).await,
            Request::Propose(_) | Request::Sign(_) if !self.terms.relayers.contains(&peer) => {
                Err(Refusal::NotAllowed)
            }
            Request::Propose(proposal) => self.propose(peer, *proposal).await,
            Request::Sign(set) => self.sign(peer, &set).await,
            Request::Dkg(_) => Err(Refusal::NoCeremony),
        }
    }

    async fn status(&self, theirs: Option<B256>) -> Result<Response, Refusal> {
        let ours = Some(self.terms.instance);
        if theirs.is_some() && theirs != ours {
            return Err(Refusal::WrongInstance { ours, theirs });
        }
        Ok(Response::Status(AttesterStatus {
            index: self.index,
            instance: ours,
            group: Some(self.group.hash()),
            bitcoin_tip: self.views.bitcoin.tip().await,
            final_block: self.views.side_chain.newest_final().await,
        }))
    }

    /// Judges a proposal and commits to nonces for it.
    async fn propose(&self, peer: PeerIdentity, proposal: Proposal) -> Result<Response, Refusal> {
        let Proposal { session, key, request } = proposal;
        if key != self.group.federation_key() {
            return Err(Refusal::NoShare { key });
        }
        let state = self.views.side_chain.state(&request).await.map_err(unavailable)?;
        let (intent, tip) = {
            let verified = self.views.bitcoin.verified().await;
            let chain = verified.as_ref().and_then(|verified| verified.get());
            let Some(chain) = chain else {
                tracing::warn!("asked to sign before this attester's own view is complete");
                return Err(Refusal::Unavailable);
            };
            let (own, now) = (self.views.journal.own().await, self.views.clock.now());
            let limits = &self.terms.limits;
            let gone = prunable(&own, &state, chain, limits, KEPT_BLOCKS, now);
            self.views.journal.forget(&gone).await.map_err(|error| failing(&error))?;
            (judge(&request, &state, chain, &own, limits, now)?, chain.tip().height)
        };
        let inputs = intent.signing_inputs(&self.secp).map_err(|error| failing(&error))?;
        let batch = SigningBatch::of_key(&inputs, key).map_err(|error| failing(&error))?;
        let txid = intent.txid();
        let commitments = self.rounds.commit(peer, session, batch, (intent, tip))?;
        tracing::info!(%txid, %session, "found a transaction that may be signed");
        Ok(Response::Committed { session, commitments })
    }

    /// Signs what was judged. The intent is durable before the shares leave.
    async fn sign(&self, peer: PeerIdentity, set: &SigningSet) -> Result<Response, Refusal> {
        let session = set.session;
        let ((intent, tip), shares) = self.rounds.sign(peer, set)?;
        let txid = intent.txid();
        self.views.journal.add(intent, tip).await.map_err(|error| failing(&error))?;
        self.figures.signed();
        tracing::info!(%txid, %session, "signed a custody transaction");
        Ok(Response::Signed { session, shares })
    }
}

/// The own view is not complete, or lies; what exactly is for this attester's operator.
fn unavailable(error: StateError) -> Refusal {
    match error {
        StateError::Shape(refusal) => PolicyRefusal::from(refusal).into(),
        StateError::NothingFinal | StateError::Node(_) | StateError::State(_) => {
            tracing::warn!(%error, "the state to judge by is not known");
            Refusal::Unavailable
        }
    }
}

fn failing(error: &dyn core::error::Error) -> Refusal {
    tracing::error!(%error, "a request met a fault of this attester's own");
    Refusal::Unavailable
}
