//! Names that payloads carry.

use core::fmt;
use core::str::FromStr;

use farbank_types::B256;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroize as _;

/// Name of a quote: 32 bytes that the exchanging node chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuoteId(B256);

impl QuoteId {
    /// Wraps the bytes.
    #[must_use]
    pub const fn new(bytes: B256) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl fmt::Display for QuoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an invoice tells its payer and nobody else: without it a hop that knows the hash could probe
/// for the payee. Compared in constant time.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentSecret([u8; 32]);

impl PaymentSecret {
    /// Wraps the bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for PaymentSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for PaymentSecret {}

impl Drop for PaymentSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PaymentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaymentSecret(..)")
    }
}

/// Unique end-to-end transaction reference: a version 4 UUID (ISO 20022, RFC 4122), 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Uuid", into = "Uuid")]
pub struct Uetr(Uuid);

/// Why a UUID is no UETR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UetrRejection {
    /// Not a UUID at all.
    #[error("not a UUID")]
    Malformed,
    /// Not of version 4.
    #[error("a UUID of version {found}, a UETR has version 4")]
    WrongVersion {
        /// Its version.
        found: usize,
    },
}

impl Uetr {
    /// Returns the 16 bytes, as RFC 4122 orders them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Reads the 16 bytes.
    ///
    /// # Errors
    /// [`UetrRejection::WrongVersion`].
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, UetrRejection> {
        Self::try_from(Uuid::from_bytes(bytes))
    }
}

impl TryFrom<Uuid> for Uetr {
    type Error = UetrRejection;

    fn try_from(uuid: Uuid) -> Result<Self, Self::Error> {
        match uuid.get_version_num() {
            4 => Ok(Self(uuid)),
            found => Err(UetrRejection::WrongVersion { found }),
        }
    }
}

impl From<Uetr> for Uuid {
    fn from(uetr: Uetr) -> Self {
        uetr.0
    }
}

impl FromStr for Uetr {
    type Err = UetrRejection;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.parse::<Uuid>().map_err(|_| UetrRejection::Malformed)?)
    }
}

impl fmt::Display for Uetr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
