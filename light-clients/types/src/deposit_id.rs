//! Name of a deposit.

use core::fmt;

use alloy_primitives::{keccak256, B256};
use bitcoin::hashes::Hash as _;
use bitcoin::OutPoint;
use serde::{Deserialize, Serialize};

/// Name of a deposit in the contract: `keccak256(txid (internal order) ‖ vout u32 big-endian)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DepositId(B256);

impl DepositId {
    /// Returns the name of an outpoint.
    #[must_use]
    pub fn of(outpoint: &OutPoint) -> Self {
        let mut preimage = [0; 36];
        preimage[..32].copy_from_slice(&outpoint.txid.to_raw_hash().to_byte_array());
        preimage[32..].copy_from_slice(&outpoint.vout.to_be_bytes());
        Self(keccak256(preimage))
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl From<B256> for DepositId {
    fn from(bytes: B256) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for DepositId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deposit_is_named_as_the_contract_names_it() {
        let txid = bitcoin::Txid::from_byte_array([0x11; 32]);
        let id = DepositId::of(&OutPoint { txid, vout: 1 });
        let packed = [[0x11; 32].as_slice(), &[0, 0, 0, 1]].concat();
        assert_eq!(id.get(), keccak256(packed));
    }
}
