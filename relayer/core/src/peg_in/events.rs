//! What can happen to a deposit.

use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, EvmBlockNumber};

use super::state::{ClaimWait, Inclusion};

/// What can happen to a deposit. Each was verified before: Bitcoin's by header chain and Merkle
/// root, the contract's by the relayer's own node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PegInEvent {
    /// A block of the best chain holds it.
    Included(Inclusion),
    /// Every block above `fork` left the best chain.
    Disconnected {
        /// Newest block that stayed.
        fork: BitcoinHeight,
    },
    /// A block of the best chain spends it.
    Spent(BlockRef),
    /// The best chain has a new tip: the context's.
    BitcoinAdvanced,
    /// The contract was looked at: the context holds what was seen.
    ContractViewed,
    /// The side chain's newest state holds its mint.
    MintObserved {
        /// Number of that newest block.
        at: EvmBlockNumber,
    },
    /// The side chain's newest state does not hold its mint.
    MintVanished,
    /// A final state of the side chain holds its mint.
    MintFinal {
        /// Number of that final block.
        at: EvmBlockNumber,
    },
    /// The contract refuses the claim, before or after it was sent.
    ClaimRefused(ClaimRefusal),
}

impl PegInEvent {
    /// Returns the name that logs use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Included(_) => "included",
            Self::Disconnected { .. } => "disconnected",
            Self::Spent(_) => "spent",
            Self::BitcoinAdvanced => "bitcoin-advanced",
            Self::ContractViewed => "contract-viewed",
            Self::MintObserved { .. } => "mint-observed",
            Self::MintVanished => "mint-vanished",
            Self::MintFinal { .. } => "mint-final",
            Self::ClaimRefused(_) => "claim-refused",
        }
    }
}

/// What the contract's refusal of a claim means for the deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// It can pass later.
    NotNow(ClaimWait),
    /// The tip is too far: only a reclaim is left.
    TooCloseToReclaim,
}
