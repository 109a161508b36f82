//! By what rules a node forwards and receives.

use core::num::NonZeroU64;
use std::collections::BTreeMap;

use farbank_types::{ChainId, EvmAddress, Gas};
use serde::{Deserialize, Serialize};

use super::route::with_fee_up;
use crate::channel::ChannelParameters;
use crate::payload::AssetKey;
use crate::units::{Seconds, TokenAmount};

/// What a first reveal of a hash costs on chain, in gas: a fresh slot, its event, its share of a
/// transaction.
const REVEAL_GAS: u64 = 26_000;

/// Where preimages are revealed: one contract of one chain. Locks of one registry pay or expire by the
/// same clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Registry {
    /// The chain.
    pub chain: ChainId,
    /// Its `Channels` contract.
    pub contract: EvmAddress,
}

impl From<AssetKey> for Registry {
    fn from(asset: AssetKey) -> Self {
        Self { chain: asset.chain, contract: asset.contract }
    }
}

/// What a node does with one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetPolicy {
    /// Smallest lock that it takes or offers: twice what a reveal costs, or claiming it is a loss.
    pub min_lock: TokenAmount,
    /// What it takes for a forward, whatever the amount is.
    pub fee_base: TokenAmount,
    /// What it takes for a forward, in parts per million of what goes on, rounded up.
    pub fee_ppm: u32,
}

/// By what rules a node forwards and receives. A change is an input, so that a replay has it in its
/// place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchConfig {
    /// Assets that it knows. An invoice in another one is foreign.
    pub assets: BTreeMap<AssetKey, AssetPolicy>,
    /// R, and how old the newest final block may be.
    pub channel: ChannelParameters,
    /// How much longer an incoming lock lasts than its outgoing one, in one registry, in seconds.
    pub hop_delta_secs: u32,
    /// The same between two registries: the preimage is to be carried across.
    pub registry_delta_secs: u32,
    /// Most locks that may wait with one peer, in one direction.
    pub max_locks_per_peer: u32,
    /// Most value that may wait with one peer in one asset, in percent of what its channels hold.
    pub max_value_percent: u8,
    /// Most incoming locks at all: as many as the node could claim within R, at a quarter of the blocks'
    /// gas.
    pub max_incoming_locks: u32,
    /// Most onions that are remembered.
    pub replay_capacity: u32,
    /// Most quotes that are open.
    pub quote_capacity: u32,
    /// How long an ended payment or a paid invoice is remembered, in seconds.
    pub keep_ended_secs: u32,
}

impl SwitchConfig {
    /// Returns how many reveals fit a quarter of the blocks of R: what `max_incoming_locks` should be
    /// (flood and loot: Harris and Zohar 2020). 0 when a block takes longer than R.
    #[must_use]
    pub const fn claimable(block_gas: Gas, margin: Seconds, block_secs: NonZeroU64) -> u64 {
        let blocks = margin.get() / block_secs.get();
        (block_gas.get() / 4).saturating_mul(blocks) / REVEAL_GAS
    }

    /// Returns what a forward of `amount` must bring in.
    pub(super) fn amount_in_up(
        &self,
        asset: &AssetKey,
        amount: TokenAmount,
    ) -> Option<TokenAmount> {
        let policy = self.assets.get(asset)?;
        with_fee_up(amount, policy.fee_base, policy.fee_ppm)
    }

    /// Returns by how much an incoming lock must outlast its outgoing one.
    pub(super) fn delta_secs(&self, incoming: &AssetKey, outgoing: &AssetKey) -> u32 {
        if incoming.same_registry(outgoing) {
            self.hop_delta_secs
        } else {
            self.registry_delta_secs
        }
    }
}
