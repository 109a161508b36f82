//! The states of a redemption: one for each thing that it waits for.

use bitcoin::{Amount, Txid};
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{EvmBlockNumber, UnixTime};
use serde::{Deserialize, Serialize};

/// The output that pays a redemption, in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// The custody transaction.
    pub txid: Txid,
    /// The block that holds it.
    pub block: BlockRef,
    /// What the script receives.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "value_sat")]
    pub value: Amount,
}

/// What a redemption waits for, with what has to be remembered until it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PegOutState {
    /// Requested in a block of the side chain that is not final.
    Requested {
        /// Block of the side chain in which the request was seen.
        seen_at: EvmBlockNumber,
    },
    /// Requested in a final block; waits to be paid.
    Queued {
        /// Why it is in no payout yet.
        cause: QueueCause,
    },
    /// A signed custody transaction pays it; waits for a Bitcoin block.
    InPayout {
        /// The newest one.
        txid: Txid,
    },
    /// Paid in a block of the best chain; waits for the proof to the contract.
    Paid {
        /// Where.
        payout: Payout,
    },
    /// The contract knows the payout; waits until neither chain can take that back.
    Proven {
        /// Where.
        payout: Payout,
        /// Block of the side chain in which the proof was seen.
        seen_at: EvmBlockNumber,
    },
    /// The contract holds it for paid, while the payout's block left the best chain.
    Unbacked {
        /// Where it was.
        payout: Payout,
        /// Block of the side chain in which the proof was seen.
        seen_at: EvmBlockNumber,
    },
    /// Paid, proven, and buried in both chains.
    Done {
        /// Where.
        payout: Payout,
        /// Final block of the side chain in which the proof was seen.
        seen_at: EvmBlockNumber,
    },
    /// A reorganisation of the side chain took the request back, and nothing is burnt.
    Vanished,
}

/// Why a final redemption is in no payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "kebab-case", deny_unknown_fields)]
pub enum QueueCause {
    /// The next payout is still being put together, or the one before is not proven.
    NextPayout,
    /// Its share of the fee would exceed what its owner allowed.
    MaxFeeTooLow {
        /// Its share in the payout that was planned without it.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "needed_sat")]
        needed: Amount,
    },
    /// Less than the dust limit of its script would be left at the present fee rate.
    FeeLeavesDust {
        /// Its share in the payout that was planned without it.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "needed_sat")]
        needed: Amount,
    },
    /// Attesters refused to pay it: their view of a chain differs from this relayer's.
    Disputed {
        /// Time of the next try.
        not_before: UnixTime,
    },
}

impl PegOutState {
    /// Returns until when attesters' dispute keeps it out of plans.
    #[must_use]
    pub const fn disputed_until(&self) -> Option<UnixTime> {
        match self {
            Self::Queued { cause: QueueCause::Disputed { not_before } } => Some(*not_before),
            Self::Queued { .. }
            | Self::Requested { .. }
            | Self::InPayout { .. }
            | Self::Paid { .. }
            | Self::Proven { .. }
            | Self::Unbacked { .. }
            | Self::Done { .. }
            | Self::Vanished => None,
        }
    }

    /// Returns whether nothing can happen to the redemption any more.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Vanished)
    }

    /// Returns whether the next custody transaction may pay it: no block does so far. An attempt that
    /// is replaced leaves its redemptions to the one that replaces it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::InPayout { .. })
    }

    /// Returns the name that logs, status and database use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Queued { .. } => "queued",
            Self::InPayout { .. } => "in-payout",
            Self::Paid { .. } => "paid",
            Self::Proven { .. } => "proven",
            Self::Unbacked { .. } => "unbacked",
            Self::Done { .. } => "done",
            Self::Vanished => "vanished",
        }
    }

    /// Returns the output that pays it, once one is or was in a block.
    #[must_use]
    pub const fn payout(&self) -> Option<&Payout> {
        match self {
            Self::Paid { payout }
            | Self::Proven { payout, .. }
            | Self::Unbacked { payout, .. }
            | Self::Done { payout, .. } => Some(payout),
            Self::Requested { .. }
            | Self::Queued { .. }
            | Self::InPayout { .. }
            | Self::Vanished => None,
        }
    }
}
