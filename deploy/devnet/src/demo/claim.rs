//! The claim of a deposit that no relayer would carry: proofs from the live chains, put together by
//! hand to see what the contract answers.

use bitcoin::hashes::{sha256, Hash as _};
use bitcoin::{Block, OutPoint};
use farbank_bitcoin_light_client::inclusion::{non_witness_bytes, TransactionTree};
use farbank_bitcoin_light_client::segment;
use farbank_contracts::{BlockAt, BlockClaims, BlockProof, Call, DepositClaim, StoredSegment};
use farbank_relayer_core::peg_in::descriptor::DepositDescriptor;
use farbank_types::{BitcoinHeight, BlockCount, Bytes, SegmentIndex, B256};

use super::failure::StepFailure;
use super::stage::Stage;

const fn missing(what: &'static str) -> StepFailure {
    StepFailure::Missing { what }
}

/// Builds the call that claims `outpoint`.
pub(super) async fn claim_call(
    stage: &Stage<'_>,
    descriptor: &DepositDescriptor,
    outpoint: OutPoint,
) -> Result<Call, StepFailure> {
    let known = stage.bitcoin.transaction(&outpoint.txid, None).await?;
    let hash = known.and_then(|known| known.block).ok_or(missing("the block"))?;
    let block = stage.bitcoin.block(&hash).await?.ok_or(missing("the block"))?;
    let height = stage.bitcoin.header(&hash).await?.ok_or(missing("the height"))?.height;
    let segments = stage.bridge.segments(SegmentIndex::new(0), BlockAt::Latest).await?;
    let stored = segments
        .into_iter()
        .find(|stored| stored.preimage.position_of(height).is_some())
        .ok_or(missing("the header"))?;
    let (position, path) = locate(stage, &stored, height).await?;
    let proof = BlockProof::new(block.header, stored.index, &stored.preimage, position, path);
    let claims = pieces(stage, descriptor, outpoint, &block, proof)?;
    let call = stage.bridge.calls().claim(&[claims]);
    call.map_err(|_| missing("a proof that can be packed"))
}

/// Returns where the header lies in its segment, and the way from it to the segment's root.
async fn locate(
    stage: &Stage<'_>,
    stored: &StoredSegment,
    height: BitcoinHeight,
) -> Result<(u32, Vec<B256>), StepFailure> {
    let count = stored.preimage.count();
    let below = BlockCount::new(count.get().saturating_sub(1));
    let first = stored.preimage.last_height().checked_sub(below);
    let first = first.ok_or(missing("the header's segment"))?;
    let headers = stage.bitcoin.headers(first, count).await?;
    let leaves: Vec<B256> =
        headers.iter().map(|header| segment::leaf(header.block_hash())).collect();
    let position = stored.preimage.position_of(height).ok_or(missing("the header"))?;
    let place = usize::try_from(position).map_err(|_| missing("the header"))?;
    let path = segment::path(&leaves, place).ok_or(missing("the header's branch"))?;
    Ok((position, path))
}

/// Everything that comes from the block itself.
fn pieces(
    stage: &Stage<'_>,
    descriptor: &DepositDescriptor,
    outpoint: OutPoint,
    block: &Block,
    proof: BlockProof,
) -> Result<BlockClaims, StepFailure> {
    let place = block.txdata.iter().position(|tx| tx.compute_txid() == outpoint.txid);
    let place = place.ok_or(missing("the transaction"))?;
    let index = u32::try_from(place).map_err(|_| missing("the transaction"))?;
    let (Some(transaction), Some(coinbase)) = (block.txdata.get(place), block.txdata.first())
    else {
        return Err(missing("the transaction"));
    };
    let tree = TransactionTree::from_block(block).and_then(|tree| tree.claim_pieces(&[index]));
    let tree = tree.ok_or(missing("the branch"))?;
    let branch = tree.branches.into_iter().next().ok_or(missing("the branch"))?;
    let key = descriptor.output_key(&stage.secp).map_err(|_| missing("the output key"))?;
    let claim = DepositClaim {
        index,
        vout: outpoint.vout,
        carrier_fee: descriptor.carrier_fee,
        recipient: descriptor.recipient,
        salt: descriptor.salt,
        reclaim_key: descriptor.reclaim_key,
        output_key_y: key.y,
        slope: key.slope,
        branch,
        action: descriptor.action.encode(),
        transaction: Bytes::from(non_witness_bytes(transaction)),
    };
    let digest = sha256::Hash::hash(&non_witness_bytes(coinbase));
    Ok(BlockClaims {
        block: proof,
        coinbase_digest: B256::from(digest.to_byte_array()),
        coinbase_branch: tree.coinbase_branch,
        cap: tree.cap,
        claims: vec![claim],
    })
}
