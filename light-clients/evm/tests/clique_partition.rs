//! Honest signers under one partition: a block that is final on either side is never reorganised.
//!
//! Both sides seal whatever they may, in any order. Once the sides meet again everybody follows the
//! branch with more difficulty; with three to seven signers that is always the one with the final block.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Net, NOW};
use farbank_evm_light_client::clique::ImportOutcome;
use farbank_evm_light_client::{FinalityVerifier as _, SideHeader, Verdict};
use proptest::prelude::*;

/// Who sealed the newest blocks, newest last: as many as have to wait.
type Recent = Vec<usize>;

/// Signers of a side that sealed after the partition began.
type Seen = BTreeSet<usize>;

/// The greatest or least difficulty of all runs that end in one state.
type Runs = BTreeMap<(Recent, Seen), u64>;

/// Extends every run by every block that the side may seal, keeping the best by `better`.
fn extend(
    count: usize,
    side: &[usize],
    number: usize,
    runs: &Runs,
    better: fn(u64, u64) -> u64,
) -> Runs {
    let mut longer = Runs::new();
    for ((recent, seen), difficulty) in runs {
        for signer in side.iter().filter(|signer| !recent.contains(signer)) {
            let mut recent = recent.clone();
            recent.push(*signer);
            recent.remove(0);
            let mut seen = seen.clone();
            seen.insert(*signer);
            let sum = difficulty + if number % count == *signer { 2 } else { 1 };
            longer
                .entry((recent, seen))
                .and_modify(|known| *known = better(*known, sum))
                .or_insert(sum);
        }
    }
    longer
}

/// The most difficulty that a side without enough signers reaches before it is stuck.
fn most(count: usize, side: &[usize], start: usize, recent: &Recent) -> u64 {
    let mut runs = Runs::from([((recent.clone(), Seen::new()), 0)]);
    let mut most = 0;
    for number in start + 1.. {
        runs = extend(count, side, number, &runs, u64::max);
        let Some(best) = runs.values().max() else { break };
        most = most.max(*best);
    }
    most
}

/// The least difficulty that a side has on a block when it makes that block final.
fn least_final(count: usize, side: &[usize], start: usize, recent: &Recent) -> Option<u64> {
    let needed = count.div_ceil(2) + (count - 1) / 3;
    let mut runs = Runs::from([((recent.clone(), Seen::new()), 0)]);
    // Later runs have more difficulty: a round more than needed shows the least.
    let finals = (1..=3 * count).flat_map(|length| {
        runs = extend(count, side, start + length, &runs, u64::min);
        let done = runs.iter().filter(|((_, seen), _)| length >= 2 * count && seen.len() >= needed);
        done.map(|(_, difficulty)| *difficulty).collect::<Vec<_>>()
    });
    finals.min()
}

#[test]
fn no_run_of_the_other_side_outweighs_a_final_block() {
    for count in 3..=7_usize {
        let mut cases = 0;
        for start in count..2 * count {
            let recent: Recent = (0..count / 2).rev().map(|back| (start - back) % count).collect();
            for sides in 1..(1_usize << count) - 1 {
                let on = |side| (0..count).filter(|at| (sides >> at & 1 == 1) == side).collect();
                let (one, other): (Vec<_>, Vec<_>) = (on(true), on(false));
                if other.len() > count / 2 {
                    continue;
                }
                let Some(least) = least_final(count, &one, start, &recent) else { continue };
                let most = most(count, &other, start, &recent);
                assert!(most < least, "{count} signers, {one:?} against {other:?} after {start}");
                cases += 1;
            }
        }
        assert!(cases > 0, "{count} signers: some sides make blocks final");
    }
}

/// Grows a side from the last common block by random choices; stops when nobody may seal.
fn grow(
    net: &Net,
    common: &[usize],
    parent: &SideHeader,
    side: &[usize],
    picks: &[prop::sample::Index],
    salt: u64,
) -> Vec<SideHeader> {
    let mut sealed = common.to_vec();
    for pick in picks {
        let recent = &sealed[sealed.len().saturating_sub(net.count / 2)..];
        let free: Vec<_> = side.iter().filter(|signer| !recent.contains(signer)).collect();
        if free.is_empty() {
            break;
        }
        sealed.push(**pick.get(&free));
    }
    net.blocks(parent, &sealed[common.len()..], salt)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn sides_that_meet_again_keep_what_either_found_final(
        count in 3..8_usize,
        split in any::<prop::sample::Index>(),
        start in 0..7_usize,
        picks in prop::collection::vec(any::<prop::sample::Index>(), 30),
        others in prop::collection::vec(any::<prop::sample::Index>(), 30),
    ) {
        let net = Net::new(count);
        let common = net.in_turn(&net.genesis(), count + start, 0);
        let sealed: Vec<_> = (1..=common.len()).map(|number| number % count).collect();
        let parent = common.last().expect("some");
        let sides = 1 + split.index((1 << count) - 2);
        let on = |side| (0..count).filter(|at| (sides >> at & 1 == 1) == side).collect();
        let (one, other): (Vec<_>, Vec<_>) = (on(true), on(false));
        let branches = [
            grow(&net, &sealed, parent, &one, &picks, 1),
            grow(&net, &sealed, parent, &other, &others, 2),
        ];
        let mut views = Vec::new();
        for branch in &branches {
            let mut view = net.chain();
            view.import(&common, NOW).expect("valid");
            view.import(branch, NOW).expect("valid");
            views.push(view);
        }
        let settled: Vec<_> = views.iter().map(|view| view.newest_final()).collect();
        for (view, theirs) in views.iter_mut().zip(branches.iter().rev()) {
            let own = view.newest_final();
            match view.import(theirs, NOW) {
                // Final on this side means that the other one is lighter, so nobody leaves for it.
                Err(refusal) => prop_assert_eq!(refusal.name(), "ConflictsWithFinal"),
                Ok(outcome) => {
                    let left = matches!(outcome, ImportOutcome::Reorganized { .. });
                    let beyond = own.is_some_and(|own| own.number() > parent.number());
                    prop_assert!(!(left && beyond));
                }
            }
        }
        let mut observer = net.chain();
        observer.import(&common, NOW).expect("valid");
        let weight = |branch: &[SideHeader]| -> farbank_types::U256 {
            branch.iter().map(|header| header.header().difficulty).sum()
        };
        let heavier = usize::from(weight(&branches[1]) > weight(&branches[0]));
        observer.import(&branches[heavier], NOW).expect("valid");
        for settled in settled.into_iter().flatten() {
            let held = observer.header_at(settled.number()).map(SideHeader::hash);
            prop_assert_eq!(held, Some(settled.hash()));
            prop_assert!(!matches!(observer.verdict(&settled.hash()), Verdict::Invalid(_)));
        }
    }
}
