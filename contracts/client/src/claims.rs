//! The arguments of a claim, and their packed form.
//!
//! Leaves out how a proof is made and whether it holds: the Bitcoin light client and the contract
//! know that. A claim that the contract would refuse can be encoded all the same.

use ethers::abi::{Token, Tokenizable as _};
use farbank_types::bitcoin::{Amount, XOnlyPublicKey};
use farbank_types::{Bytes, EvmAddress, B256};
use thiserror::Error;

use crate::bindings;
use crate::block_proof::{words, BlockProof};
use crate::convert;

/// Claims of deposits that lie in one Bitcoin block: they share the header's proof and the upper
/// nodes of the transaction tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockClaims {
    /// The block.
    pub block: BlockProof,
    /// Single SHA-256 of the coinbase transaction without witness.
    pub coinbase_digest: B256,
    /// Siblings of the coinbase up to the level L of the cap, internal byte order; L is their number.
    pub coinbase_branch: Vec<B256>,
    /// All nodes of the transaction tree at level L, left to right, an odd last one not repeated;
    /// the Merkle root alone when L is the full depth.
    pub cap: Vec<B256>,
    /// The deposits, each with a branch of L siblings.
    pub claims: Vec<DepositClaim>,
}

/// One deposit of a block: where it is and what its address commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositClaim {
    /// Index of the transaction in the block; the coinbase has 0.
    pub index: u32,
    /// Index of the output in the transaction.
    pub vout: u32,
    /// Part of the amount that goes to whoever carries the claim.
    pub carrier_fee: Amount,
    /// Who receives the rest.
    pub recipient: EvmAddress,
    /// Salt of the descriptor.
    pub salt: B256,
    /// Key of the reclaim leaf.
    pub reclaim_key: XOnlyPublicKey,
    /// y coordinate of the output key Q = (x, y), big-endian.
    pub output_key_y: B256,
    /// 3x^2 / (2y) mod p at Q, big-endian.
    pub slope: B256,
    /// Siblings of the transaction up to the level of the cap, internal byte order.
    pub branch: Vec<B256>,
    /// What to do with the minted amount; one zero byte mints to the recipient.
    pub action: Bytes,
    /// The transaction as Bitcoin serialises it without witness.
    pub transaction: Bytes,
}

/// Why claims cannot be packed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PackingRejection {
    /// Claims of one block share the upper nodes, so all branches end at the same level.
    #[error(
        "claim {claim} has a branch of {found} nodes, expected {expected}, the length of the \
         coinbase's branch"
    )]
    BranchLength {
        /// Position of the claim among those of its block.
        claim: usize,
        /// Nodes in its branch.
        found: usize,
        /// Nodes in the coinbase's branch.
        expected: usize,
    },
    /// The length of an action is packed in two bytes.
    #[error("claim {claim} has an action of {length} bytes, expected at most 65535")]
    ActionTooLong {
        /// Position of the claim among those of its block.
        claim: usize,
        /// Bytes in the action.
        length: usize,
    },
    /// The length of a transaction is packed in four bytes.
    #[error("claim {claim} has a transaction of {length} bytes, expected less than 2^32")]
    TransactionTooLong {
        /// Position of the claim among those of its block.
        claim: usize,
        /// Bytes in the transaction.
        length: usize,
    },
}

impl BlockClaims {
    /// Returns the claims back to back, integers big-endian: index u32, vout u32, carrier fee u64
    /// (sat), action length u16, transaction length u32, recipient 20 B, salt, reclaim key, output
    /// key's y, slope 32 B each, branch, action, transaction.
    ///
    /// # Errors
    ///
    /// When a length does not fit its field or a branch differs in length from the coinbase's.
    pub fn packed_claims(&self) -> Result<Bytes, PackingRejection> {
        let mut packed = Vec::new();
        for (position, claim) in self.claims.iter().enumerate() {
            claim.pack(position, self.coinbase_branch.len(), &mut packed)?;
        }
        Ok(Bytes::from(packed))
    }

    pub(crate) fn to_token(&self) -> Result<Token, PackingRejection> {
        let block = self.block.to_binding();
        let binding = bindings::BlockClaims {
            header: block.header,
            segment_index: block.segment_index,
            position: block.position,
            root: block.root,
            meta: block.meta,
            state_hash: block.state_hash,
            segment_path: block.segment_path,
            coinbase_digest: self.coinbase_digest.0,
            coinbase_branch: words(&self.coinbase_branch),
            cap: words(&self.cap),
            claims: convert::ebytes(self.packed_claims()?),
        };
        Ok(binding.into_token())
    }
}

impl DepositClaim {
    fn pack(
        &self,
        claim: usize,
        expected: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), PackingRejection> {
        if self.branch.len() != expected {
            let found = self.branch.len();
            return Err(PackingRejection::BranchLength { claim, found, expected });
        }
        let length = self.action.len();
        let action_length =
            u16::try_from(length).map_err(|_| PackingRejection::ActionTooLong { claim, length })?;
        let length = self.transaction.len();
        let transaction_length = u32::try_from(length)
            .map_err(|_| PackingRejection::TransactionTooLong { claim, length })?;
        into.extend_from_slice(&self.index.to_be_bytes());
        into.extend_from_slice(&self.vout.to_be_bytes());
        into.extend_from_slice(&self.carrier_fee.to_sat().to_be_bytes());
        into.extend_from_slice(&action_length.to_be_bytes());
        into.extend_from_slice(&transaction_length.to_be_bytes());
        into.extend_from_slice(self.recipient.as_slice());
        into.extend_from_slice(self.salt.as_slice());
        into.extend_from_slice(&self.reclaim_key.serialize());
        into.extend_from_slice(self.output_key_y.as_slice());
        into.extend_from_slice(self.slope.as_slice());
        into.extend(self.branch.iter().flat_map(|node| node.0));
        into.extend_from_slice(&self.action);
        into.extend_from_slice(&self.transaction);
        Ok(())
    }
}
