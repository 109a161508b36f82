//! A header of the side chain with its hash. Decides whether bytes are one header in its only
//! encoding; leaves out whether it belongs to a chain.

use alloy_consensus::Header;
use alloy_rlp::Decodable as _;
use farbank_types::{keccak256, EvmBlockNumber, UnixTime, B256};
use serde::Serialize;

use crate::clique::MAX_SIGNERS;

/// Most bytes of extra data: 32 of vanity, [`MAX_SIGNERS`] addresses, 65 of seal (EIP-225).
pub const MAX_EXTRA_BYTES: usize = 32 + 20 * MAX_SIGNERS + 65;

/// Most bytes of an encoded header: everything but the extra data takes less than 1,024.
pub const MAX_HEADER_BYTES: usize = 1_024 + MAX_EXTRA_BYTES;

/// Bytes that are not a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum HeaderRejection {
    /// Not the canonical RLP of a header.
    #[error("not a header from byte {offset} on; ask another source")]
    Malformed {
        /// Bytes that could be read.
        offset: usize,
    },
    /// More bytes than a header can have.
    #[error("{size} bytes, a header has at most {max}; ask another source")]
    TooLarge {
        /// Bytes that were given.
        size: usize,
        /// [`MAX_HEADER_BYTES`].
        max: usize,
    },
}

impl HeaderRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "Malformed",
            Self::TooLarge { .. } => "TooLarge",
        }
    }
}

/// A header and its hash, computed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideHeader {
    header: Header,
    hash: B256,
}

impl SideHeader {
    /// Takes a header that was put together from its fields.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let hash = header.hash_slow();
        Self { header, hash }
    }

    /// Reads the RLP of exactly one header.
    ///
    /// # Errors
    /// Refuses more bytes than a header can have, and any other encoding than the one that hashes to
    /// the block's name.
    pub fn decode(rlp: &[u8]) -> Result<Self, HeaderRejection> {
        if rlp.len() > MAX_HEADER_BYTES {
            return Err(HeaderRejection::TooLarge { size: rlp.len(), max: MAX_HEADER_BYTES });
        }
        let mut rest = rlp;
        let decoded = Header::decode(&mut rest);
        let malformed = HeaderRejection::Malformed { offset: rlp.len() - rest.len() };
        let header = decoded.map_err(|_| malformed)?;
        if !rest.is_empty() {
            return Err(malformed);
        }
        if alloy_rlp::encode(&header) != rlp {
            return Err(HeaderRejection::Malformed { offset: 0 });
        }
        Ok(Self { header, hash: keccak256(rlp) })
    }

    /// Returns its RLP.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        alloy_rlp::encode(&self.header)
    }

    /// Returns the fields.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the block's number.
    #[must_use]
    pub const fn number(&self) -> EvmBlockNumber {
        EvmBlockNumber::new(self.header.number)
    }

    /// Returns the block's hash.
    #[must_use]
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// Returns the hash of the block before it.
    #[must_use]
    pub const fn parent_hash(&self) -> B256 {
        self.header.parent_hash
    }

    /// Returns the root of the state after the block.
    #[must_use]
    pub const fn state_root(&self) -> B256 {
        self.header.state_root
    }

    /// Returns the block's time.
    #[must_use]
    pub const fn time(&self) -> UnixTime {
        UnixTime::new(self.header.timestamp)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> SideHeader {
        let extra_data = vec![7; 97].into();
        SideHeader::new(Header {
            number: 300,
            timestamp: 1_700_000_000,
            gas_limit: 30_000_000,
            extra_data,
            base_fee_per_gas: Some(1_000_000_000),
            ..Header::default()
        })
    }

    #[test]
    fn header_survives_its_encoding() {
        let header = sample();
        assert_eq!(SideHeader::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn bytes_beyond_the_header_and_missing_ones_are_refused() {
        let mut rlp = sample().encode();
        rlp.push(0);
        let refused = HeaderRejection::Malformed { offset: rlp.len() - 1 };
        assert_eq!(SideHeader::decode(&rlp), Err(refused));
        for length in 0..rlp.len() - 1 {
            let refused = SideHeader::decode(&rlp[..length]).expect_err("cut off");
            assert_eq!(refused.name(), "Malformed", "{length}");
        }
    }

    #[test]
    fn header_with_too_much_extra_data_is_refused_unread() {
        let extra_data = vec![0; MAX_EXTRA_BYTES + 1_024].into();
        let rlp = SideHeader::new(Header { extra_data, ..Header::default() }).encode();
        assert_eq!(SideHeader::decode(&rlp).expect_err("large").name(), "TooLarge");
    }

    proptest! {
        #[test]
        fn whatever_is_taken_encodes_to_the_same_bytes(
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut rlp = sample().encode();
            let at = at.index(rlp.len());
            rlp[at] = byte;
            if let Ok(header) = SideHeader::decode(&rlp) {
                prop_assert_eq!(header.encode(), rlp);
                prop_assert_eq!(header.hash(), header.header().hash_slow());
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(rlp in prop::collection::vec(any::<u8>(), 0..700)) {
            prop_assert!(SideHeader::decode(&rlp).is_err());
        }
    }
}
