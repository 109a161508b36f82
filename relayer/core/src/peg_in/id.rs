//! Names: of a deposit, and of the descriptor that it pays to.

use core::fmt;
use core::str::FromStr;

use farbank_types::B256;
use serde::{Deserialize, Serialize};

pub use farbank_types::DepositId;

/// Name of a descriptor among a relayer's: its taproot tweak, which commits to every field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DescriptorId(B256);

impl DescriptorId {
    /// Wraps [`super::descriptor::DepositDescriptor::tweak_hash`].
    #[must_use]
    pub const fn new(tweak: B256) -> Self {
        Self(tweak)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl fmt::Display for DescriptorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DescriptorId {
    type Err = <B256 as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
