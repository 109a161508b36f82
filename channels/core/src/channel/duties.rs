//! What is to be done on chain while a state lasts, and what a watcher keeps for it.

use farbank_types::{Bytes, UnixTime};

use super::incoming::InState;
use super::output::{ChainDuty, FinaliseClaim, WatchUpdate, WatchedProof};
use super::phase::ChannelPhase;
use super::Channel;
use crate::domain::{Party, Sides};
use crate::units::{Preimage, ProofNonce};

impl Channel {
    /// Returns everything that is to be done on chain now. Asked for again, it gives the same until
    /// the chain's events show it done.
    #[must_use]
    pub fn duties(&self, now: UnixTime) -> Vec<ChainDuty> {
        let mut duties = Vec::new();
        if matches!(self.phase, ChannelPhase::Closed { .. }) {
            return duties;
        }
        for (preimage, expiry) in self.claims() {
            if self.parameters.reveal_from(expiry) <= now && now <= expiry {
                duties.push(ChainDuty::Reveal { preimage, by: expiry });
            }
        }
        match &self.phase {
            ChannelPhase::Frozen { cause } if cause.closes() => {
                duties.push(ChainDuty::Close { newest: self.incoming.newest.map(Box::new) });
            }
            ChannelPhase::Closing { close_at } if self.head <= *close_at => {
                self.counters(*close_at, &mut duties);
            }
            ChannelPhase::Closing { .. } => {
                duties.extend(self.finalise());
            }
            ChannelPhase::Open | ChannelPhase::Frozen { .. } | ChannelPhase::Closed { .. } => {}
        }
        duties
    }

    /// Returns what a watcher keeps to answer a close while the holder is away.
    #[must_use]
    pub fn watch(&self) -> WatchUpdate {
        let (out, inn) = (&self.outgoing, &self.incoming);
        let incoming = inn.acknowledged.as_ref().zip(out.newest).map(|((proof, locks), ack)| {
            WatchedProof { proof: *proof, leaves: locks.leaves().into(), ack }
        });
        let outgoing = out.acked.proof.zip(out.acked.evidence).map(|(proof, ack)| WatchedProof {
            proof,
            leaves: out.acked.locks.leaves().into(),
            ack,
        });
        let margin = |(preimage, expiry)| (preimage, self.parameters.reveal_from(expiry));
        WatchUpdate {
            incoming,
            outgoing,
            unacked_leaves: out.unacked.iter().map(|sent| sent.locks.leaves().into()).collect(),
            claims: self.claims().map(margin).collect(),
        }
    }

    /// Incoming locks that the holder claims, not yet paid and not on chain, with their expiry.
    fn claims(&self) -> impl Iterator<Item = (Preimage, UnixTime)> + '_ {
        self.incoming.ledger.locks.iter().filter_map(|lock| {
            match self.incoming.locks.get(&lock.id)?.state {
                InState::Fulfilled { preimage, revealed: false } => Some((preimage, lock.expiry)),
                InState::Fulfilled { revealed: true, .. }
                | InState::Offered
                | InState::Failing
                | InState::Failed => None,
            }
        })
    }

    /// The newest proofs of both directions. The holder's own as well: an older one could bring back a
    /// lock that was dropped since.
    fn counters(&self, by: UnixTime, duties: &mut Vec<ChainDuty>) {
        let posted = |payer| self.posted.of(payer).map_or(ProofNonce::NONE, |posted| posted.nonce);
        if let Some(proof) = self.incoming.newest {
            if proof.proof.nonce > posted(self.holder.other()) {
                duties.push(ChainDuty::Counter { proof: Box::new(proof), ack: None, by });
            }
        }
        let acked = &self.outgoing.acked;
        if let Some((proof, evidence)) = acked.proof.zip(acked.evidence) {
            if proof.proof.nonce > posted(self.holder) {
                let (proof, ack) = (Box::new(proof), Some(Box::new(evidence)));
                duties.push(ChainDuty::Counter { proof, ack, by });
            }
        }
    }

    /// Nothing when a proof was posted whose locks the holder no longer keeps: it let an older one
    /// stand, and whoever posted it has them.
    fn finalise(&self) -> Option<ChainDuty> {
        let a = self.claim(Party::A)?;
        let b = self.claim(Party::B)?;
        Some(ChainDuty::Finalise { directions: Sides { a, b } })
    }

    fn claim(&self, payer: Party) -> Option<FinaliseClaim> {
        let Some(posted) = self.posted.of(payer) else { return Some(FinaliseClaim::default()) };
        let locks = if payer == self.holder {
            self.outgoing.locks_of(posted.nonce)?
        } else {
            let newest = &self.incoming.ledger;
            (newest.nonce == posted.nonce).then_some(&newest.locks)?
        };
        (locks.root() == posted.locks_root).then(|| FinaliseClaim {
            transferred: posted.transferred,
            leaves: Bytes::from(locks.leaves()),
        })
    }
}
