use std::collections::BTreeMap;

use bitcoin::Amount;
use farbank_relayer_core::peg_in::{plan_claims, Candidate, DepositId, Inclusion, MAX_CLAIMS};
use farbank_types::{BridgeParameters, B256};

use crate::transition::{block, height};

fn candidate(name: u8, at: u32, index: u32, sat: u64) -> Candidate {
    Candidate {
        id: DepositId::from(B256::repeat_byte(name)),
        amount: Amount::from_sat(sat),
        inclusion: Inclusion { block: block(at, 1), index },
    }
}

fn plan(candidates: &[Candidate], minted: u64, tip: u32) -> Vec<(u32, Vec<u32>)> {
    let minted_from = BTreeMap::from([(height(100), Amount::from_sat(minted))]);
    let parameters = BridgeParameters::devnet();
    plan_claims(candidates, &minted_from, height(tip), &parameters, MAX_CLAIMS)
        .into_iter()
        .map(|(block, chosen)| {
            (block.height.get(), chosen.iter().map(|c| c.inclusion.index).collect())
        })
        .collect()
}

#[test]
fn claims_are_grouped_by_block_in_the_order_of_the_block() {
    let candidates = [
        candidate(1, 100, 9, 50_000),
        candidate(2, 101, 1, 50_000),
        candidate(3, 100, 2, 50_000),
        candidate(3, 100, 2, 50_000),
    ];
    assert_eq!(plan(&candidates, 0, 110), [(100, vec![2, 9]), (101, vec![1])]);
}

#[test]
fn sum_of_the_claims_stays_within_the_confirmations() {
    // Two confirmations allow sums below 100,000,000 sat; three below 200,000,000.
    let candidates = [
        candidate(1, 100, 1, 60_000_000),
        candidate(2, 100, 2, 60_000_000),
        candidate(3, 100, 3, 39_999_999),
    ];
    assert_eq!(plan(&candidates, 0, 101), [(100, vec![1, 3])]);
    assert_eq!(plan(&candidates, 0, 102), [(100, vec![1, 2, 3])]);
    assert_eq!(plan(&candidates, 40_000_000, 101), [(100, vec![3])]);
    assert_eq!(plan(&candidates, 0, 100), []);
}

#[test]
fn batch_is_bounded() {
    let many: Vec<_> = (1..=30).map(|n| candidate(n, 100, u32::from(n), 50_000)).collect();
    let planned = plan(&many, 0, 110);
    assert_eq!(planned[0].1.len(), MAX_CLAIMS);
}
