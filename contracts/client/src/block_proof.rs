//! Proof that a block belongs to the contract's best chain.

use ethers::abi::{Token, Tokenizable as _};
use farbank_types::bitcoin::block;
use farbank_types::bitcoin::consensus::encode::serialize;
use farbank_types::{SegmentIndex, B256};

use crate::bindings;
use crate::segment::SegmentPreimage;

/// A header with the place of its hash in a segment that the contract holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockProof {
    /// The block's header.
    pub header: block::Header,
    /// Segment that holds the header.
    pub segment: SegmentIndex,
    /// Position of the header in that segment, from zero.
    pub position: u32,
    /// The segment's root.
    pub root: B256,
    /// The segment's meta word.
    pub meta: B256,
    /// Hash of the segment's state: [`SegmentPreimage::state_hash`].
    pub state_hash: B256,
    /// Siblings from the header's hash up to the root, promoted nodes skipped.
    pub segment_path: Vec<B256>,
}

impl BlockProof {
    /// Puts a header, its place in a segment and the segment's preimage together.
    #[must_use]
    pub fn new(
        header: block::Header,
        segment: SegmentIndex,
        preimage: &SegmentPreimage,
        position: u32,
        segment_path: Vec<B256>,
    ) -> Self {
        let state_hash = preimage.state_hash();
        let SegmentPreimage { root, meta, .. } = *preimage;
        Self { header, segment, position, root, meta, state_hash, segment_path }
    }

    pub(crate) fn to_binding(&self) -> bindings::BlockProof {
        bindings::BlockProof {
            header: serialize(&self.header).into(),
            segment_index: self.segment.get().into(),
            position: self.position.into(),
            root: self.root.0,
            meta: self.meta.0,
            state_hash: self.state_hash.0,
            segment_path: words(&self.segment_path),
        }
    }

    pub(crate) fn to_token(&self) -> Token {
        self.to_binding().into_token()
    }
}

pub(crate) fn words(nodes: &[B256]) -> Vec<[u8; 32]> {
    nodes.iter().map(|node| node.0).collect()
}
