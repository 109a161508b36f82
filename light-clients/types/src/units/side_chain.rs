//! Units of the side chain: money, gas, account sequence, chain and segment numbers.

use core::fmt;
use core::num::NonZeroU64;

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

unit! {
    /// Units of work of the EVM.
    Gas(u64)
}

unit! {
    /// Sequence number of a transaction of one account; the first one has 0 (EIP-2681 bounds it by
    /// 2^64 - 2).
    Nonce(u64)
}

unit! {
    /// Chain id of EIP-155.
    ChainId(u64)
}

unit! {
    /// Index of a segment of the contract's header chain; the checkpoint has 0.
    SegmentIndex(u32)
}

unit! {
    /// Smallest unit of the side chain's own money: 10^18 of them are one ether. Written in JSON as
    /// a hexadecimal string.
    Wei(U256)
}

impl Nonce {
    /// Returns the next sequence number, or the last one there is.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Wei {
    /// No money.
    pub const ZERO: Self = Self(U256::ZERO);

    /// Returns an amount given in gwei (10^9 wei).
    #[must_use]
    pub fn from_gwei(gwei: u64) -> Self {
        Self(U256::from(gwei).saturating_mul(U256::from(1_000_000_000_u64)))
    }

    /// Returns an amount given in ether (10^18 wei).
    #[must_use]
    pub fn from_ether(ether: u64) -> Self {
        Self(U256::from(ether).saturating_mul(U256::from(1_000_000_000_000_000_000_u64)))
    }

    /// Returns the sum, or the greatest amount there is.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference, or `None` when `other` is greater.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Returns what `gas` costs when one unit of it costs this much, or the greatest amount there is.
    #[must_use]
    pub fn saturating_mul_gas(self, gas: Gas) -> Self {
        Self(self.0.saturating_mul(U256::from(gas.get())))
    }

    /// Returns `self * numerator / denominator`, rounded up, or the greatest amount there is.
    #[must_use]
    pub fn scale_up(self, numerator: u64, denominator: NonZeroU64) -> Self {
        let denominator = U256::from(denominator.get());
        match self.0.checked_mul(U256::from(numerator)) {
            Some(product) => Self(product.div_ceil(denominator)),
            None => Self(U256::MAX),
        }
    }
}

impl From<u64> for Wei {
    fn from(wei: u64) -> Self {
        Self(U256::from(wei))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_up_and_never_wraps() {
        let eight = NonZeroU64::new(8).unwrap();
        assert_eq!(Wei::from(8).scale_up(9, eight), Wei::from(9));
        assert_eq!(Wei::from(1).scale_up(9, eight), Wei::from(2));
        assert_eq!(Wei::ZERO.scale_up(9, eight), Wei::ZERO);
        assert_eq!(Wei::new(U256::MAX).scale_up(9, eight), Wei::new(U256::MAX));
    }

    #[test]
    fn wei_survives_json() {
        let amount = Wei::from_ether(3);
        let json = serde_json::to_string(&amount).unwrap();
        assert_eq!(json, "\"0x29a2241af62c0000\"");
        assert_eq!(serde_json::from_str::<Wei>(&json).unwrap(), amount);
    }
}
