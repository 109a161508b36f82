//! What the networks do differently.

use bitcoin::params::Params;
use bitcoin::{CompactTarget, Network};

/// Blocks of one retarget period, the same on every network.
pub const RETARGET_INTERVAL: u32 = 2_016;

/// How far a header's time may lie ahead of the clock: two hours, as Bitcoin Core has it
/// (`MAX_FUTURE_BLOCK_TIME`).
pub const MAX_FUTURE_SECS: u64 = 2 * 60 * 60;

/// How far the first block of a period may lie before its parent where BIP-0094 holds.
pub(crate) const MAX_TIMEWARP_SECS: u32 = 600;

/// Gap after which testnet3 and testnet4 take a block of least difficulty: twice the spacing.
const MIN_DIFFICULTY_GAP_SECS: u32 = 20 * 60;

/// The header rules of one network.
#[derive(Clone, Copy, Debug)]
pub struct ChainRules {
    network: Network,
    params: &'static Params,
    limit_bits: CompactTarget,
}

impl ChainRules {
    /// Returns the rules of `network`; signet's are those of the default signet's headers, without
    /// the challenge, which only a whole block can answer.
    #[must_use]
    pub fn for_network(network: Network) -> Self {
        let params = network.params();
        Self { network, params, limit_bits: params.max_attainable_target.to_compact_lossy() }
    }

    /// Returns the network that these rules are of.
    #[must_use]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// Returns the easiest target of the network in compact form.
    #[must_use]
    pub const fn limit_bits(&self) -> CompactTarget {
        self.limit_bits
    }

    /// Tells whether `height` is the first of a retarget period.
    #[must_use]
    pub const fn starts_period(height: u32) -> bool {
        height.is_multiple_of(RETARGET_INTERVAL)
    }

    pub(crate) const fn params(&self) -> &'static Params {
        self.params
    }

    /// Whether the target never moves (regtest).
    pub(crate) const fn is_fixed(&self) -> bool {
        self.params.no_pow_retargeting
    }

    /// Whether a block that is late enough may have the least difficulty (testnet3, testnet4).
    pub(crate) const fn has_min_difficulty_rule(&self) -> bool {
        self.params.allow_min_difficulty_blocks && !self.params.no_pow_retargeting
    }

    /// Whether BIP-0094 holds (testnet4).
    pub(crate) const fn has_bip94(&self) -> bool {
        matches!(self.network, Network::Testnet4)
    }

    /// Whether a block with this time may have the least difficulty after its parent.
    pub(crate) const fn is_late(parent_time: u32, time: u32) -> bool {
        time > parent_time.saturating_add(MIN_DIFFICULTY_GAP_SECS)
    }
}

impl PartialEq for ChainRules {
    fn eq(&self, other: &Self) -> bool {
        self.network == other.network
    }
}

impl Eq for ChainRules {}
