//! What a deposit waits for, in words: the cause and what a person can do about it.

use farbank_types::{BitcoinHeight, BlockCount, EvmBlockNumber};

use super::context::PegInContext;
use super::state::{ClaimWait, PegInState};

/// What a deposit waits for. `Display` gives the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wait {
    /// The contract's header chain must grow.
    #[error("the contract's Bitcoin tip is at height {tip}, the deposit needs {needed} ({confirmations} confirmations)")]
    Confirmations {
        /// The contract's tip.
        tip: BitcoinHeight,
        /// The tip that is needed.
        needed: BitcoinHeight,
        /// The confirmations that the sum needs.
        confirmations: BlockCount,
    },
    /// The contract follows another branch than this relayer.
    #[error("the contract follows a Bitcoin branch that left the best chain at height {shared}")]
    OtherBranch {
        /// Highest shared block.
        shared: BitcoinHeight,
    },
    /// The contract would refuse the claim now.
    #[error("{}", claim_cause(*.0))]
    Claim(ClaimWait),
    /// The claim is on its way.
    #[error("the claim is on its way to the side chain")]
    Mining,
    /// The mint is not final.
    #[error("minted as of side-chain block {seen_at}, which is not final")]
    Finality {
        /// Block in which the mint was seen.
        seen_at: EvmBlockNumber,
    },
    /// Minted without a Bitcoin block under it.
    #[error("minted, but its Bitcoin block left the best chain")]
    Backing,
    /// Its block left the best chain.
    #[error("its Bitcoin block left the best chain")]
    Inclusion,
    /// Only a reclaim is left.
    #[error("too close to its reclaim to be minted; it can be reclaimed from height {from}")]
    Reclaim {
        /// First height whose block can hold the reclaim.
        from: BitcoinHeight,
    },
    /// The spend is not buried.
    #[error("spent in Bitcoin block {at} without a mint")]
    Burial {
        /// Height of that block.
        at: BitcoinHeight,
    },
}

impl Wait {
    /// Returns what a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Confirmations { .. } => {
                "wait for Bitcoin blocks; this relayer carries their headers"
            }
            Self::OtherBranch { .. } => {
                "wait: this relayer submits the heavier branch as soon as it has more work"
            }
            Self::Claim(cause) => claim_remedy(*cause),
            Self::Mining => "wait for the side chain; if it lasts, check the relayer's gas balance",
            Self::Finality { .. } => "wait for a few side-chain blocks",
            Self::Backing => {
                "wait for the deposit's transaction to confirm again; warn the operators"
            }
            Self::Inclusion => "wait for it to confirm again, or broadcast the transaction again",
            Self::Reclaim { .. } => "reclaim it with the deposit file: farbank peg-in reclaim",
            Self::Burial { .. } => "wait for a few Bitcoin blocks",
        }
    }
}

impl PegInState {
    /// Returns what the deposit waits for, or `None` when it is done with.
    #[must_use]
    pub fn wait(&self, context: &PegInContext<'_>) -> Option<Wait> {
        match self {
            Self::Confirming { inclusion } => {
                let contract = &context.contract;
                let shared = contract.shared_height;
                if shared < inclusion.height() && shared < contract.tip_height {
                    return Some(Wait::OtherBranch { shared });
                }
                let needed = context.tip_needed(inclusion).unwrap_or(inclusion.height());
                let confirmations = context.confirmations_needed();
                Some(Wait::Confirmations { tip: contract.tip_height, needed, confirmations })
            }
            Self::Claimable { cause, .. } => Some(Wait::Claim(*cause)),
            Self::Claiming { .. } => Some(Wait::Mining),
            Self::Minted { seen_at, .. } => Some(Wait::Finality { seen_at: *seen_at }),
            Self::Orphaned { .. } => Some(Wait::Backing),
            Self::Disconnected { .. } => Some(Wait::Inclusion),
            Self::TooLate { inclusion } => {
                let delay = context.parameters.reclaim_blocks;
                let from = inclusion.height().checked_add(delay).unwrap_or(inclusion.height());
                Some(Wait::Reclaim { from })
            }
            Self::Spent { spent, .. } => Some(Wait::Burial { at: spent.height }),
            Self::Done { .. } | Self::Refused { .. } | Self::Reclaimed { .. } => None,
        }
    }

    /// Returns the height that the contract's tip must reach before anything can happen to the
    /// deposit, or `None` when it does not wait for headers.
    #[must_use]
    pub fn awaited_tip(&self, context: &PegInContext<'_>) -> Option<BitcoinHeight> {
        match self {
            Self::Confirming { inclusion } => context.tip_needed(inclusion),
            Self::Claimable { cause: ClaimWait::StaleTip | ClaimWait::NotDeepEnough, .. } => {
                context.contract.tip_height.checked_add(BlockCount::new(1))
            }
            Self::Claimable { .. }
            | Self::Claiming { .. }
            | Self::Minted { .. }
            | Self::Orphaned { .. }
            | Self::Disconnected { .. }
            | Self::TooLate { .. }
            | Self::Spent { .. }
            | Self::Done { .. }
            | Self::Refused { .. }
            | Self::Reclaimed { .. } => None,
        }
    }
}

const fn claim_cause(cause: ClaimWait) -> &'static str {
    match cause {
        ClaimWait::StaleTip => "the contract's Bitcoin tip is too old to mint (StaleTip)",
        ClaimWait::Paused => "minting is paused (Paused)",
        ClaimWait::Insolvent => "more is owed than custody and unswept deposits hold (Insolvent)",
        ClaimWait::MintCapExceeded => {
            "the sum minted from the newest 144 blocks is at its cap (MintCapExceeded)"
        }
        ClaimWait::UnsweptValueExceeded => {
            "the value of unswept deposits is at its cap (UnsweptValueExceeded)"
        }
        ClaimWait::UnsweptCountExceeded => {
            "the number of unswept deposits is at its cap (UnsweptCountExceeded)"
        }
        ClaimWait::NotDeepEnough => {
            "the contract sees fewer confirmations than this relayer (TooShallow, UnknownBlock)"
        }
        ClaimWait::Disputed => "the contract refuses a claim that this relayer finds valid",
        ClaimWait::Unexplained => "the claim failed without a reason",
    }
}

const fn claim_remedy(cause: ClaimWait) -> &'static str {
    match cause {
        ClaimWait::StaleTip => "wait for a Bitcoin block; this relayer carries its header",
        ClaimWait::Paused => "wait for the pause to end (at most 7 days), or ask governance",
        ClaimWait::Insolvent => {
            "wait until the reserves cover what is owed; see `farbank reserves`"
        }
        ClaimWait::MintCapExceeded => "wait for Bitcoin blocks; it is tried again at each",
        ClaimWait::UnsweptValueExceeded | ClaimWait::UnsweptCountExceeded => {
            "wait for the federation to sweep, or reclaim after the delay"
        }
        ClaimWait::NotDeepEnough => "wait for Bitcoin blocks; it is tried again at each",
        ClaimWait::Disputed => {
            "check that the side-chain node and deployment.json belong to the bridge; see the log"
        }
        ClaimWait::Unexplained => "check the relayer's gas balance and its side-chain node",
    }
}
