//! What a redemption waits for, in words: the cause and what a person can do about it.

use bitcoin::Amount;
use farbank_types::{BitcoinHeight, BlockCount, EvmBlockNumber};

use super::context::PegOutContext;
use super::state::{PegOutState, QueueCause};

/// What a redemption waits for. `Display` gives the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PegOutWait {
    /// The request is not final.
    #[error("requested as of side-chain block {seen_at}, which is not final")]
    Finality {
        /// Block in which the request was seen.
        seen_at: EvmBlockNumber,
    },
    /// In no payout yet.
    #[error("it goes into the next payout, which follows the proof of the one before")]
    NextPayout,
    /// Its owner allows too little.
    #[error("its share of the Bitcoin fee is {needed} now, above what its owner allows")]
    MaxFeeTooLow {
        /// Its share.
        needed: Amount,
    },
    /// Nothing worth spending would be left.
    #[error("a fee of {needed} would leave less than the dust limit")]
    FeeLeavesDust {
        /// Its share.
        needed: Amount,
    },
    /// Attesters refused.
    #[error("attesters refused to pay it")]
    Disputed,
    /// The payout is in no block.
    #[error("its payout waits for a Bitcoin block")]
    Inclusion,
    /// The payout is not proven.
    #[error("paid in Bitcoin block {at}; the contract takes the proof at {needed} confirmations")]
    Proof {
        /// Height of the payout's block.
        at: BitcoinHeight,
        /// Confirmations that the contract asks for.
        needed: BlockCount,
    },
    /// Not buried yet.
    #[error("paid and proven; watched until Bitcoin height {until}")]
    Burial {
        /// First tip at which it is done with.
        until: BitcoinHeight,
    },
    /// The contract counts it as paid, and Bitcoin does not.
    #[error("proven, but its Bitcoin block left the best chain")]
    Backing,
}

impl PegOutWait {
    /// Returns what a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Finality { .. } => "wait for a few side-chain blocks",
            Self::NextPayout => "wait; farbank status tells what the custody waits for",
            Self::MaxFeeTooLow { .. } => {
                "raise its max fee (farbank peg-out raise), or wait for a lower fee rate"
            }
            Self::FeeLeavesDust { .. } => "wait for a lower fee rate",
            Self::Disputed => "wait: it is tried again; if it lasts, warn the operators",
            Self::Inclusion => "wait for a Bitcoin block; a higher fee is paid if it takes long",
            Self::Proof { .. } => "nothing to do: the coins are there; wait for Bitcoin blocks",
            Self::Burial { .. } => "nothing to do",
            Self::Backing => "wait: the relayer has the proof undone and the payout sent again",
        }
    }
}

impl PegOutState {
    /// Returns what the redemption waits for, or `None` when it is done with. `confirmations` is
    /// what the contract asks of a custody proof.
    #[must_use]
    pub fn wait(&self, context: &PegOutContext, confirmations: BlockCount) -> Option<PegOutWait> {
        Some(match *self {
            Self::Requested { seen_at } => PegOutWait::Finality { seen_at },
            Self::Queued { cause } => match cause {
                QueueCause::NextPayout => PegOutWait::NextPayout,
                QueueCause::MaxFeeTooLow { needed } => PegOutWait::MaxFeeTooLow { needed },
                QueueCause::FeeLeavesDust { needed } => PegOutWait::FeeLeavesDust { needed },
                QueueCause::Disputed { .. } => PegOutWait::Disputed,
            },
            Self::InPayout { .. } => PegOutWait::Inclusion,
            Self::Paid { payout } => {
                PegOutWait::Proof { at: payout.block.height, needed: confirmations }
            }
            Self::Proven { payout, .. } => {
                let above = BlockCount::new(context.burial.get().saturating_sub(1));
                let height = payout.block.height;
                PegOutWait::Burial { until: height.checked_add(above).unwrap_or(height) }
            }
            Self::Unbacked { .. } => PegOutWait::Backing,
            Self::Done { .. } | Self::Vanished => return None,
        })
    }
}
