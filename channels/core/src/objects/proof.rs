//! A proof: the whole state of one direction, cumulative, signed by its payer.

use std::sync::LazyLock;

use farbank_types::{keccak256, B256, U256};
use serde::{Deserialize, Serialize};

use super::struct_hash;
use crate::domain::{ChannelId, Digest, Domain, Party};
use crate::signature::{CompactSignature, NodeId};
use crate::units::{ProofNonce, TokenAmount};

static TYPE_HASH: LazyLock<B256> = LazyLock::new(|| {
    keccak256(
        "Proof(bytes32 id,bool fromA,uint64 nonce,uint128 transferred,uint128 locked,\
         bytes32 locksRoot,bytes32 metaHash,uint64 ackNonce,bytes32 ackHash)",
    )
});

/// What a payer owes its payee, as of one nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The channel.
    pub id: ChannelId,
    /// The payer: the contract's `fromA`.
    pub payer: Party,
    /// Its number: one more than the last off chain, greater on chain.
    pub nonce: ProofNonce,
    /// Transferred, in total; never falls.
    pub transferred: TokenAmount,
    /// Sum of the locks.
    pub locked: TokenAmount,
    /// Root of the locks ([`crate::locks`]).
    pub locks_root: B256,
    /// `keccak256(metaHash of the proof before ‖ keccak256(ops))`; 0 before the first.
    pub meta_hash: B256,
    /// Number of the newest opposite proof that the payer has accepted; 0 for none.
    pub ack_nonce: ProofNonce,
    /// Digest of that proof; 0 for none.
    pub ack_hash: Digest,
}

impl Proof {
    /// Returns the struct hash.
    #[must_use]
    pub fn struct_hash(&self) -> B256 {
        let words = [
            self.id.get(),
            B256::from(U256::from(u8::from(self.payer.is_a()))),
            self.nonce.word(),
            self.transferred.word(),
            self.locked.word(),
            self.locks_root,
            self.meta_hash,
            self.ack_nonce.word(),
            self.ack_hash.get(),
        ];
        struct_hash(*TYPE_HASH, words)
    }

    /// Returns what the payer signs.
    #[must_use]
    pub fn digest(&self, domain: &Domain) -> Digest {
        domain.digest(self.struct_hash())
    }
}

/// A proof with its payer's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedProof {
    /// The proof.
    pub proof: Proof,
    /// Its payer's signature.
    pub signature: CompactSignature,
}

impl SignedProof {
    /// Whether that node signed it.
    #[must_use]
    pub fn is_by(&self, signer: NodeId, domain: &Domain) -> bool {
        self.signature.is_by(signer, self.proof.digest(domain))
    }
}
