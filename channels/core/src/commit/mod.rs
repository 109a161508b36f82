//! A commit: a proof, the operations that lead to it from the one before, and the payer's signature.
//!
//! Decides which bytes are operations and how many one commit may have; leaves out whether the
//! operations are allowed (the channel machine does that). The bytes are kept as they were signed,
//! since the proof's `metaHash` covers them.

mod ops;

use farbank_types::{keccak256, Bytes, B256};
use serde::{Deserialize, Serialize};

pub use ops::{FailReason, LockRefusal, MalformedOps, Op};
pub use ops::{
    MAX_ADDS, MAX_MEMO, MAX_ONION, MAX_ONION_ADDS, MAX_OPS, MAX_OPS_BYTES, MAX_REASON, SHORT_ONION,
};

use crate::objects::{Proof, SignedProof};
use crate::signature::CompactSignature;

/// Operations in their wire form: a postcard sequence, at most 64 KiB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpBytes(Bytes);

impl OpBytes {
    /// Writes operations; none are no bytes at all.
    ///
    /// # Errors
    /// [`MalformedOps`] when one commit cannot hold them.
    pub fn encode(ops: &[Op]) -> Result<Self, MalformedOps> {
        ops::encode(ops).map(|bytes| Self(bytes.into()))
    }

    /// Wraps bytes as they came.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// Reads the operations.
    ///
    /// # Errors
    /// [`MalformedOps`].
    pub fn decode(&self) -> Result<Vec<Op>, MalformedOps> {
        ops::decode(&self.0)
    }

    /// Whether there is no operation: the commit is only an ack, and needs none itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the meta hash of a proof with these operations: `keccak256(before ‖ keccak256(ops))`.
    #[must_use]
    pub fn meta_hash(&self, before: B256) -> B256 {
        let mut preimage = [0; 64];
        preimage[..32].copy_from_slice(before.as_slice());
        preimage[32..].copy_from_slice(keccak256(&self.0).as_slice());
        keccak256(preimage)
    }
}

/// What a payer sends: a numbered step of its direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The state after the operations.
    pub proof: Proof,
    /// What happened since the proof before.
    pub ops: OpBytes,
    /// The payer's signature over the proof.
    pub signature: CompactSignature,
}

impl Commit {
    /// Returns the proof with its signature.
    #[must_use]
    pub const fn signed_proof(&self) -> SignedProof {
        SignedProof { proof: self.proof, signature: self.signature }
    }
}
