//! Units that must not be mixed up: heights, counts of blocks, times, work.

use core::fmt;

use alloy_primitives::U256;
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
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> $inner {
                value.0
            }
        }
    };
}

mod side_chain;

pub use side_chain::{ChainId, Gas, Nonce, SegmentIndex, Wei};

unit! {
    /// Height of a block in the Bitcoin chain; the genesis block has 0.
    BitcoinHeight(u32)
}

unit! {
    /// A number of Bitcoin blocks: confirmations (the including block counts 1) or a timelock.
    BlockCount(u32)
}

unit! {
    /// Number of a block of the side chain; its genesis block has 0.
    EvmBlockNumber(u64)
}

unit! {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds, as both chains count time.
    UnixTime(u64)
}

impl BitcoinHeight {
    /// Returns the height `count` blocks above, or `None` beyond 2^32 - 1.
    #[must_use]
    pub const fn checked_add(self, count: BlockCount) -> Option<Self> {
        match self.0.checked_add(count.0) {
            Some(height) => Some(Self(height)),
            None => None,
        }
    }

    /// Returns the height `count` blocks below, or `None` below the genesis block.
    #[must_use]
    pub const fn checked_sub(self, count: BlockCount) -> Option<Self> {
        match self.0.checked_sub(count.0) {
            Some(height) => Some(Self(height)),
            None => None,
        }
    }

    /// Returns how many blocks this height lies above `other`, or `None` when it lies below.
    #[must_use]
    pub const fn since(self, other: Self) -> Option<BlockCount> {
        match self.0.checked_sub(other.0) {
            Some(count) => Some(BlockCount(count)),
            None => None,
        }
    }

    /// Returns how many confirmations a block at this height has under `tip` (itself counts 1), or
    /// zero when the tip lies below it.
    #[must_use]
    pub const fn confirmations_at(self, tip: Self) -> BlockCount {
        match tip.0.checked_sub(self.0) {
            Some(count) => BlockCount(count.saturating_add(1)),
            None => BlockCount(0),
        }
    }
}

impl UnixTime {
    /// Returns the time `seconds` later, or the last one that can be written.
    #[must_use]
    pub const fn saturating_add_secs(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Returns the seconds since `other`, or `None` when this time is earlier.
    #[must_use]
    pub const fn secs_since(self, other: Self) -> Option<u64> {
        self.0.checked_sub(other.0)
    }
}

/// Cumulative proof of work: the expected number of hashes, as a 256-bit integer.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Work(U256);

impl Work {
    /// No work at all.
    pub const ZERO: Self = Self(U256::ZERO);

    /// Wraps a number of expected hashes.
    #[must_use]
    pub const fn new(hashes: U256) -> Self {
        Self(hashes)
    }

    /// Returns the number of expected hashes.
    #[must_use]
    pub const fn get(self) -> U256 {
        self.0
    }

    /// Returns the sum, or `None` when it does not fit 256 bits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl From<bitcoin::Work> for Work {
    fn from(work: bitcoin::Work) -> Self {
        Self(U256::from_be_bytes(work.to_be_bytes()))
    }
}

impl fmt::Display for Work {
    /// Writes 64 hexadecimal digits, as Bitcoin Core writes `chainwork`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmations_count_the_including_block() {
        let block = BitcoinHeight::new(10);
        assert_eq!(block.confirmations_at(BitcoinHeight::new(9)), BlockCount::new(0));
        assert_eq!(block.confirmations_at(block), BlockCount::new(1));
        assert_eq!(block.confirmations_at(BitcoinHeight::new(15)), BlockCount::new(6));
    }

    #[test]
    fn heights_never_wrap() {
        let top = BitcoinHeight::new(u32::MAX);
        assert_eq!(top.checked_add(BlockCount::new(1)), None);
        assert_eq!(BitcoinHeight::new(0).checked_sub(BlockCount::new(1)), None);
        assert_eq!(BitcoinHeight::new(0).since(top), None);
        assert_eq!(BitcoinHeight::new(0).confirmations_at(top).get(), u32::MAX);
    }

    #[test]
    fn work_is_written_as_bitcoin_core_writes_it() {
        let work = Work::new(U256::from(0x1_0001_u64));
        assert_eq!(work.to_string(), format!("{}10001", "0".repeat(59)));
    }
}
