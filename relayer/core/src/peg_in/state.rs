//! The states of a deposit: one for each thing that it waits for.

use bitcoin::{Amount, OutPoint};
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, EvmBlockNumber, UnixTime};
use serde::{Deserialize, Serialize};

use super::id::{DepositId, DescriptorId};

/// What never changes about a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositFacts {
    /// The output.
    pub outpoint: OutPoint,
    /// Its value.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
    pub amount: Amount,
    /// What the claim pays to whoever carries it.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "carrier_fee_sat")]
    pub carrier_fee: Amount,
    /// The descriptor that it pays to.
    pub descriptor: DescriptorId,
}

impl DepositFacts {
    /// Returns the deposit's name in the contract.
    #[must_use]
    pub fn id(&self) -> DepositId {
        DepositId::of(&self.outpoint)
    }
}

/// Where a deposit stands in Bitcoin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The block of the best chain that holds it.
    pub block: BlockRef,
    /// Index of its transaction in that block.
    pub index: u32,
}

impl Inclusion {
    /// Returns the block's height.
    #[must_use]
    pub const fn height(&self) -> BitcoinHeight {
        self.block.height
    }
}

/// What a deposit waits for, with what has to be remembered until it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PegInState {
    /// Waits until the contract knows its block, deep enough.
    Confirming {
        /// Where it is.
        inclusion: Inclusion,
    },
    /// Deep enough; waits for what stands in the way of the claim.
    Claimable {
        /// Where it is.
        inclusion: Inclusion,
        /// What stands in the way.
        cause: ClaimWait,
        /// When to look again.
        retry: Retry,
    },
    /// Waits for its claim to be mined.
    Claiming {
        /// Where it is.
        inclusion: Inclusion,
    },
    /// Minted in a block of the side chain that is not final.
    Minted {
        /// Where it is.
        inclusion: Inclusion,
        /// Block of the side chain in which the mint was seen.
        seen_at: EvmBlockNumber,
    },
    /// Minted, while its block left Bitcoin's best chain: not backed until it is included again.
    Orphaned {
        /// Where it was.
        last: Inclusion,
        /// Block of the side chain in which the mint was seen.
        seen_at: EvmBlockNumber,
    },
    /// Its block left the best chain; waits to be included again.
    Disconnected {
        /// Where it was.
        last: Inclusion,
    },
    /// Too close to its reclaim to be minted; waits for the depositor to take it back.
    TooLate {
        /// Where it is.
        inclusion: Inclusion,
    },
    /// Spent without a mint; waits until that is buried.
    Spent {
        /// Where it was.
        inclusion: Inclusion,
        /// The block that spends it.
        spent: BlockRef,
    },
    /// Minted in a final block.
    Done {
        /// Where it is.
        inclusion: Inclusion,
        /// Final block of the side chain in which the mint was seen.
        seen_at: EvmBlockNumber,
    },
    /// Against the bridge's rules for ever; only the depositor can spend it.
    Refused {
        /// Where it is.
        inclusion: Inclusion,
        /// The rule.
        reason: DepositRefusal,
    },
    /// Taken back by the depositor.
    Reclaimed {
        /// Where it was.
        inclusion: Inclusion,
        /// The block that spends it.
        spent: BlockRef,
    },
}

/// What stands in the way of a claim that is deep enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimWait {
    /// The contract's newest header is older than the freshness bound.
    StaleTip,
    /// Minting is paused, by the guardian or by evidence.
    Paused,
    /// More is owed than custody and unswept deposits hold.
    Insolvent,
    /// The sum minted from the newest blocks is at its cap.
    MintCapExceeded,
    /// The value of minted, unswept deposits is at its cap.
    UnsweptValueExceeded,
    /// The number of minted, unswept deposits is at its cap.
    UnsweptCountExceeded,
    /// The contract sees fewer confirmations, or another block, than this relayer.
    NotDeepEnough,
    /// The contract names a reason that this relayer's own checks contradict.
    Disputed,
    /// The claim failed without a reason.
    Unexplained,
}

/// When a refused claim is tried again: at another tip of the contract, or after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Height of the contract's tip at the refusal.
    pub refused_at: BitcoinHeight,
    /// Time of the next try under the same tip.
    pub not_before: UnixTime,
}

/// Why a deposit can never be minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all_fields = "snake_case")]
#[non_exhaustive]
pub enum DepositRefusal {
    /// Below the bridge's least deposit.
    #[error("the deposit holds {amount}, expected at least {floor}; reclaim it after its delay")]
    AmountTooSmall {
        /// Its value.
        #[serde(with = "bitcoin::amount::serde::as_sat")]
        amount: Amount,
        /// The least value.
        #[serde(with = "bitcoin::amount::serde::as_sat")]
        floor: Amount,
    },
    /// Nothing would be left for the recipient.
    #[error("the carrier fee of {carrier_fee} exceeds the deposit of {amount}; reclaim it after its delay")]
    CarrierFeeTooHigh {
        /// What the descriptor promises.
        #[serde(with = "bitcoin::amount::serde::as_sat")]
        carrier_fee: Amount,
        /// Its value.
        #[serde(with = "bitcoin::amount::serde::as_sat")]
        amount: Amount,
    },
    /// A coinbase transaction cannot be proved to the contract.
    #[error("the deposit is an output of a coinbase transaction; reclaim it after its delay")]
    CoinbaseIndex,
}

impl PegInState {
    /// Returns whether nothing can happen to the deposit any more.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Refused { .. } | Self::Reclaimed { .. })
    }

    /// Returns the name that logs, status and database use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Confirming { .. } => "confirming",
            Self::Claimable { .. } => "claimable",
            Self::Claiming { .. } => "claiming",
            Self::Minted { .. } => "minted",
            Self::Orphaned { .. } => "orphaned",
            Self::Disconnected { .. } => "disconnected",
            Self::TooLate { .. } => "too-late",
            Self::Spent { .. } => "spent",
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
            Self::Reclaimed { .. } => "reclaimed",
        }
    }

    /// Returns where the deposit is, or was when its block left the best chain.
    #[must_use]
    pub const fn inclusion(&self) -> &Inclusion {
        match self {
            Self::Confirming { inclusion }
            | Self::Claimable { inclusion, .. }
            | Self::Claiming { inclusion }
            | Self::Minted { inclusion, .. }
            | Self::TooLate { inclusion }
            | Self::Spent { inclusion, .. }
            | Self::Done { inclusion, .. }
            | Self::Refused { inclusion, .. }
            | Self::Reclaimed { inclusion, .. } => inclusion,
            Self::Orphaned { last, .. } | Self::Disconnected { last } => last,
        }
    }
}
