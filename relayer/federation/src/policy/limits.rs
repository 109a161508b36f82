//! What an attester's operator sets, and what it knows of the deployment.

use core::time::Duration;

use bitcoin::{Amount, FeeRate};
use farbank_types::{UnixTime, B256};

/// Bound on what is paid out, for side chains whose finality can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayoutCap {
    /// Greatest sum of payouts signed within the window.
    pub amount: Amount,
    /// Length of the window.
    pub window: Duration,
}

/// An attester's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyLimits {
    /// Hash of the side chain's genesis block, as the deployment has it.
    pub genesis: B256,
    /// The deployment's fee reserve: what fees may take from the surplus.
    pub fee_reserve: Amount,
    /// Least fee rate; what pays less is not relayed and would only hold the custody outpoint up.
    pub min_fee_rate: FeeRate,
    /// Greatest fee rate.
    pub max_fee_rate: FeeRate,
    /// Greatest redemption that is paid at all.
    pub max_redemption: Amount,
    /// Bound on the sum of payouts; `None` where the side chain's finality is trusted wholly.
    pub payout_cap: Option<PayoutCap>,
    /// How much older than the judged state the anchor's block may be.
    pub max_anchor_age: Duration,
    /// How old the judged state may be.
    pub max_side_chain_age: Duration,
    /// How old the tip of the Bitcoin chain may be.
    pub max_bitcoin_age: Duration,
    /// Most ancestors between a transaction and the proven custody outpoint.
    pub max_unproven: usize,
    /// The operator's own brake: nothing is signed.
    pub paused: bool,
}

impl PayoutCap {
    /// Tells whether `then` lies in the window that ends at `now`; a time ahead of the clock does.
    pub(super) fn covers(&self, then: UnixTime, now: UnixTime) -> bool {
        now.secs_since(then).is_none_or(|age| age <= self.window.as_secs())
    }
}

impl PolicyLimits {
    /// Returns the limits for real money on a chain with finality; `max_redemption` and `fee_reserve` are
    /// the deployment's.
    #[must_use]
    pub const fn production(genesis: B256, fee_reserve: Amount, max_redemption: Amount) -> Self {
        Self {
            genesis,
            fee_reserve,
            // What every node relays; newer ones take less, but not all nodes are new.
            min_fee_rate: FeeRate::BROADCAST_MIN,
            max_fee_rate: FeeRate::from_sat_per_vb_u32(500),
            max_redemption,
            payout_cap: None,
            max_anchor_age: Duration::from_secs(60 * 60),
            max_side_chain_age: Duration::from_secs(10 * 60),
            // Six hours without a block happen less than once in a million years.
            max_bitcoin_age: Duration::from_secs(6 * 60 * 60),
            // Six to be buried and as many again for a proof that is late.
            max_unproven: 12,
            paused: false,
        }
    }
}
