//! `deployment.json`: the only thing a client needs to know about a bridge.
//!
//! Whoever writes it is trusted for nothing but being looked at: clients compare `instance`, the
//! parameters and the checkpoint with the contract and the checkpoint with their own Bitcoin node.

use std::path::PathBuf;

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, BlockHash, Network, OutPoint, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use crate::units::{BitcoinHeight, BlockCount, ChainId, EvmBlockNumber, UnixTime};
use crate::{EvmAddress, B256};

/// Version of the format; a file of another version is refused.
pub const DEPLOYMENT_VERSION: u32 = 2;

/// A bridge between one Bitcoin network and one side chain, as deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// [`DEPLOYMENT_VERSION`].
    pub version: u32,
    /// The main chain.
    pub bitcoin: BitcoinEndpoint,
    /// The side chain.
    pub side_chain: SideChainEndpoint,
    /// Where the contracts are.
    pub contracts: ContractAddresses,
    /// `keccak256(abi.encode(chain id, bridge, blockhash(deployment block - 1), checkpoint))`: what
    /// deposits commit to, so that a redeployed chain replays nothing.
    pub instance: B256,
    /// The key that holds deposits and custody.
    pub federation_key: FederationKey,
    /// Where the contract's header chain starts.
    pub checkpoint: CheckpointRecord,
    /// The first custody outpoint, recorded at deployment.
    pub custody: CustodyRecord,
    /// The constructor's arguments.
    pub parameters: BridgeParameters,
}

/// How to reach the main chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitcoinEndpoint {
    /// Network of the addresses and of the header rules.
    pub network: Network,
    /// JSON-RPC address of a node.
    pub rpc_url: String,
    /// Cookie file of that node, when it runs on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_file: Option<PathBuf>,
}

/// How to reach the side chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideChainEndpoint {
    /// Whose finality rule holds.
    pub kind: SideChainKind,
    /// EIP-155 chain id.
    pub chain_id: ChainId,
    /// Hash of the genesis block: tells chains of one id apart.
    pub genesis_hash: B256,
    /// JSON-RPC address of a node.
    pub rpc_url: String,
}

/// Consensus of a side chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SideChainKind {
    /// Proof of authority, EIP-225.
    Clique,
    /// A development node; its own `finalized` tag is the verdict.
    Anvil,
}

impl SideChainKind {
    /// Returns the name used on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clique => "clique",
            Self::Anvil => "anvil",
        }
    }
}

/// Where the contracts are on the side chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractAddresses {
    /// Header chain, peg-in and reserves.
    pub bridge: EvmAddress,
    /// `fBTC`.
    pub token: EvmAddress,
    /// Who changes the guardian, ends pauses and registers keys; part of the bridge's code.
    pub governance: EvmAddress,
    /// Block that holds the deployment: logs are searched from here.
    pub deployed_at: EvmBlockNumber,
}

/// The federation's key P: x-only, even y.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationKey {
    /// The x coordinate, as BIP-0340 writes it.
    pub x_only: XOnlyPublicKey,
    /// Who knows its secret.
    pub kind: FederationKeyKind,
}

/// Who knows the secret of a federation key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FederationKeyKind {
    /// At least a threshold of the federation's members together: they generated it among them.
    Dkg,
    /// Whatever the deployer was given; this file cannot tell how it came about.
    Supplied,
}

/// Where the contract's header chain starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRecord {
    /// Height of the checkpoint.
    pub height: BitcoinHeight,
    /// Its hash, in the order that people read.
    pub hash: BlockHash,
    /// Time of the first block of its retarget period.
    pub epoch_start_time: UnixTime,
}

/// The custody output that a deployment starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyRecord {
    /// Outpoint of the seed.
    pub outpoint: OutPoint,
    /// Its value: surplus from the first day on.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "value_sat")]
    pub value: Amount,
}

impl CustodyRecord {
    /// Returns the transaction id as the contract stores it: internal byte order.
    #[must_use]
    pub fn txid_internal(&self) -> B256 {
        B256::from(self.outpoint.txid.to_raw_hash().to_byte_array())
    }
}

