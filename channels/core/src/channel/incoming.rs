//! The direction that the counterparty pays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use crate::locks::LockSet;
use crate::objects::SignedProof;
use crate::settlement::Counted;
use crate::units::{LockId, Preimage, ProofNonce};

/// State of a lock that the holder may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum InState {
    /// Undecided.
    Offered,
    /// The holder claims it.
    Fulfilled {
        /// Its preimage.
        preimage: Preimage,
        /// Whether a final block has the preimage, in time.
        revealed: bool,
    },
    /// The holder is about to say that it gives it up.
    Failing,
    /// The holder said so: the payer may drop it.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InLock {
    pub(super) state: InState,
    /// Whether data was lost since it came: what the holder said about it may be forgotten.
    pub(super) uncertain: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Incoming {
    /// As of the newest accepted proof.
    pub(super) ledger: Ledger,
    pub(super) newest: Option<SignedProof>,
    /// The newest that the holder's newest proof acknowledges, with its locks: what a watcher can post.
    pub(super) acknowledged: Option<(SignedProof, LockSet)>,
    /// The newest of the holder's proofs that the counterparty acknowledged.
    pub(super) ack_nonce: ProofNonce,
    pub(super) locks: BTreeMap<LockId, InLock>,
    /// Commits with operations that were accepted, in total.
    pub(super) accepted: u64,
    pub(super) ack_owed: bool,
    /// What the holder last said that it counts.
    pub(super) told: Counted,
}
