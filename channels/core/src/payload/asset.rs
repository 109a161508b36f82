//! Which money: one token on one contract of one chain.

use core::fmt;

use farbank_types::{ChainId, EvmAddress};
use serde::{Deserialize, Serialize};

/// A token as it circulates in the channels of one contract. The same token under another contract is
/// another asset: its preimages are revealed elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AssetKey {
    /// The side chain (EIP-155).
    pub chain: ChainId,
    /// The contract of the channels.
    pub contract: EvmAddress,
    /// The ERC-20.
    pub token: EvmAddress,
}

impl AssetKey {
    /// Bytes of the wire form.
    pub const LEN: usize = 48;

    /// Returns the wire form: chain id (8 bytes, big-endian), contract (20), token (20).
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..8].copy_from_slice(&self.chain.get().to_be_bytes());
        bytes[8..28].copy_from_slice(self.contract.as_slice());
        bytes[28..].copy_from_slice(self.token.as_slice());
        bytes
    }

    /// Reads the wire form; every value is an asset.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let (mut chain, mut contract, mut token) = ([0; 8], [0; 20], [0; 20]);
        chain.copy_from_slice(&bytes[..8]);
        contract.copy_from_slice(&bytes[8..28]);
        token.copy_from_slice(&bytes[28..]);
        Self {
            chain: ChainId::new(u64::from_be_bytes(chain)),
            contract: EvmAddress::from(contract),
            token: EvmAddress::from(token),
        }
    }

    /// Whether preimages of both are revealed in the same place.
    #[must_use]
    pub fn same_registry(&self, other: &Self) -> bool {
        self.chain == other.chain && self.contract == other.contract
    }
}

impl fmt::Display for AssetKey {
    /// Writes `chain/contract/token`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.chain, self.contract, self.token)
    }
}
