//! Which claims share a transaction.

use std::collections::BTreeMap;

use bitcoin::Amount;
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, BridgeParameters};

use super::id::DepositId;
use super::state::Inclusion;

/// Most claims of one block in one transaction: 20 cost about 1.5 M gas, and one that fails takes
/// the others with it.
pub const MAX_CLAIMS: usize = 20;

/// A deposit that is to be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub id: DepositId,
    /// Its value.
    pub amount: Amount,
    /// Where it is.
    pub inclusion: Inclusion,
}

/// Returns claims that can go together: for each block at most `max` of them, in the order of the
/// block, as long as their sum needs no more confirmations than the contract's tip gives. What does
/// not fit waits for the next transaction or for more confirmations.
#[must_use]
pub fn plan_claims(
    candidates: &[Candidate],
    minted_from: &BTreeMap<BitcoinHeight, Amount>,
    contract_tip: BitcoinHeight,
    parameters: &BridgeParameters,
    max: usize,
) -> Vec<(BlockRef, Vec<Candidate>)> {
    let mut blocks: BTreeMap<(BitcoinHeight, [u8; 32]), (BlockRef, Vec<Candidate>)> =
        BTreeMap::new();
    for candidate in candidates {
        let block = candidate.inclusion.block;
        let key = (block.height, *AsRef::<[u8; 32]>::as_ref(&block.hash));
        blocks.entry(key).or_insert_with(|| (block, Vec::new())).1.push(*candidate);
    }
    let mut plan = Vec::new();
    for (block, mut waiting) in blocks.into_values() {
        waiting.sort_by_key(|candidate| (candidate.inclusion.index, candidate.id));
        waiting.dedup_by_key(|candidate| candidate.id);
        let confirmations = block.height.confirmations_at(contract_tip);
        let mut sum = minted_from.get(&block.height).copied().unwrap_or(Amount::ZERO);
        let mut chosen = Vec::new();
        for candidate in waiting {
            let Some(with) = sum.checked_add(candidate.amount) else { continue };
            if chosen.len() < max && parameters.confirmations_needed(with) <= confirmations {
                sum = with;
                chosen.push(candidate);
            }
        }
        if !chosen.is_empty() {
            plan.push((block, chosen));
        }
    }
    plan
}