/// The bridge's parameters: fixed at deployment, bounded by the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeParameters {
    /// Relative timelock of the depositor's reclaim leaf, 256 to 32,767 (a two-byte push).
    pub reclaim_blocks: BlockCount,
    /// Blocks that must be left before the reclaim when a deposit is minted.
    pub sweep_window_blocks: BlockCount,
    /// Greatest age of the Bitcoin tip at which the contract still mints.
    pub freshness_secs: u32,
    /// Confirmations that the smallest sum needs.
    pub min_confirmations: BlockCount,
    /// Confirmations that the greatest sum needs.
    pub max_confirmations: BlockCount,
    /// Sum minted from one block that costs one more confirmation.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "per_confirmation_sat")]
    pub per_confirmation: Amount,
    /// Greatest sum minted from the newest 144 blocks.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "mint_cap_sat")]
    pub mint_cap: Amount,
    /// Least value of a deposit.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "min_deposit_sat")]
    pub min_deposit: Amount,
    /// Greatest value of minted deposits that are not swept yet.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "unswept_value_cap_sat")]
    pub unswept_value_cap: Amount,
    /// Greatest number of minted deposits that are not swept yet.
    pub unswept_count_cap: u32,
    /// Confirmations that a custody transaction needs to be proven.
    pub custody_confirmations: BlockCount,
    /// Blocks before its reclaim at which an unswept deposit lets anyone pause the bridge; less than
    /// the sweep window.
    pub unswept_alarm_blocks: BlockCount,
    /// Confirmations after which an unproven spend of the custody outpoint is evidence although it has
    /// the shape of a custody transaction.
    pub evidence_delay_blocks: BlockCount,
    /// Time from a key's registration until custody may move to it.
    pub key_delay_secs: u32,
    /// What every redemption leaves to the surplus.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "redemption_fee_sat")]
    pub redemption_fee: Amount,
    /// Least amount of a redemption; what remains of it after both fees is no dust.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "min_redemption_sat")]
    pub min_redemption: Amount,
    /// Greatest amount of a redemption.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_redemption_sat")]
    pub max_redemption: Amount,
    /// Least fee that a redemption must allow its payout to cost.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "min_max_fee_sat")]
    pub min_max_fee: Amount,
    /// Part of the surplus that custody transactions may spend beyond the redemptions' shares.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "fee_reserve_sat")]
    pub fee_reserve: Amount,
}

impl BridgeParameters {
    /// At least five times what a key-path input costs at 100 sat/vB (57.5 vB), rounded up.
    const MIN_DEPOSIT: Amount = Amount::from_sat(30_000);

    /// A payout's share of a batch, about 50 vB, at 20 sat/vB. Whoever is in a hurry allows more.
    const MIN_MAX_FEE: Amount = Amount::from_sat(1_000);

    /// The largest custody transaction, 10,000 vB, at 100 sat/vB: sweeps need no redemption to pay them.
    const FEE_RESERVE: Amount = Amount::from_sat(1_000_000);

    /// Returns the parameters for real money.
    #[must_use]
    pub const fn production() -> Self {
        Self {
            reclaim_blocks: BlockCount::new(4_320),
            sweep_window_blocks: BlockCount::new(2_016),
            freshness_secs: 6 * 60 * 60,
            min_confirmations: BlockCount::new(6),
            max_confirmations: BlockCount::new(144),
            per_confirmation: Amount::from_sat(100_000_000),
            mint_cap: Amount::from_sat(100_000_000_000),
            min_deposit: Self::MIN_DEPOSIT,
            unswept_value_cap: Amount::from_sat(200_000_000_000),
            unswept_count_cap: 1_000,
            custody_confirmations: BlockCount::new(6),
            unswept_alarm_blocks: BlockCount::new(1_008),
            evidence_delay_blocks: BlockCount::new(1_008),
            key_delay_secs: 7 * 24 * 60 * 60,
            redemption_fee: Amount::from_sat(1_000),
            min_redemption: Amount::from_sat(10_000),
            max_redemption: Amount::from_sat(10_000_000_000),
            min_max_fee: Self::MIN_MAX_FEE,
            fee_reserve: Self::FEE_RESERVE,
        }
    }

    /// Returns the parameters of the devnet: the same shape, within a newcomer's patience.
    #[must_use]
    pub const fn devnet() -> Self {
        Self {
            reclaim_blocks: BlockCount::new(300),
            sweep_window_blocks: BlockCount::new(150),
            freshness_secs: 10 * 60,
            min_confirmations: BlockCount::new(2),
            max_confirmations: BlockCount::new(6),
            unswept_alarm_blocks: BlockCount::new(75),
            evidence_delay_blocks: BlockCount::new(144),
            key_delay_secs: 60,
            ..Self::production()
        }
    }

    /// Returns the confirmations that a block needs when `sum` is minted from it, the claim at hand
    /// included: one more for every full `per_confirmation` (rounded down), within the bounds.
    #[must_use]
    pub fn confirmations_needed(&self, sum: Amount) -> BlockCount {
        let extra = sum.to_sat().checked_div(self.per_confirmation.to_sat()).unwrap_or(u64::MAX);
        let needed = u64::from(self.min_confirmations.get()).saturating_add(extra);
        let bounded = needed.min(u64::from(self.max_confirmations.get()));
        BlockCount::new(u32::try_from(bounded).unwrap_or(self.max_confirmations.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmations_follow_the_sum_within_their_bounds() {
        let parameters = BridgeParameters::production();
        for (sat, needed) in
            [(0, 6), (99_999_999, 6), (100_000_000, 7), (13_800_000_000, 144), (u64::MAX, 144)]
        {
            assert_eq!(
                parameters.confirmations_needed(Amount::from_sat(sat)),
                BlockCount::new(needed),
                "{sat} sat"
            );
        }
    }

    #[test]
    fn unknown_field_in_a_deployment_is_refused() {
        let parameters = serde_json::to_value(BridgeParameters::devnet()).unwrap();
        let mut with_more = parameters.clone();
        with_more["colour"] = "red".into();
        assert_eq!(
            serde_json::from_value::<BridgeParameters>(parameters).unwrap(),
            BridgeParameters::devnet()
        );
        assert!(serde_json::from_value::<BridgeParameters>(with_more).is_err());
    }
}
