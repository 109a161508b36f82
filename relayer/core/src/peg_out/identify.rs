//! Which redemptions a custody transaction of somebody else pays.
//!
//! The transaction names its redemptions only by the hash of their ids. They are found among the
//! open ones by script, amount and that hash. Decides nothing: a wrong answer is a proof that the
//! contract refuses.

use bitcoin::{Amount, ScriptBuf, TxOut};
use farbank_federation::custody::ids_hash;
use farbank_types::B256;

use super::RedemptionId;

/// Tries at most. Equal redemptions are tried oldest first, as payouts are planned, so the first
/// try is almost always right; whoever makes thousands of equal ones shall not stall a relayer.
const MAX_TRIES: u32 = 5_000;

/// A redemption that could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRedemption {
    /// Its id.
    pub id: RedemptionId,
    /// What is owed.
    pub amount: Amount,
    /// What its owner allows for fees.
    pub max_fee: Amount,
    /// Where it is to be paid.
    pub script: ScriptBuf,
}

/// Finds the ids that `payouts` pay, in their order; `open` is ascending by id. `None` when no
/// combination has the hash, or it was not found within the bound.
#[must_use]
pub fn identify(
    payouts: &[TxOut],
    expected: B256,
    open: &[OpenRedemption],
) -> Option<Vec<RedemptionId>> {
    let mut search = Search { payouts, expected, open, chosen: Vec::new(), tries: MAX_TRIES };
    search.from(0).then_some(search.chosen)
}

struct Search<'a> {
    payouts: &'a [TxOut],
    expected: B256,
    open: &'a [OpenRedemption],
    chosen: Vec<RedemptionId>,
    tries: u32,
}

impl Search<'_> {
    /// Chooses for the next payout among `open[start..]`. As deep as there are payouts, and a custody
    /// transaction of 10,000 vB has a few hundred.
    fn from(&mut self, start: usize) -> bool {
        self.tries = self.tries.saturating_sub(1);
        let Some(payout) = self.payouts.get(self.chosen.len()) else {
            return ids_hash(self.chosen.iter().copied()) == self.expected;
        };
        for (offset, candidate) in self.open.iter().enumerate().skip(start) {
            if self.tries == 0 {
                return false;
            }
            let fits = candidate.script == payout.script_pubkey
                && candidate
                    .amount
                    .checked_sub(payout.value)
                    .is_some_and(|share| share <= candidate.max_fee);
            if fits {
                self.chosen.push(candidate.id);
                if self.from(offset.saturating_add(1)) {
                    return true;
                }
                self.chosen.pop();
            }
        }
        false
    }
}
