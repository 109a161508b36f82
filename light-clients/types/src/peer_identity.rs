//! Who a peer of the transport is, where its TLS key is what others pin.

use core::fmt;
use core::str::FromStr;

use alloy_primitives::B256;
use bitcoin::hashes::{sha256, Hash as _};
use serde::{Deserialize, Serialize};

/// SHA-256 of the subject public key info (DER, RFC 5280 section 4.1.2.7) of a peer's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeerIdentity(B256);

impl PeerIdentity {
    /// Wraps a digest.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(B256::new(digest))
    }

    /// Hashes the DER form of a subject public key info.
    #[must_use]
    pub fn of_spki(der: &[u8]) -> Self {
        Self::new(sha256::Hash::hash(der).to_byte_array())
    }

    /// Returns the digest.
    #[must_use]
    pub const fn get(self) -> [u8; 32] {
        self.0 .0
    }
}

impl fmt::Display for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PeerIdentity {
    type Err = <B256 as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
