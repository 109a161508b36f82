//! What a deposit waits for, decided from facts alone: each state with its cause and its remedy.

use bitcoin::{Amount, Txid};
use farbank_types::{BitcoinHeight, BlockCount, BridgeParameters, EvmBlockNumber, UnixTime, B256};
use serde::Serialize;

use super::outputs::{DepositOutput, Spend, SpendPath};

/// What the depositor's terms and the bridge's parameters say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositTerms {
    /// The bridge's parameters.
    pub parameters: BridgeParameters,
    /// Blocks after which the deposit can be taken back.
    pub reclaim_blocks: BlockCount,
    /// What the claim pays to whoever carries it.
    pub carrier_fee: Amount,
}

/// What the side chain says, apart from single deposits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideChainFacts {
    /// Height of the newest Bitcoin header that the contract knows.
    pub contract_height: BitcoinHeight,
    /// Time in that header.
    pub contract_time: UnixTime,
    /// Whether that header is in the user's own best chain; `None` when it lies above its tip.
    pub on_our_chain: Option<bool>,
    /// Time of the newest side-chain block.
    pub block_time: UnixTime,
    /// Until when minting is paused.
    pub paused_until: Option<UnixTime>,
    /// Value of the deposits that are minted and not yet swept.
    pub unswept: Amount,
}

/// What the side chain says about one deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositFacts {
    /// The mint, when there was one.
    pub minted: Option<MintFacts>,
    /// Sum minted from the deposit's block so far.
    pub minted_from_block: Amount,
}

/// A mint on the side chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MintFacts {
    /// Its transaction, when the node still shows its log.
    pub transaction: Option<B256>,
    /// Its block, likewise.
    pub block: Option<EvmBlockNumber>,
}

/// Where a deposit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state")]
#[non_exhaustive]
pub enum DepositState {
    /// Nothing pays the address.
    NotPaid {
        /// First block that was searched.
        searched_from: BitcoinHeight,
        /// Last block that was searched.
        searched_to: BitcoinHeight,
        /// Whether payments that are not in a block would have been seen.
        mempool_searched: bool,
    },
    /// Paid, not in a block.
    Unconfirmed,
    /// Too few blocks on top.
    Confirming {
        /// Blocks, the deposit's own included.
        confirmations: BlockCount,
        /// Blocks that the bridge needs for this sum.
        needed: BlockCount,
    },
    /// The side chain could not be asked.
    SideChainUnknown,
    /// The contract's best header is not in the user's best chain.
    OtherBranch {
        /// Height of that header.
        contract_height: BitcoinHeight,
    },
    /// Enough blocks, but the contract does not know them yet.
    HeadersBehind {
        /// Height of the contract's newest header.
        contract_height: BitcoinHeight,
        /// Height that it needs.
        needed_height: BitcoinHeight,
    },
    /// The contract's newest header is too old for minting.
    TipStale {
        /// Its age in seconds.
        age_secs: u64,
        /// Greatest age at which the contract mints.
        freshness_secs: u32,
    },
    /// Minting is paused, by the guardian or by evidence.
    Paused {
        /// Until when.
        until: UnixTime,
    },
    /// Too much is minted and not yet swept.
    UnsweptValueExceeded {
        /// What it would be with this deposit.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "sum_sat")]
        sum: Amount,
        /// Greatest value.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "cap_sat")]
        cap: Amount,
    },
    /// Anyone can mint it, and nobody did.
    Claimable,
    /// Minted.
    Minted(MintFacts),
    /// Minted, and taken into custody since.
    Swept {
        /// The transaction that did so.
        txid: Txid,
    },
    /// Spent through the federation's key without a mint.
    TakenByFederation {
        /// The transaction that did so.
        txid: Txid,
    },
    /// Below the least deposit: never minted.
    AmountTooSmall {
        /// The least deposit.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "floor_sat")]
        floor: Amount,
        /// Blocks until it can be taken back.
        blocks_left: BlockCount,
    },
    /// The carrier fee exceeds the deposit: never minted.
    CarrierFeeTooHigh {
        /// The fee.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "carrier_fee_sat")]
        carrier_fee: Amount,
        /// Blocks until it can be taken back.
        blocks_left: BlockCount,
    },
    /// The contract does not mint it any more, the depositor cannot take it back yet.
    TooCloseToReclaim {
        /// Last height at which the contract would have minted it.
        latest: BitcoinHeight,
        /// Blocks until it can be taken back.
        blocks_left: BlockCount,
    },
    /// The depositor can take it back.
    Reclaimable,
    /// The reclaim waits for its block.
    Reclaiming {
        /// The reclaim.
        txid: Txid,
    },
    /// Taken back.
    Reclaimed {
        /// The reclaim.
        txid: Txid,
        /// Its block.
        height: BitcoinHeight,
    },
}

/// Why a deposit is where it is, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What holds it up, or what has happened.
    pub cause: String,
    /// What to do next.
    pub remedy: String,
}

