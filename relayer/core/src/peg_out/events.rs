//! What can happen to a redemption.

use bitcoin::Txid;
use farbank_types::{BitcoinHeight, EvmBlockNumber};

use super::state::{Payout, QueueCause};

/// What can happen to a redemption. Each was verified before: Bitcoin's by header chain and Merkle
/// root, the contract's by its storage in the relayer's own node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PegOutEvent {
    /// A final state of the side chain holds the request.
    RequestFinal,
    /// The side chain's newest state never saw the request.
    RequestVanished,
    /// A final block raised what its owner allows for fees.
    MaxFeeRaised,
    /// A payout was planned without it.
    Passed(QueueCause),
    /// A signed custody transaction that can still confirm pays it.
    PayoutSigned {
        /// The newest such transaction.
        txid: Txid,
    },
    /// No transaction that can still confirm pays it.
    PayoutDropped,
    /// A block of the best chain pays it.
    PayoutConfirmed(Payout),
    /// Every Bitcoin block above `fork` left the best chain.
    Disconnected {
        /// Newest block that stayed.
        fork: BitcoinHeight,
    },
    /// The side chain's newest state holds it for paid.
    ProofObserved {
        /// By this output.
        payout: Payout,
        /// Number of that newest block.
        at: EvmBlockNumber,
    },
    /// The side chain's newest state holds it for unpaid.
    ProofVanished,
    /// A final state of the side chain holds it for paid.
    ProofFinal {
        /// By this output.
        payout: Payout,
        /// Number of that final block.
        at: EvmBlockNumber,
    },
}

impl PegOutEvent {
    /// Returns the name that logs use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RequestFinal => "request-final",
            Self::RequestVanished => "request-vanished",
            Self::MaxFeeRaised => "max-fee-raised",
            Self::Passed(_) => "passed",
            Self::PayoutSigned { .. } => "payout-signed",
            Self::PayoutDropped => "payout-dropped",
            Self::PayoutConfirmed(_) => "payout-confirmed",
            Self::Disconnected { .. } => "disconnected",
            Self::ProofObserved { .. } => "proof-observed",
            Self::ProofVanished => "proof-vanished",
            Self::ProofFinal { .. } => "proof-final",
        }
    }
}
