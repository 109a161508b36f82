//! Signing rounds: k of n attesters sign the inputs of one transaction at once.
//!
//! Two rounds of FROST (RFC 9591, ciphersuite `FROST-secp256k1-SHA256-TR-v1`) for a batch of inputs: the
//! [`Coordinator`], which nobody trusts, collects commitments, picks k signers, gathers their shares,
//! names who sent a bad one and starts again without him. A [`Signer`] signs only what it committed to,
//! and each commitment once. Leaves out whether a transaction may be signed (policy), transport and
//! clock: the node says when a round has waited long enough.

mod batch;
mod coordinator;
mod errors;
mod round;
mod sessions;
mod signer;

pub use batch::{SigningBatch, SigningItem, MAX_INPUTS};
pub use coordinator::{Coordinator, CoordinatorStep};
pub use errors::{
    BatchRejection, CoordinatorRejection, NotEnoughSigners, SignerFault, SigningRefusal,
};
pub use round::{Commitments, SessionId, SignatureShares, SigningSet};
pub use sessions::{OpenSessions, SESSIONS_PER_PEER};
pub use signer::{HeldNonces, Signer};
