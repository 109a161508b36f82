//! How to reach a node, and how far it is trusted with time, memory and fees.

use core::time::Duration;

use bitcoin::FeeRate;

use super::RpcAuth;

/// How to reach a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitcoindOptions {
    /// `http://host:port` of the JSON-RPC interface.
    pub url: String,
    /// Where its credentials are.
    pub auth: RpcAuth,
    /// After this a call counts as unanswered. `generatetoaddress` gets ten times as long.
    pub timeout: Duration,
    /// Greatest answer that is read.
    pub max_response_bytes: u32,
    /// What is made of the node's fee estimates.
    pub fees: FeeBounds,
}

/// Bounds on fee estimates: a node without history, or a lying one, moves fees no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeBounds {
    /// Never less.
    pub floor: FeeRate,
    /// Never more.
    pub ceiling: FeeRate,
    /// Taken when the node has no estimate (always so on regtest).
    pub fallback: FeeRate,
}

impl BitcoindOptions {
    /// A block of 4 MB is 8 MB of hexadecimal digits; the rest is room for JSON and batches.
    pub const DEFAULT_MAX_RESPONSE_BYTES: u32 = 20 * 1024 * 1024;

    /// Returns the options for a node with the usual limits.
    #[must_use]
    pub fn new(url: impl Into<String>, auth: RpcAuth) -> Self {
        Self {
            url: url.into(),
            auth,
            timeout: Duration::from_secs(10),
            max_response_bytes: Self::DEFAULT_MAX_RESPONSE_BYTES,
            fees: FeeBounds::default(),
        }
    }
}

impl Default for FeeBounds {
    /// 1 to 500 sat/vB, 2 sat/vB without an estimate.
    fn default() -> Self {
        Self {
            floor: FeeRate::from_sat_per_vb_u32(1),
            ceiling: FeeRate::from_sat_per_vb_u32(500),
            fallback: FeeRate::from_sat_per_vb_u32(2),
        }
    }
}

impl FeeBounds {
    /// Returns the estimate within the bounds, or the fallback.
    #[must_use]
    pub fn apply(&self, estimate: Option<FeeRate>) -> FeeRate {
        estimate.unwrap_or(self.fallback).clamp(self.floor, self.ceiling.max(self.floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimate_outside_the_bounds_is_moved_to_the_bound() {
        let bounds = FeeBounds::default();
        let rate = FeeRate::from_sat_per_vb_u32;
        assert_eq!(bounds.apply(None), rate(2));
        assert_eq!(bounds.apply(Some(FeeRate::ZERO)), rate(1));
        assert_eq!(bounds.apply(Some(rate(20))), rate(20));
        assert_eq!(bounds.apply(Some(rate(100_000))), rate(500));
    }
}
