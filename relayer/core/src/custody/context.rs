//! What the machine sees of the world: values, read before, never asked for.

use bitcoin::{Amount, FeeRate, OutPoint, XOnlyPublicKey};
use farbank_federation::custody::{CustodyOutput, DepositInput, Redemption};
use farbank_types::{BitcoinHeight, BlockCount, UnixTime, B256};

use super::config::CustodyParameters;
use super::history::CustodyHistory;
use super::state::CustodySpend;
use crate::peg_in::{ContractView, DepositId};

/// What the machine sees of the world.
#[derive(Clone, Copy, Debug)]
pub struct CustodyContext<'a> {
    /// What it goes by.
    pub parameters: &'a CustodyParameters,
    /// This process's clock.
    pub now: UnixTime,
    /// Tip of the best chain, as verified here.
    pub bitcoin_tip: BitcoinHeight,
    /// Every block up to here was searched for custody transactions.
    pub searched_to: BitcoinHeight,
    /// The contract's header chain and brakes.
    pub contract: ContractView,
    /// What the contract holds for custody; `None` before the first look.
    pub custody: Option<CustodyLook>,
    /// Whether the block of the newest proven transaction is in the best chain.
    pub proven_stands: bool,
    /// Every attempt that may matter.
    pub history: &'a CustodyHistory,
    /// Redemptions to pay, ascending by id.
    pub redemptions: &'a [Redemption],
    /// Deposits to sweep, oldest first.
    pub deposits: &'a [SweepCandidate],
    /// What the Bitcoin node thinks is needed.
    pub fee_rate: FeeRate,
}

/// What the contract holds for custody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustodyLook {
    /// In its newest state.
    pub newest: ProvenCustody,
    /// In the final state that the anchor names.
    pub finalized: ProvenCustody,
    /// Hash of that final block.
    pub anchor: B256,
    /// Key of the next custody output: the next key once it is usable, else the current one.
    pub key: XOnlyPublicKey,
}

/// The newest custody output that the contract knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenCustody {
    /// The output; `None` once custody was spent against the rules.
    pub output: Option<CustodyOutput>,
    /// The proven transaction that made it; `None` for the first one, recorded at deployment.
    pub spend: Option<CustodySpend>,
}

/// A deposit that is minted in a final state and not swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepCandidate {
    /// Its name.
    pub id: DepositId,
    /// The output.
    pub outpoint: OutPoint,
    /// Its value.
    pub value: Amount,
    /// Height of its block.
    pub height: BitcoinHeight,
    /// What signing it needs.
    pub input: DepositInput,
}

impl CustodyContext<'_> {
    /// Returns the confirmations that the contract sees under a block; zero while it does not surely
    /// know the block.
    #[must_use]
    pub fn confirmations(&self, spend: &CustodySpend) -> BlockCount {
        if self.contract.shared_height < spend.block.height {
            return BlockCount::new(0);
        }
        spend.block.height.confirmations_at(self.contract.tip_height)
    }

    /// Returns whether a deposit has to be swept even alone.
    #[must_use]
    pub fn is_sweep_due(&self, deposit: &SweepCandidate) -> bool {
        deposit.height.confirmations_at(self.bitcoin_tip) >= self.parameters.sweep_age
    }

    /// Returns whether every block but perhaps the newest was searched.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        let behind = self.bitcoin_tip.since(self.searched_to).unwrap_or_default();
        behind <= BlockCount::new(1)
    }
}
