//! The attester's own view of the side chain: which block is final, and what its state says.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use farbank_contracts::{BlockAt, BlockRange, RawHeader};
use farbank_evm_light_client::clique::{
    CliqueChain, CliqueRejection, CliqueRules, Genesis, GenesisRejection, ImportOutcome,
};
use farbank_evm_light_client::own_node::{OwnNode, OwnNodeRejection};
use farbank_evm_light_client::proof::{AccountProof, StorageProof};
use farbank_evm_light_client::store::{FileHeaderStore, StoreError};
use farbank_evm_light_client::{FinalHeader, FinalityVerifier as _, HeaderRejection, SideHeader};
use farbank_federation::bridge_state::{
    Anchor, BridgeIdentity, BridgeState, StateAnswer, StateNeeds, StateRejection,
};
use farbank_federation::custody::{CustodyTransaction, ShapeRefusal, SigningRequest};
use farbank_types::{EvmBlockNumber, B256};
use thiserror::Error;
use tokio::sync::Mutex;

use super::side_source::SideSource;
use crate::clock::Clock;

/// Name of the header chain's file in the state folder.
const HEADERS: &str = "side-headers";
/// Headers asked for at once.
const BATCH: u64 = 256;
/// Blocks below the first final one that are fetched from an own node, for anchors that relayers
/// named before this attester started.
const FIRST_ANCESTORS: u64 = 64;

