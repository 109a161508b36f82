//! What the machine sees of the world: values, read before, never asked for.

use bitcoin::Amount;
use farbank_types::{BitcoinHeight, BlockCount, BridgeParameters, UnixTime};

use super::state::{DepositFacts, Inclusion};

/// What the machine sees of the world.
#[derive(Clone, Copy, Debug)]
pub struct PegInContext<'a> {
    /// The bridge's parameters.
    pub parameters: &'a BridgeParameters,
    /// The deposit.
    pub facts: &'a DepositFacts,
    /// This process's clock.
    pub now: UnixTime,
    /// Tip of the best chain, as verified here.
    pub bitcoin_tip: BitcoinHeight,
    /// The contract, as last seen.
    pub contract: ContractView,
    /// Sum that the contract minted from the deposit's block, without this deposit.
    pub minted_from_block: Amount,
}

/// The contract's header chain and brakes, in its newest state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractView {
    /// Height of its tip.
    pub tip_height: BitcoinHeight,
    /// Time in the tip's header.
    pub tip_time: UnixTime,
    /// Highest block that it shares with the best chain as verified here; at most `tip_height`.
    pub shared_height: BitcoinHeight,
    /// End of the guardian's pause, in the past when there is none.
    pub paused_until: UnixTime,
    /// Time of the side chain's newest block: the clock that the contract goes by.
    pub side_time: UnixTime,
}

/// What the contract would say to a claim, as far as this relayer can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// Its tip must rise first.
    NotDeepEnough,
    /// Its tip is past the window: never again.
    TooLate,
    /// Its tip is too old.
    Stale,
    /// Minting is paused.
    Paused,
    /// Nothing stands in the way.
    Open,
}

impl PegInContext<'_> {
    /// Returns the confirmations that a claim of this deposit alone needs.
    #[must_use]
    pub fn confirmations_needed(&self) -> BlockCount {
        // Past the supply of all bitcoins the greatest count is needed.
        let sum = self.minted_from_block.checked_add(self.facts.amount).unwrap_or(Amount::MAX);
        self.parameters.confirmations_needed(sum)
    }

    /// Returns the height that the contract's tip must reach for a claim, or `None` past 2^32.
    #[must_use]
    pub fn tip_needed(&self, inclusion: &Inclusion) -> Option<BitcoinHeight> {
        let above = self.confirmations_needed().get().saturating_sub(1);
        inclusion.height().checked_add(BlockCount::new(above))
    }

    /// Returns the last tip at which the contract still mints it.
    #[must_use]
    pub fn latest_tip(&self, inclusion: &Inclusion) -> BitcoinHeight {
        let (reclaim, window) =
            (self.parameters.reclaim_blocks, self.parameters.sweep_window_blocks);
        // The contract's bounds keep the window below the delay.
        let span = reclaim.get().saturating_sub(window.get());
        BitcoinHeight::new(inclusion.height().get().saturating_add(span))
    }

    pub(super) fn outlook(&self, inclusion: &Inclusion) -> Outlook {
        let contract = &self.contract;
        if contract.tip_height > self.latest_tip(inclusion) {
            return Outlook::TooLate;
        }
        let deep = self.tip_needed(inclusion).is_some_and(|tip| contract.tip_height >= tip);
        if !deep || contract.shared_height < inclusion.height() {
            return Outlook::NotDeepEnough;
        }
        if contract.is_stale(self.parameters) {
            return Outlook::Stale;
        }
        if contract.side_time < contract.paused_until {
            return Outlook::Paused;
        }
        Outlook::Open
    }
}

impl ContractView {
    /// Returns whether the contract's tip is too old for it to mint.
    #[must_use]
    pub fn is_stale(&self, parameters: &BridgeParameters) -> bool {
        let limit = self.tip_time.saturating_add_secs(u64::from(parameters.freshness_secs));
        self.side_time > limit
    }
}
