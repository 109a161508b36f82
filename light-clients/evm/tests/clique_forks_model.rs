//! Fork choice and finality against a naive twin that keeps every branch whole, adds difficulties up
//! anew, and looks at every pair of blocks.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use common::{wide, Net, NOW};
use farbank_evm_light_client::clique::ImportOutcome;
use farbank_evm_light_client::{FinalityVerifier as _, SideHeader, Verdict};
use farbank_types::{B256, U256};
use proptest::prelude::*;

/// Every branch as a path from the genesis block, with who sealed each block.
struct Twin {
    count: usize,
    paths: HashMap<B256, Vec<(SideHeader, usize)>>,
    best: B256,
    newest_final: Option<u64>,
}

fn weight(path: &[(SideHeader, usize)]) -> U256 {
    path.iter().skip(1).map(|(header, _)| header.header().difficulty).sum()
}

fn common_blocks(one: &[(SideHeader, usize)], other: &[(SideHeader, usize)]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a.0 == b.0).count()
}

impl Twin {
    fn new(net: &Net) -> Self {
        let genesis = net.genesis();
        let best = genesis.hash();
        let paths = HashMap::from([(best, vec![(genesis, usize::MAX)])]);
        Self { count: net.count, paths, best, newest_final: None }
    }

    fn import(&mut self, batch: &[(SideHeader, usize)]) -> Result<&'static str, &'static str> {
        let new: Vec<_> =
            batch.iter().filter(|(header, _)| !self.paths.contains_key(&header.hash())).collect();
        let Some((first, _)) = new.first() else { return Ok("Unchanged") };
        let old = self.paths[&self.best].clone();
        let mut path = self.paths[&first.parent_hash()].clone();
        let fork = common_blocks(&old, &path) - 1;
        if wide(fork) < self.newest_final.unwrap_or(0) {
            return Err("ConflictsWithFinal");
        }
        let limit = self.count / 2 + 1;
        let mut added = Vec::new();
        for (header, signer) in new {
            let recent = path.iter().rev().take(limit - 1);
            if recent.into_iter().any(|(_, recent)| recent == signer) {
                return Err("RecentlySigned");
            }
            path.push((header.clone(), *signer));
            added.push((header.hash(), path.clone()));
        }
        self.paths.extend(added);
        let (ours, theirs) = (weight(&old), weight(&path));
        if theirs < ours || (theirs == ours && path.len() >= old.len()) {
            return Ok("SideBranch");
        }
        let kept = common_blocks(&old, &path);
        self.best = path.last().expect("some").0.hash();
        for top in kept..path.len() {
            self.finalize(&path[..=top]);
        }
        Ok(if kept == old.len() { "Extended" } else { "Reorganized" })
    }

    /// Signers that sealed two blocks of a number, on any branch.
    fn twice(&self) -> BTreeSet<(u64, usize)> {
        let mut seals: BTreeMap<(u64, usize), BTreeSet<B256>> = BTreeMap::new();
        for path in self.paths.values() {
            let (header, signer) = path.last().expect("some");
            seals.entry((header.number().get(), *signer)).or_default().insert(header.hash());
        }
        seals.into_iter().filter(|(_, blocks)| blocks.len() > 1).map(|(seal, _)| seal).collect()
    }

    fn finalize(&mut self, path: &[(SideHeader, usize)]) {
        let twice = self.twice();
        let signers_needed = self.count.div_ceil(2) + (self.count - 1) / 3;
        for block in 0..path.len() - 1 {
            let above = &path[block + 1..];
            let mut signers: BTreeSet<_> = above.iter().map(|(_, signer)| *signer).collect();
            for (header, _) in above {
                let number = header.number().get();
                signers.retain(|signer| !twice.contains(&(number, *signer)));
            }
            if above.len() >= 2 * self.count && signers.len() >= signers_needed {
                let number = path[block].0.number().get();
                self.newest_final = self.newest_final.max(Some(number));
            }
        }
    }
}

/// A batch: where it grows from, who seals, and whether it makes siblings.
#[derive(Clone, Debug)]
struct Step {
    back: usize,
    signers: Vec<prop::sample::Index>,
    salt: u64,
}

fn step() -> impl Strategy<Value = Step> {
    let back = prop_oneof![6 => Just(0), 2 => 0..4_usize, 1 => 0..12_usize];
    let signers = prop::collection::vec(any::<prop::sample::Index>(), 1..7);
    (back, signers, 0..3_u64).prop_map(|(back, signers, salt)| Step { back, signers, salt })
}

/// Makes the batch; mostly of signers that may sign.
fn batch_of(net: &Net, twin: &Twin, step: &Step) -> Vec<(SideHeader, usize)> {
    let mut path = twin.paths[&twin.best].clone();
    path.truncate(path.len() - step.back.min(path.len() - 1));
    let mut batch = Vec::new();
    for pick in &step.signers {
        let recent: Vec<_> =
            path.iter().rev().take(net.count / 2).map(|(_, signer)| *signer).collect();
        let free: Vec<_> = (0..net.count).filter(|signer| !recent.contains(signer)).collect();
        let signer =
            if pick.index(20) == 0 { pick.index(net.count) } else { free[pick.index(free.len())] };
        let parent = &path.last().expect("some").0;
        let entry = (net.block(parent, signer, step.salt), signer);
        path.push(entry.clone());
        batch.push(entry);
    }
    batch
}

fn name_of(outcome: &ImportOutcome) -> &'static str {
    match outcome {
        ImportOutcome::Extended { .. } => "Extended",
        ImportOutcome::Reorganized { .. } => "Reorganized",
        ImportOutcome::SideBranch { .. } => "SideBranch",
        ImportOutcome::Unchanged => "Unchanged",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chain_and_twin_agree_on_best_chain_and_finality(
        count in 1..6_usize,
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let net = Net::new(count);
        let (mut chain, mut twin) = (net.chain(), Twin::new(&net));
        for step in &steps {
            let batch = batch_of(&net, &twin, step);
            let headers: Vec<_> = batch.iter().map(|(header, _)| header.clone()).collect();
            let known = chain.newest_final();
            let judged = chain.import(&headers, NOW);
            let judged = judged.as_ref().map(name_of).map_err(|refusal| refusal.name());
            prop_assert_eq!(judged, twin.import(&batch));
            let best = &twin.paths[&twin.best];
            prop_assert_eq!(chain.tip().hash, twin.best);
            let newest = chain.newest_final();
            prop_assert_eq!(newest.map(|header| header.number().get()), twin.newest_final);
            for (header, _) in best {
                prop_assert_eq!(chain.header_at(header.number()), Some(header));
                let settled = Some(header.number().get()) <= twin.newest_final;
                let verdict = chain.verdict(&header.hash());
                prop_assert_eq!(matches!(verdict, Verdict::Final(_)), settled);
            }
            if let Some(known) = known {
                prop_assert!(matches!(chain.verdict(&known.hash()), Verdict::Final(_)));
            }
            for (hash, path) in &twin.paths {
                if common_blocks(best, path) < path.len() {
                    prop_assert!(!matches!(chain.verdict(hash), Verdict::Final(_)));
                }
            }
        }
    }
}