/// Why a look at the side chain found nothing usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SideViewError {
    /// The node does not answer, or not usably.
    #[error("{0}")]
    Node(Box<dyn std::error::Error + Send + Sync>),
    /// The node calls no block final.
    #[error("the side-chain node calls no block final yet")]
    NothingFinal,
    /// Bytes that are no header.
    #[error("the side-chain node sent no header: {0}; check that it is the right node")]
    Header(#[from] HeaderRejection),
    /// Headers that break a rule of Clique.
    #[error(
        "the side-chain node sent headers that break a rule: {0}; check that it is the right node"
    )]
    Clique(#[from] CliqueRejection),
    /// The node contradicts what it called final.
    #[error(transparent)]
    OwnNode(#[from] OwnNodeRejection),
    /// The node's chain begins with another block.
    #[error("the side-chain node's chain begins with {found}, expected {expected}; check it")]
    WrongGenesis {
        /// Hash of the node's block 0.
        found: B256,
        /// The pinned hash.
        expected: B256,
    },
    /// The bridge is not on the chain as deployed, or its state cannot be read.
    #[error("the bridge is not there as deployed: {0}")]
    Bridge(#[from] StateError),
    /// The file of the header chain.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SideViewError {
    /// Returns whether the process cannot continue: its own disk failed.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Store(_))
    }
}

/// Why the state at a final block is not known.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// No block is final yet.
    #[error("no block of the side chain is final yet")]
    NothingFinal,
    /// The node does not answer, or not usably.
    #[error("{0}")]
    Node(Box<dyn std::error::Error + Send + Sync>),
    /// The node's proofs do not hold, or are not of this bridge.
    #[error("the side-chain node's proof is refused: {0}")]
    State(#[from] StateRejection),
    /// The request is not of the shape.
    #[error(transparent)]
    Shape(#[from] ShapeRefusal),
}

/// From where a chain is followed.
#[derive(Clone, Debug)]
pub enum Start {
    /// Clique, from its genesis block.
    Clique {
        /// The rules.
        rules: CliqueRules,
        /// Block 0.
        genesis: Box<SideHeader>,
    },
    /// The own node's word.
    OwnNode,
}

/// Why a genesis file is not the pinned one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// It is no genesis file of a Clique chain.
    #[error(transparent)]
    File(#[from] GenesisRejection),
    /// It makes another block 0.
    #[error("the genesis file makes block {found}, side_chain.genesis_hash is {expected}")]
    WrongHash {
        /// What it makes.
        found: B256,
        /// The pinned hash.
        expected: B256,
    },
}

impl Start {
    /// Reads a genesis file in geth's form, which has to make the block `expected`.
    ///
    /// # Errors
    /// [`GenesisError`].
    pub fn clique(json: &[u8], expected: B256) -> Result<Self, GenesisError> {
        let Genesis { rules, header, .. } = Genesis::from_geth_json(json)?;
        let found = header.hash();
        if found != expected {
            return Err(GenesisError::WrongHash { found, expected });
        }
        Ok(Self::Clique { rules, genesis: Box::new(header) })
    }
}

/// The chain as it is followed.
enum Chain {
    Clique(Box<Followed>),
    OwnNode(OwnNode),
}

/// A Clique chain with its file.
struct Followed {
    chain: CliqueChain,
    file: FileHeaderStore,
}

impl Chain {
    fn newest_final(&self) -> Option<FinalHeader> {
        match self {
            Self::Clique(followed) => followed.chain.newest_final(),
            Self::OwnNode(node) => node.newest_final(),
        }
    }

    fn anchor(&self, hash: B256) -> Anchor {
        match self {
            Self::Clique(followed) => Anchor::ask(&followed.chain, hash),
            Self::OwnNode(node) => Anchor::ask(node, hash),
        }
    }
}

/// The attester's own view of the side chain.
pub(crate) struct SideView<S, C> {
    source: Arc<S>,
    genesis: B256,
    bridge: BridgeIdentity,
    clock: C,
    start: Start,
    headers: PathBuf,
    chain: Mutex<Option<Chain>>,
    /// Whether the bridge was seen on the chain as deployed.
    checked: AtomicBool,
}

impl<S: SideSource, C: Clock> SideView<S, C> {
    pub(crate) fn new(
        source: Arc<S>,
        genesis: B256,
        bridge: BridgeIdentity,
        start: Start,
        clock: C,
        state_dir: &Path,
    ) -> Self {
        let headers = state_dir.join(HEADERS);
        Self {
            source,
            genesis,
            bridge,
            clock,
            start,
            headers,
            chain: Mutex::default(),
            checked: AtomicBool::new(false),
        }
    }

    /// Looks once; returns whether there is more to do at once. The chain is never held while the node
    /// is asked.
    pub(crate) async fn look(&self) -> Result<bool, SideViewError> {
        if self.chain.lock().await.is_none() {
            let opened = self.open().await?;
            *self.chain.lock().await = Some(opened);
        }
        let more = match self.start {
            Start::Clique { .. } => self.follow_clique().await?,
            Start::OwnNode => self.follow_own_node().await.map(|()| false)?,
        };
        if !more && !self.checked.load(Ordering::Relaxed) {
            let state = self.check_bridge().await?;
            tracing::info!(block = %state.block.number, "the bridge is on the chain as deployed");
            self.checked.store(true, Ordering::Relaxed);
        }
        Ok(more)
    }

    /// Returns the number of the newest final block.
    pub(crate) async fn newest_final(&self) -> Option<EvmBlockNumber> {
        let chain = self.chain.lock().await;
        chain.as_ref().and_then(Chain::newest_final).map(|header| header.number())
    }

    /// Returns what a request needs of the bridge's state at the newest final block, proven.
    pub(crate) async fn state(&self, request: &SigningRequest) -> Result<BridgeState, StateError> {
        let needs = StateNeeds::of(request)?;
        let anchor = CustodyTransaction::parse(&request.transaction)?.anchor;
        let (header, anchor) = {
            let chain = self.chain.lock().await;
            let chain = chain.as_ref().ok_or(StateError::NothingFinal)?;
            (chain.newest_final().ok_or(StateError::NothingFinal)?, chain.anchor(anchor))
        };
        self.prove(&header, anchor, &needs).await
    }

    /// Checks that the bridge is on the chain as deployed: its code, and that its state can be read.
    async fn check_bridge(&self) -> Result<BridgeState, StateError> {
        let header = {
            let chain = self.chain.lock().await;
            chain.as_ref().and_then(Chain::newest_final).ok_or(StateError::NothingFinal)?
        };
        let anchor = Anchor::Final((&header).into());
        self.prove(&header, anchor, &StateNeeds::default()).await
    }

    async fn prove(
        &self,
        header: &FinalHeader,
        anchor: Anchor,
        needs: &StateNeeds,
    ) -> Result<BridgeState, StateError> {
        let (bridge, slots) = (self.bridge.address, needs.slots());
        let at = BlockAt::Number(header.number());
        let answer = self.source.proof(bridge, &slots, at).await;
        let answer = answer.map_err(|error| StateError::Node(Box::new(error)))?;
        let storage = answer.storage.into_iter().map(|(slot, nodes)| StorageProof { slot, nodes });
        let answer = StateAnswer {
            account: AccountProof { address: bridge, nodes: answer.account },
            storage: storage.collect(),
        };
        Ok(BridgeState::verify(&answer, &self.bridge, self.genesis, header, anchor, needs)?)
    }

    async fn open(&self) -> Result<Chain, SideViewError> {
        match &self.start {
            Start::Clique { rules, genesis } => {
                let mut file = FileHeaderStore::open(&self.headers, *rules, genesis)?;
                let chain = file.load()?;
                tracing::info!(tip = %chain.tip().number, "the side chain's headers are open");
                Ok(Chain::Clique(Box::new(Followed { chain, file })))
            }
            Start::OwnNode => {
                let first = self.header(BlockAt::Number(EvmBlockNumber::new(0))).await?;
                let (found, expected) = (first.map(|first| first.hash), self.genesis);
                match found {
                    Some(found) if found == expected => Ok(Chain::OwnNode(OwnNode::new())),
                    Some(found) => Err(SideViewError::WrongGenesis { found, expected }),
                    None => Err(SideViewError::NothingFinal),
                }
            }
        }
    }

    /// Asks for headers from the tip on, and further and further below until they join the chain.
    async fn follow_clique(&self) -> Result<bool, SideViewError> {
        let Some(head) = self.header(BlockAt::Latest).await? else { return Ok(false) };
        let (tip, lowest) = {
            let chain = self.chain.lock().await;
            let Some(Chain::Clique(followed)) = chain.as_ref() else { return Ok(false) };
            let chain = &followed.chain;
            if chain.header(&head.hash).is_some() {
                return Ok(false);
            }
            let floor =
                chain.newest_final().map_or(chain.checkpoint().number(), |last| last.number());
            (chain.tip().number.get(), floor.get().saturating_add(1))
        };
        // A branch that takes over may be no longer than the one that it replaces.
        let first = tip.saturating_add(1).min(head.number.get()).max(lowest);
        let (mut first, mut step) = (first, 1_u64);
        loop {
            let last = head.number.get().min(first.saturating_add(BATCH).saturating_sub(1));
            let headers = self.headers_between(first, last).await?;
            match self.import(&headers).await {
                Ok(()) => return Ok(last < head.number.get()),
                Err(SideViewError::Clique(CliqueRejection::UnknownParent { .. }))
                    if first > lowest =>
                {
                    first = first.saturating_sub(step).max(lowest);
                    step = step.saturating_mul(2);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn import(&self, headers: &[SideHeader]) -> Result<(), SideViewError> {
        let mut chain = self.chain.lock().await;
        let Some(Chain::Clique(followed)) = chain.as_mut() else { return Ok(()) };
        let Followed { chain, file } = followed.as_mut();
        let outcome = chain.import(headers, self.clock.now())?;
        file.save(chain, &outcome)?;
        if let ImportOutcome::Reorganized { reverted, connected } = &outcome {
            let (reverted, connected) = (reverted.len(), connected.len());
            // Clique's signers do so all the time; what is final stays.
            tracing::info!(reverted, connected, "the side chain was reorganised");
        }
        Ok(())
    }

    /// Takes what the own node calls final, and every block between that and the last one.
    async fn follow_own_node(&self) -> Result<(), SideViewError> {
        let newest = self.header(BlockAt::Finalized).await?.ok_or(SideViewError::NothingFinal)?;
        let known = self.newest_final().await.map(EvmBlockNumber::get);
        let number = newest.number.get();
        let lowest = match known {
            Some(known) if known >= number => return Ok(()),
            Some(known) => known.saturating_add(1).max(number.saturating_sub(BATCH)),
            // Not the genesis, which holds no bridge: anvil's has fields that no fork's header has.
            None => number.saturating_sub(FIRST_ANCESTORS).max(1),
        };
        let below = match number.checked_sub(1) {
            Some(last) if last >= lowest => self.headers_between(lowest, last).await?,
            _ => Vec::new(),
        };
        let mut chain = self.chain.lock().await;
        let Some(Chain::OwnNode(node)) = chain.as_mut() else { return Ok(()) };
        node.set_finalized(decode(&newest)?)?;
        Ok(node.add_ancestors(below.into_iter().rev())?)
    }

    async fn headers_between(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Vec<SideHeader>, SideViewError> {
        if last < first {
            return Ok(Vec::new());
        }
        let range =
            BlockRange { first: EvmBlockNumber::new(first), last: EvmBlockNumber::new(last) };
        let raw = self.source.headers(range).await;
        raw.map_err(|error| SideViewError::Node(Box::new(error)))?.iter().map(decode).collect()
    }

    async fn header(&self, at: BlockAt) -> Result<Option<RawHeader>, SideViewError> {
        self.source.header(at).await.map_err(|error| SideViewError::Node(Box::new(error)))
    }
}

fn decode(raw: &RawHeader) -> Result<SideHeader, SideViewError> {
    Ok(SideHeader::decode(&raw.rlp)?)
}
