//! What the machine sees of the world: values, read before, never asked for.

use farbank_types::{BitcoinHeight, BlockCount};

use super::state::Payout;

/// What the machine sees of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PegOutContext {
    /// Tip of the best chain, as verified here.
    pub bitcoin_tip: BitcoinHeight,
    /// Confirmations after which a proven payout is done with. Deeper than the proof's own depth, so
    /// that a reorganisation which undoes a proof still finds the redemption.
    pub burial: BlockCount,
}

impl PegOutContext {
    /// Returns whether the payout's block is buried deep enough.
    #[must_use]
    pub fn is_buried(&self, payout: &Payout) -> bool {
        payout.block.height.confirmations_at(self.bitcoin_tip) >= self.burial
    }
}
