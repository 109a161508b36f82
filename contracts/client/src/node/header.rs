//! Headers as the chain hashes them, for a light client.
//!
//! A node gives a header as JSON fields. They are put together again here, and only bytes that hash
//! to the block's name leave this module. Whether a chain accepts the header is the light client's.

use alloy_consensus::Header;
use farbank_types::{keccak256, Bytes, EvmBlockNumber, B256};
use futures_util::{stream, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;

use super::{BlockAt, BlockRange, SideChainNode};
use crate::fault::Fault;

/// Headers asked for at once: keeps up with a distant node, floods none.
const AT_ONCE: usize = 16;

/// A header in RLP and what it hashes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawHeader {
    /// Number of the block.
    pub number: EvmBlockNumber,
    /// Keccak-256 of `rlp`.
    pub hash: B256,
    /// Hash of the block before.
    pub parent_hash: B256,
    /// RLP of the header.
    pub rlp: Bytes,
}

impl RawHeader {
    /// Greatest number of bytes: an epoch header of Clique with 1,500 signers still fits.
    pub const MAX_BYTES: usize = 32 * 1_024;
}

/// The fields of a block that make up its header, and the hash that the node claims.
#[derive(Deserialize)]
struct Answer {
    hash: B256,
    #[serde(flatten)]
    header: Header,
}

impl SideChainNode {
    /// Returns the header that `at` names, or `None` when the node has none: above the head, of an
    /// unknown hash, or because it calls no block final.
    ///
    /// # Errors
    ///
    /// When the node does not answer, answers with another block, or with fields that do not hash to
    /// the block's hash.
    pub async fn raw_header(&self, at: BlockAt) -> Result<Option<RawHeader>, Fault> {
        let (method, parameters) = at.block_request();
        let found: Option<Answer> = match self.rpc.ask(method, parameters).await {
            // geth, asked for a tag that it does not know yet.
            Err(Fault::Node { error, .. })
                if at == BlockAt::Finalized && error.message.contains("not found") =>
            {
                None
            }
            answer => answer?,
        };
        let Some(found) = found else { return Ok(None) };
        let expected = "the header asked for, of bounded size, whose fields hash to its hash";
        read(&found)
            .filter(|header| at.is_answered_by(header.number, header.hash))
            .map(Some)
            .ok_or(Fault::Contradiction { method, expected })
    }

    /// Returns the canonical headers of a range, oldest first. They are asked for one by one: where the
    /// chain is reorganised meanwhile, neighbours do not link and the light client says so.
    ///
    /// # Errors
    ///
    /// As [`SideChainNode::raw_header`], and when a block of the range is missing.
    pub async fn raw_headers(&self, range: BlockRange) -> Result<Vec<RawHeader>, Fault> {
        stream::iter(range.first.get()..=range.last.get())
            .map(|number| async move {
                let at = BlockAt::Number(EvmBlockNumber::new(number));
                let (method, _) = at.block_request();
                let expected = "every block up to the head";
                self.raw_header(at).await?.ok_or(Fault::Contradiction { method, expected })
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }
}

fn read(answer: &Answer) -> Option<RawHeader> {
    let Answer { hash, header } = answer;
    let rlp = Bytes::from(alloy_rlp::encode(header));
    let holds = rlp.len() <= RawHeader::MAX_BYTES && keccak256(&rlp) == *hash;
    holds.then_some(RawHeader {
        number: EvmBlockNumber::new(header.number),
        hash: *hash,
        parent_hash: header.parent_hash,
        rlp,
    })
}
