//! The preimage of a segment's commitment, as the contract publishes it.
//!
//! Leaves out what the words mean for the header rules: that is the Bitcoin light client's.

use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::BlockHash;
use farbank_types::{
    keccak256, BitcoinHeight, BlockCount, EvmAddress, EvmBlockNumber, SegmentIndex, B256,
};

/// What a segment's commitment commits to; callers of the contract pass it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct SegmentPreimage {
    /// Keccak root of the segment's header hashes.
    pub root: B256,
    /// Big-endian: height of the last header u32, number of headers u32, zero u32, submitter 20 B.
    pub meta: B256,
    /// State of the chain after the last header: its hash (internal byte order) first, then work,
    /// bits and epoch start time, then the last eleven times.
    pub state: [B256; 4],
}

impl SegmentPreimage {
    /// Returns `keccak256(abi.encode(state))`.
    #[must_use]
    pub fn state_hash(&self) -> B256 {
        keccak256(self.state.as_flattened_bytes())
    }

    /// Returns the commitment that the contract stores:
    /// `keccak256(abi.encode(root, meta, state hash))`.
    #[must_use]
    pub fn commitment(&self) -> B256 {
        keccak256([self.root, self.meta, self.state_hash()].as_flattened_bytes())
    }

    /// Returns the height of the last header.
    #[must_use]
    pub fn last_height(&self) -> BitcoinHeight {
        BitcoinHeight::new(self.meta_word(0))
    }

    /// Returns the number of headers.
    #[must_use]
    pub fn count(&self) -> BlockCount {
        BlockCount::new(self.meta_word(4))
    }

    /// Returns where the header at `height` lies in the segment, from zero, or `None` outside it.
    #[must_use]
    pub fn position_of(&self, height: BitcoinHeight) -> Option<u32> {
        let below_last = self.last_height().since(height)?.get();
        self.count().get().checked_sub(1)?.checked_sub(below_last)
    }

    /// Returns who submitted the segment; zero for the checkpoint.
    #[must_use]
    pub fn submitter(&self) -> EvmAddress {
        EvmAddress::from_word(self.meta)
    }

    /// Returns the hash of the last header.
    #[must_use]
    pub fn tip_hash(&self) -> BlockHash {
        BlockHash::from_byte_array(self.state[0].0)
    }

    fn meta_word(&self, offset: usize) -> u32 {
        let bytes = self.meta.as_slice();
        u32::from_be_bytes(core::array::from_fn(|i| bytes[offset + i]))
    }
}

/// `abi.encode` of static 32-byte words: the words back to back.
trait AsFlattenedBytes {
    fn as_flattened_bytes(&self) -> Vec<u8>;
}

impl<const N: usize> AsFlattenedBytes for [B256; N] {
    fn as_flattened_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|word| word.0).collect()
    }
}

/// A segment that the contract holds, with the place where it was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// Its index.
    pub index: SegmentIndex,
    /// What its commitment commits to.
    pub preimage: SegmentPreimage,
    /// Block of the side chain that stored it.
    pub stored_at: EvmBlockNumber,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_is_read_at_its_offsets() {
        let mut meta = [0_u8; 32];
        meta[..4].copy_from_slice(&700_000_u32.to_be_bytes());
        meta[4..8].copy_from_slice(&14_u32.to_be_bytes());
        meta[12..].copy_from_slice(&[0x11; 20]);
        let preimage =
            SegmentPreimage { root: B256::ZERO, meta: B256::from(meta), state: [B256::ZERO; 4] };
        assert_eq!(preimage.last_height(), BitcoinHeight::new(700_000));
        assert_eq!(preimage.count(), BlockCount::new(14));
        assert_eq!(preimage.submitter(), EvmAddress::from([0x11; 20]));
        for (height, position) in
            [(699_986, None), (699_987, Some(0)), (700_000, Some(13)), (700_001, None)]
        {
            assert_eq!(preimage.position_of(BitcoinHeight::new(height)), position);
        }
    }
}
