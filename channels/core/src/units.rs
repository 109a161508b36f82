//! Units of a channel: amounts of its token, numbers of proofs, locks and settles, hashes and
//! preimages.

use core::fmt;

use farbank_types::bitcoin::hashes::{sha256, Hash as _};
use farbank_types::{UnixTime, B256, U256};
use serde::{Deserialize, Serialize};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Wraps a bare number that is already in this unit.
            #[must_use]
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// Returns the bare number.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }

            /// Returns the number as the contract reads it: 32 bytes, big-endian.
            #[must_use]
            pub fn word(self) -> B256 {
                B256::from(U256::from(self.0))
            }

            /// Returns the sum, or `None` when it does not fit.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

unit! {
    /// Smallest units of the channel's token.
    TokenAmount(u128)
}

unit! {
    /// Number of a proof of one direction; the first has 1, and 0 stands for none.
    ProofNonce(u64)
}

unit! {
    /// Number of a lock of one direction; never used twice. The payer gives them out ascending.
    LockId(u64)
}

unit! {
    /// Sequence of a settle within its channel; the first has 1.
    SettleSeq(u64)
}

unit! {
    /// Length of a challenge period in seconds.
    ChallengePeriod(u32)
}

unit! {
    /// A span of time.
    Seconds(u64)
}

impl TokenAmount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns the difference, or `None` when `other` is greater.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// Returns the sum, or the greatest amount there is. For limits only: a limit that is cut short
    /// refuses more, never less.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl ProofNonce {
    /// No proof.
    pub const NONE: Self = Self(0);

    /// Returns the next nonce, or `None` after the last there is.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        self.checked_add(Self(1))
    }
}

impl LockId {
    /// Returns the next id, or `None` after the last there is.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        self.checked_add(Self(1))
    }
}

/// Whether the one sum is at most the other, however great they are.
pub(crate) fn fits(sum: &[TokenAmount], limit: &[TokenAmount]) -> bool {
    let total = |parts: &[TokenAmount]| {
        parts.iter().fold(U256::ZERO, |sum, part| sum.saturating_add(U256::from(part.get())))
    };
    total(sum) <= total(limit)
}

/// The time that span before.
pub(crate) const fn before(time: UnixTime, span: Seconds) -> UnixTime {
    UnixTime::new(time.get().saturating_sub(span.get()))
}

/// SHA-256 of a [`Preimage`], as Lightning's payment hash (BOLT #2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentHash(B256);

impl PaymentHash {
    /// Wraps the 32 bytes of a digest.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(B256::new(digest))
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> [u8; 32] {
        self.0 .0
    }
}

impl fmt::Debug for PaymentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for PaymentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a lock pays for: exactly 32 bytes. A secret until it is shown, so it is never printed.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Preimage(B256);

impl Preimage {
    /// Wraps the 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(B256::new(bytes))
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0 .0
    }

    /// Returns its SHA-256.
    #[must_use]
    pub fn hash(&self) -> PaymentHash {
        PaymentHash::new(sha256::Hash::hash(self.0.as_slice()).to_byte_array())
    }
}

impl fmt::Debug for Preimage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Preimage(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preimages_are_not_printed() {
        assert_eq!(format!("{:?}", Preimage::new([7; 32])), "Preimage(..)");
    }

    #[test]
    fn words_are_big_endian() {
        let word = TokenAmount::new(0x0102).word();
        assert_eq!(word[30..], [1, 2]);
        assert!(word[..30].iter().all(|byte| *byte == 0));
    }
}
