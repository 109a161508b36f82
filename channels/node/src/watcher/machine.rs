//! What a watcher keeps, and what it does with it. Pure.

use std::collections::BTreeMap;

use farbank_channels::channel::{ChainDuty, ChainEvent, PostedProof, WatchUpdate, WatchedProof};
use farbank_channels::domain::{ChannelId, ChannelTerms, Party, Sides};
use farbank_channels::locks::LockSet;
use farbank_channels::signature::NodeId;
use farbank_channels::units::ProofNonce;
use farbank_types::{Bytes, UnixTime};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::engine::Machine;

/// Most bytes of the locks of one proof (DESIGN section 6): 256 leaves.
const MAX_LEAVES: usize = 16 * 1024;
/// Most preimages of one channel, and most proofs that are not acknowledged.
const MAX_ITEMS: usize = 64;

/// What happens to a watcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchInput {
    /// A node hands over what it has of a channel.
    Keep {
        /// The node.
        client: NodeId,
        /// The channel.
        terms: Box<ChannelTerms>,
        /// What it has.
        update: Box<WatchUpdate>,
    },
    /// The chain says something about a channel, watched or not yet.
    Channel {
        /// The channel.
        id: ChannelId,
        /// What.
        event: ChainEvent,
    },
    /// The chain says something about all channels of a contract.
    Everywhere(ChainEvent),
}

/// Why nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum WatchRejection {
    /// The node is no party of the channel.
    #[error("{client} is no party of channel {id}")]
    NotAParty {
        /// The node.
        client: NodeId,
        /// The channel.
        id: ChannelId,
    },
    /// A proof is of another channel or direction, or not its payer's.
    #[error("a proof of channel {id} is not its payer's")]
    BadProof {
        /// The channel.
        id: ChannelId,
    },
    /// The payee's proof does not acknowledge it.
    #[error("a proof of channel {id} is not acknowledged by its payee")]
    BadAck {
        /// The channel.
        id: ChannelId,
    },
    /// The locks are not those of the proof.
    #[error("the locks of channel {id} are not those of its proof")]
    BadLocks {
        /// The channel.
        id: ChannelId,
    },
    /// Something newer is kept.
    #[error("proof {found} of channel {id} is older than {kept}, which is kept")]
    StaleProof {
        /// The channel.
        id: ChannelId,
        /// What was offered.
        found: ProofNonce,
        /// What is kept.
        kept: ProofNonce,
    },
    /// More than a channel needs.
    #[error("more than a channel needs")]
    TooLarge,
    /// The channel is over.
    #[error("channel {id} is closed")]
    Closed {
        /// The channel.
        id: ChannelId,
    },
}

impl WatchRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// What is kept of a channel for one of its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The channel.
    pub terms: ChannelTerms,
    /// What its node handed over last.
    pub update: WatchUpdate,
}

/// What the chain says of a channel that is being closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Closing {
    close_at: Option<UnixTime>,
    posted: Sides<Option<PostedProof>>,
    is_closed: bool,
}

/// Whole state of a watcher.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    watched: BTreeMap<(ChannelId, NodeId), Watched>,
    /// Also of channels that nobody handed over yet: opening one costs more than this.
    closings: BTreeMap<ChannelId, Closing>,
}

impl Machine for Watching {
    type Input = WatchInput;
    type Output = core::convert::Infallible;
    type Rejection = WatchRejection;
    type Signer = ();

    fn apply(
        &mut self,
        input: &WatchInput,
        _now: UnixTime,
        (): &(),
    ) -> Result<Vec<Self::Output>, WatchRejection> {
        match input {
            WatchInput::Keep { client, terms, update } => self.keep(*client, terms, update)?,
            WatchInput::Channel { id, event } => self.channel(*id, event),
            WatchInput::Everywhere(event) => self.everywhere(event),
        }
        Ok(Vec::new())
    }

    fn complete(&mut self, _now: UnixTime, (): &()) -> Vec<Self::Output> {
        Vec::new()
    }
}

impl Watching {
    /// Returns what is kept of a channel for a node.
    #[must_use]
    pub fn watched(&self, id: ChannelId, client: NodeId) -> Option<&Watched> {
        self.watched.get(&(id, client))
    }

    /// Returns how many channels are watched, counted for each node.
    #[must_use]
    pub fn len(&self) -> usize {
        self.watched.len()
    }