/// Decides where a deposit stands. `side` is `None` when the side chain could not be asked.
#[must_use]
pub fn state_of(
    output: &DepositOutput,
    tip: BitcoinHeight,
    terms: &DepositTerms,
    side: Option<(&SideChainFacts, &DepositFacts)>,
) -> DepositState {
    let minted = side.and_then(|(_, deposit)| deposit.minted);
    if let Some(spend) = &output.spend {
        return spent(spend, minted.is_some());
    }
    if let Some(mint) = minted {
        return DepositState::Minted(mint);
    }
    let Some(place) = output.block else { return DepositState::Unconfirmed };
    let confirmations = place.height.confirmations_at(tip);
    let blocks_left =
        BlockCount::new(terms.reclaim_blocks.get().saturating_sub(confirmations.get()));
    if blocks_left == BlockCount::new(0) {
        return DepositState::Reclaimable;
    }
    if output.amount < terms.parameters.min_deposit {
        return DepositState::AmountTooSmall { floor: terms.parameters.min_deposit, blocks_left };
    }
    if output.amount < terms.carrier_fee {
        return DepositState::CarrierFeeTooHigh { carrier_fee: terms.carrier_fee, blocks_left };
    }
    let judged_at = side.map_or(tip, |(facts, _)| facts.contract_height);
    let latest = latest_mint(place.height, terms);
    if judged_at > latest {
        return DepositState::TooCloseToReclaim { latest, blocks_left };
    }
    let before = side.map_or(Amount::ZERO, |(_, deposit)| deposit.minted_from_block);
    let sum = before.checked_add(output.amount).unwrap_or(Amount::MAX);
    let needed = terms.parameters.confirmations_needed(sum);
    if confirmations < needed {
        return DepositState::Confirming { confirmations, needed };
    }
    let Some((facts, _)) = side else { return DepositState::SideChainUnknown };
    held_up(output.amount, place.height, needed, terms, facts).unwrap_or(DepositState::Claimable)
}

/// What on the side chain keeps a confirmed deposit from being minted.
fn held_up(
    amount: Amount,
    height: BitcoinHeight,
    needed: BlockCount,
    terms: &DepositTerms,
    facts: &SideChainFacts,
) -> Option<DepositState> {
    let contract_height = facts.contract_height;
    if facts.on_our_chain == Some(false) {
        return Some(DepositState::OtherBranch { contract_height });
    }
    if height.confirmations_at(contract_height) < needed {
        let above = BlockCount::new(needed.get().saturating_sub(1));
        let needed_height = height.checked_add(above).unwrap_or(height);
        return Some(DepositState::HeadersBehind { contract_height, needed_height });
    }
    let freshness_secs = terms.parameters.freshness_secs;
    let age_secs = facts.block_time.secs_since(facts.contract_time).unwrap_or(0);
    if age_secs > u64::from(freshness_secs) {
        return Some(DepositState::TipStale { age_secs, freshness_secs });
    }
    if let Some(until) = facts.paused_until.filter(|until| *until > facts.block_time) {
        return Some(DepositState::Paused { until });
    }
    let (sum, cap) = (facts.unswept.checked_add(amount)?, terms.parameters.unswept_value_cap);
    (sum > cap).then_some(DepositState::UnsweptValueExceeded { sum, cap })
}

const fn spent(spend: &Spend, minted: bool) -> DepositState {
    let txid = spend.txid;
    match (spend.path, spend.height, minted) {
        (SpendPath::Reclaim, Some(height), _) => DepositState::Reclaimed { txid, height },
        (SpendPath::Reclaim, None, _) => DepositState::Reclaiming { txid },
        (SpendPath::Federation, _, true) => DepositState::Swept { txid },
        (SpendPath::Federation, _, false) => DepositState::TakenByFederation { txid },
    }
}

/// Last height of the contract's tip at which a deposit is minted.
fn latest_mint(height: BitcoinHeight, terms: &DepositTerms) -> BitcoinHeight {
    let window =
        terms.reclaim_blocks.get().saturating_sub(terms.parameters.sweep_window_blocks.get());
    height.checked_add(BlockCount::new(window)).unwrap_or(height)
}

impl DepositState {
    /// Tells whether nothing will change any more.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Minted(_)
                | Self::Swept { .. }
                | Self::Reclaimed { .. }
                | Self::TakenByFederation { .. }
        )
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotPaid { .. } => "NotPaid",
            Self::Unconfirmed => "Unconfirmed",
            Self::Confirming { .. } => "Confirming",
            Self::SideChainUnknown => "SideChainUnknown",
            Self::OtherBranch { .. } => "OtherBranch",
            Self::HeadersBehind { .. } => "HeadersBehind",
            Self::TipStale { .. } => "TipStale",
            Self::Paused { .. } => "Paused",
            Self::UnsweptValueExceeded { .. } => "UnsweptValueExceeded",
            Self::Claimable => "Claimable",
            Self::Minted(_) => "Minted",
            Self::Swept { .. } => "Swept",
            Self::TakenByFederation { .. } => "TakenByFederation",
            Self::AmountTooSmall { .. } => "AmountTooSmall",
            Self::CarrierFeeTooHigh { .. } => "CarrierFeeTooHigh",
            Self::TooCloseToReclaim { .. } => "TooCloseToReclaim",
            Self::Reclaimable => "Reclaimable",
            Self::Reclaiming { .. } => "Reclaiming",
            Self::Reclaimed { .. } => "Reclaimed",
        }
    }
}
