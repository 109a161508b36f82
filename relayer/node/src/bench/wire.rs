//! What parent and signers say to each other: over the transport, and over the pipes between them.

use bitcoin::hashes::{sha256, Hash as _, HashEngine as _};
use bytes::Bytes;
use farbank_federation::group::Group;
use farbank_federation::messages::Refusal;
use farbank_federation::signing::{
    BatchRejection, Commitments, SessionId, SignatureShares, SigningBatch, SigningItem, SigningSet,
};
use farbank_transport::{PeerIdentity, Protocol};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::MemberConfig;

/// Protocol between parent and signers; no attester speaks it.
pub(super) const PROTOCOL: Protocol = Protocol::new("farbank/bench/1");

/// First line of a signer: where to find it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) member: MemberConfig,
}

/// The parent's only line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    pub(super) parent: PeerIdentity,
    pub(super) signers: u16,
    pub(super) members: Vec<MemberConfig>,
}

/// Second line of a signer: the key is made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) group: Group,
    pub(super) milliseconds: u64,
}

/// A request of the parent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum BenchRequest {
    /// Commit to nonces for so many items.
    Propose { session: SessionId, inputs: u16 },
    /// Sign.
    Sign(SigningSet),
}

/// A signer's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum BenchResponse {
    Committed(Commitments),
    Signed(SignatureShares),
    Refused(Refusal),
}

/// Returns the items of a measurement: the first like custody, the others tweaked like deposits.
pub(super) fn batch(inputs: u16) -> Result<SigningBatch, BatchRejection> {
    let hash = |tag: &[u8], input: u16| {
        let mut engine = sha256::Hash::engine();
        engine.input(tag);
        engine.input(&input.to_be_bytes());
        sha256::Hash::from_engine(engine).to_byte_array()
    };
    let item = |input| SigningItem {
        message: hash(b"farbank/bench/message", input),
        merkle_root: (input > 0).then(|| hash(b"farbank/bench/leaf", input)),
    };
    SigningBatch::new((0..inputs).map(item).collect())
}

/// Writes a body.
pub(super) fn encode(message: &impl Serialize) -> Result<Bytes, postcard::Error> {
    postcard::to_allocvec(message).map(Bytes::from)
}

/// Reads a body.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(body)
}
