//! A peer of the hub that signs whatever suits it. Both peers are one adversary.

use std::collections::BTreeSet;

use farbank_channels::commit::{Commit, Op, OpBytes};
use farbank_channels::domain::{ChannelTerms, Digest, Party};
use farbank_channels::locks::LockSet;
use farbank_channels::message::{ChannelMessage, Countersignature};
use farbank_channels::objects::{CoopClose, Proof, Settle, SignedProof};
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::{LockId, ProofNonce, TokenAmount};
use farbank_types::B256;

/// One state of a direction: a proof and its locks.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) proof: SignedProof,
    pub(crate) locks: LockSet,
}

pub(crate) struct Peer {
    pub(crate) key: NodeKey,
    pub(crate) terms: ChannelTerms,
    pub(crate) party: Party,
    /// Its own proofs that the hub accepted.
    pub(crate) own: Vec<Signed>,
    /// The hub's proofs.
    pub(crate) hubs: Vec<Signed>,
    pub(crate) acked: usize,
    pub(crate) last_lock: u64,
    /// What the hub said about the peer's locks.
    pub(crate) fulfilled: BTreeSet<LockId>,
    pub(crate) failed: BTreeSet<LockId>,
    /// Settles and closes that the hub signed or will sign.
    pub(crate) proposed: Vec<Settle>,
    pub(crate) settles: Vec<Settle>,
    pub(crate) asked_close: Vec<CoopClose>,
    pub(crate) closes: Vec<CoopClose>,
}

impl Peer {
    pub(crate) fn new(key: NodeKey, terms: ChannelTerms) -> Self {
        let party = terms.party(key.node_id().address()).expect("a party");
        Self {
            key,
            terms,
            party,
            own: Vec::new(),
            hubs: Vec::new(),
            acked: 0,
            last_lock: 0,
            fulfilled: BTreeSet::new(),
            failed: BTreeSet::new(),
            proposed: Vec::new(),
            settles: Vec::new(),
            asked_close: Vec::new(),
            closes: Vec::new(),
        }
    }

    /// The locks of its newest proof.
    pub(crate) fn locks(&self) -> LockSet {
        self.own.last().map(|signed| signed.locks.clone()).unwrap_or_default()
    }

    /// The locks of the hub's newest proof.
    pub(crate) fn hub_locks(&self) -> LockSet {
        self.hubs.last().map(|signed| signed.locks.clone()).unwrap_or_default()
    }

    /// A commit with these operations, with the ack that it has decided on; nothing when they make no
    /// sense.
    pub(crate) fn commit(&self, ops: &[Op]) -> Option<(Commit, LockSet)> {
        let before = self.own.last();
        let (mut locks, mut transferred) = before.map_or_else(Default::default, |signed| {
            (signed.locks.clone(), signed.proof.proof.transferred)
        });
        for op in ops {
            match op {
                Op::Add { lock, .. } => locks.insert(*lock).ok()?,
                Op::Unlock(id) => {
                    transferred = transferred.checked_add(locks.remove(*id).ok()?.amount)?;
                }
                Op::Drop(id) => drop(locks.remove(*id).ok()?),
                Op::Pay { amount, .. } => transferred = transferred.checked_add(*amount)?,
                Op::Fulfil { .. } | Op::Fail { .. } | Op::Count(_) => {}
            }
        }
        let bytes = OpBytes::encode(ops).ok()?;
        let meta = before.map_or(B256::ZERO, |signed| signed.proof.proof.meta_hash);
        let nonce = before.map_or(ProofNonce::NONE, |signed| signed.proof.proof.nonce).next()?;
        let acked = self.acked.checked_sub(1).and_then(|at| self.hubs.get(at));
        let proof = Proof {
            id: self.terms.id(),
            payer: self.party,
            nonce,
            transferred,
            locked: locks.total(),
            locks_root: locks.root(),
            meta_hash: bytes.meta_hash(meta),
            ack_nonce: acked.map_or(ProofNonce::NONE, |signed| signed.proof.proof.nonce),
            ack_hash: acked
                .map_or(Digest::NONE, |signed| signed.proof.proof.digest(self.terms.domain())),
        };
        let signature = self.key.sign(proof.digest(self.terms.domain()));
        Some((Commit { proof, ops: bytes, signature }, locks))
    }

    /// A worthless proof of its own with a nonce above all others.
    pub(crate) fn wipe(&self) -> SignedProof {
        let proof = Proof {
            id: self.terms.id(),
            payer: self.party,
            nonce: ProofNonce::new(1_000_000),
            transferred: TokenAmount::ZERO,
            locked: TokenAmount::ZERO,
            locks_root: B256::ZERO,
            meta_hash: B256::ZERO,
            ack_nonce: ProofNonce::NONE,
            ack_hash: Digest::NONE,
        };
        let signature = self.key.sign(proof.digest(self.terms.domain()));
        SignedProof { proof, signature }
    }

    /// Remembers what the hub says; answers nothing by itself.
    pub(crate) fn hears(&mut self, message: ChannelMessage) {
        match message {
            ChannelMessage::Commit(commit) => self.hears_commit(&commit),
            ChannelMessage::AcceptSettle(signed) | ChannelMessage::CompleteSettle(signed) => {
                let found = self.proposed.iter().find(|one| one.struct_hash() == signed.object);
                self.settles.extend(found.copied());
            }
            ChannelMessage::AcceptClose(signed) => {
                let found = self.asked_close.iter().find(|one| one.struct_hash() == signed.object);
                self.closes.extend(found.copied());
            }
            ChannelMessage::ProposeSettle(settle) => self.proposed.push(settle),
            _ => {}
        }
    }

    fn hears_commit(&mut self, commit: &Commit) {
        let mut locks = self.hub_locks();
        for op in commit.ops.decode().expect("the hub's") {
            match op {
                Op::Add { lock, .. } => locks.insert(lock).expect("ascending"),
                Op::Unlock(id) | Op::Drop(id) => drop(locks.remove(id)),
                Op::Fulfil { lock, .. } => drop(self.fulfilled.insert(lock)),
                Op::Fail { lock, .. } => drop(self.failed.insert(lock)),
                Op::Pay { .. } | Op::Count(_) => {}
            }
        }
        assert_eq!(locks.root(), commit.proof.locks_root);
        self.hubs.push(Signed { proof: commit.signed_proof(), locks });
    }

    /// Its signature under a settle that the hub asked for.
    pub(crate) fn accept(&self, settle: &Settle) -> ChannelMessage {
        ChannelMessage::AcceptSettle(Countersignature {
            id: settle.id,
            object: settle.struct_hash(),
            signature: self.key.sign(settle.digest(self.terms.domain())),
        })
    }
}