    /// Returns whether nothing is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.watched.is_empty()
    }

    /// Returns what is to be done on chain now. Asked for again, it gives the same until the chain's
    /// events show it done.
    #[must_use]
    pub fn duties(&self, now: UnixTime) -> Vec<(ChannelTerms, ChainDuty)> {
        let mut duties = Vec::new();
        for ((id, _), watched) in &self.watched {
            let closing = self.closings.get(id).copied().unwrap_or_default();
            if closing.is_closed {
                continue;
            }
            let terms = watched.terms;
            let reveals = watched.update.claims.iter().filter(|(_, from)| *from <= now);
            duties.extend(reveals.map(|(preimage, from)| {
                (
                    terms,
                    ChainDuty::Reveal { preimage: *preimage, by: watched.expiry(preimage, *from) },
                )
            }));
            let Some(by) = closing.close_at.filter(|close_at| now <= *close_at) else { continue };
            for kept in watched.proofs() {
                let proof = &kept.proof.proof;
                let posted = closing.posted.of(proof.payer);
                if posted.is_none_or(|posted| posted.nonce < proof.nonce) {
                    let (proof, ack) = (Box::new(kept.proof), Some(Box::new(kept.ack)));
                    duties.push((terms, ChainDuty::Counter { proof, ack, by }));
                }
            }
        }
        duties
    }

    fn keep(
        &mut self,
        client: NodeId,
        terms: &ChannelTerms,
        update: &WatchUpdate,
    ) -> Result<(), WatchRejection> {
        let id = terms.id();
        let holder =
            terms.party(client.address()).ok_or(WatchRejection::NotAParty { client, id })?;
        if self.closings.get(&id).is_some_and(|closing| closing.is_closed) {
            return Err(WatchRejection::Closed { id });
        }
        let large = |leaves: &Bytes| leaves.len() > MAX_LEAVES;
        if update.claims.len() > MAX_ITEMS
            || update.unacked_leaves.len() > MAX_ITEMS
            || update.unacked_leaves.iter().any(large)
        {
            return Err(WatchRejection::TooLarge);
        }
        let kept = self.watched.get(&(id, client)).map(|watched| &watched.update);
        let incoming = (update.incoming.as_ref(), kept.and_then(|kept| kept.incoming.as_ref()));
        let outgoing = (update.outgoing.as_ref(), kept.and_then(|kept| kept.outgoing.as_ref()));
        for ((new, old), payer) in [(incoming, holder.other()), (outgoing, holder)] {
            new.map_or(Ok(()), |new| check(terms, payer, new))?;
            let nonce = |kept: &WatchedProof| kept.proof.proof.nonce;
            let (found, held) = (new.map(nonce), old.map(nonce));
            if let Some(kept) = held.filter(|held| found.is_none_or(|found| found < *held)) {
                let found = found.unwrap_or(ProofNonce::NONE);
                return Err(WatchRejection::StaleProof { id, found, kept });
            }
        }
        let watched = Watched { terms: *terms, update: update.clone() };
        self.watched.insert((id, client), watched);
        Ok(())
    }

    fn channel(&mut self, id: ChannelId, event: &ChainEvent) {
        match event {
            ChainEvent::Closing { close_at } => {
                self.closings.entry(id).or_default().close_at = Some(*close_at);
            }
            ChainEvent::Posted { payer, proof } => {
                let posted = &mut self.closings.entry(id).or_default().posted;
                let newest = posted.of_mut(*payer);
                if newest.is_none_or(|newest| newest.nonce < proof.nonce) {
                    *newest = Some(*proof);
                }
            }
            ChainEvent::Closed { .. } => {
                self.closings.entry(id).or_default().is_closed = true;
                self.watched.retain(|(watched, _), _| *watched != id);
            }
            ChainEvent::Head { .. }
            | ChainEvent::Funded { .. }
            | ChainEvent::Settled { .. }
            | ChainEvent::Revealed { .. } => {}
        }
    }

    fn everywhere(&mut self, event: &ChainEvent) {
        if let ChainEvent::Revealed { hash, .. } = event {
            for watched in self.watched.values_mut() {
                watched.update.claims.retain(|(preimage, _)| preimage.hash() != *hash);
            }
        }
    }
}

impl Watched {
    fn proofs(&self) -> impl Iterator<Item = &WatchedProof> {
        self.update.incoming.iter().chain(&self.update.outgoing)
    }

    /// The last second at which revealing counts, by the lock that the preimage claims.
    fn expiry(&self, preimage: &farbank_channels::units::Preimage, from: UnixTime) -> UnixTime {
        let leaves = self.update.incoming.as_ref().map(|incoming| &incoming.leaves);
        let locks = leaves.and_then(|leaves| LockSet::from_leaves(leaves).ok());
        let hash = preimage.hash();
        let lock = locks.and_then(|locks| locks.iter().find(|lock| lock.hash == hash).copied());
        lock.map_or(from, |lock| lock.expiry)
    }
}

/// Checks that a proof can be posted by anybody, and finalised.
fn check(terms: &ChannelTerms, payer: Party, new: &WatchedProof) -> Result<(), WatchRejection> {
    let (id, domain) = (terms.id(), terms.domain());
    let WatchedProof { proof, leaves, ack } = new;
    if leaves.len() > MAX_LEAVES {
        return Err(WatchRejection::TooLarge);
    }
    let signed = |signed: &farbank_channels::objects::SignedProof, by: Party| {
        let signer = signed.signature.recover(signed.proof.digest(domain));
        signed.proof.id == id
            && signed.proof.payer == by
            && signer.is_ok_and(|signer| signer.address() == terms.address(by))
    };
    if !signed(proof, payer) {
        return Err(WatchRejection::BadProof { id });
    }
    if !signed(ack, payer.other()) || ack.proof.ack_hash != proof.proof.digest(domain) {
        return Err(WatchRejection::BadAck { id });
    }
    let root = LockSet::from_leaves(leaves).map(|locks| locks.root());
    if root != Ok(proof.proof.locks_root) {
        return Err(WatchRejection::BadLocks { id });
    }
    Ok(())
}
