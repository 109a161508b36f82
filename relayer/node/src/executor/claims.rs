//! The proofs of a claim.

use bitcoin::hashes::{sha256, Hash as _};
use bitcoin::Block;
use farbank_bitcoin_light_client::inclusion::{non_witness_bytes, TransactionTree};
use farbank_bitcoin_light_client::segment::SegmentPreimage as ChainPreimage;
use farbank_bitcoin_light_client::BlockRef;
use farbank_contracts::{BlockClaims, BlockProof, DepositClaim};
use farbank_relayer_core::peg_in::Candidate;
use farbank_relayer_core::ports::{BitcoinNetwork, PegInStore, PegOutStore};
use farbank_types::{Bytes, B256};

use super::{ActError, Executor};
use crate::clock::Clock;

impl<N: BitcoinNetwork, U: PegInStore + PegOutStore, C: Clock> Executor<N, U, C> {
    /// Returns the block, or `None` when the node does not have it: then it is asked again.
    pub(super) async fn block(&self, at: BlockRef) -> Result<Option<Block>, ActError> {
        let asked = self.network.block(&at.hash).await.map_err(ActError::network)?;
        Ok(asked.filter(|block| block.block_hash() == at.hash))
    }

    /// Puts the proofs together; `None` when a chain moved on meanwhile, and the observers will say
    /// how.
    pub(super) async fn block_claims(
        &self,
        at: BlockRef,
        block: &Block,
        chosen: &[Candidate],
    ) -> Option<BlockClaims> {
        let memory = self.ledger.memory().await;
        let segment = *memory.look()?.chain.holding(at.height)?;
        let stored = self.side_chain.preimage(segment.index).await?;
        let preimage = ChainPreimage { root: stored.root, meta: stored.meta, state: stored.state };
        let place = preimage.locate(memory.chain()?, at.height).ok()?;
        let indices: Vec<u32> = chosen.iter().map(|candidate| candidate.inclusion.index).collect();
        let pieces = TransactionTree::from_block(block)?.claim_pieces(&indices)?;
        let coinbase = sha256::Hash::hash(&non_witness_bytes(block.txdata.first()?));
        let mut claims = Vec::with_capacity(chosen.len());
        for (candidate, branch) in chosen.iter().zip(pieces.branches) {
            let record = memory.deposit(&candidate.id)?;
            let announced = &memory.descriptor(&record.facts.descriptor)?.announcement;
            let descriptor = &announced.descriptor;
            let index = candidate.inclusion.index;
            let transaction = block.txdata.get(usize::try_from(index).ok()?)?;
            let key = descriptor.output_key(&self.secp).ok()?;
            claims.push(DepositClaim {
                index,
                vout: record.facts.outpoint.vout,
                carrier_fee: descriptor.carrier_fee,
                recipient: descriptor.recipient,
                salt: descriptor.salt,
                reclaim_key: descriptor.reclaim_key,
                output_key_y: key.y,
                slope: key.slope,
                branch,
                action: descriptor.action.encode(),
                transaction: Bytes::from(non_witness_bytes(transaction)),
            });
        }
        Some(BlockClaims {
            block: BlockProof::new(
                block.header,
                segment.index,
                &stored,
                u32::try_from(place.position).ok()?,
                place.path,
            ),
            coinbase_digest: B256::from(coinbase.to_byte_array()),
            coinbase_branch: pieces.coinbase_branch,
            cap: pieces.cap,
            claims,
        })
    }
}
