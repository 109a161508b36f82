//! When a block of a Clique chain counts as final.
//!
//! Clique promises nothing: under a partition the larger side may lose its blocks. The rule: with n
//! signers in force after a block, it is final once at least 2n blocks are built on it, sealed by at
//! least ceil(n / 2) + floor((n - 1) / 3) distinct ones of these n, not counting a signer that sealed
//! two headers of one number among the numbers of those blocks, on whichever branch.

use std::collections::{BTreeMap, BTreeSet};

use farbank_types::{EvmAddress, B256};

use super::chain::{Block, CliqueChain};
use crate::verdict::{FinalHeader, FinalityVerifier, Progress, Verdict, Why};

/// A signer's seal at one number.
#[derive(Clone, Copy, Debug)]
struct Sealed {
    signer: EvmAddress,
    /// Hash of what it sealed first.
    sealed: B256,
    twice: bool,
}

/// Who sealed what at each number, on all branches; remembered when side branches are dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct Seals {
    by_number: BTreeMap<u64, Vec<Sealed>>,
}

impl Seals {
    /// Notes a seal; returns whether it shows for the first time that the signer sealed two headers
    /// of this number.
    pub(super) fn record(&mut self, number: u64, signer: EvmAddress, sealed: B256) -> bool {
        let seals = self.by_number.entry(number).or_default();
        match seals.iter_mut().find(|seal| seal.signer == signer) {
            Some(seal) if seal.sealed != sealed => !std::mem::replace(&mut seal.twice, true),
            Some(_) => false,
            None => {
                seals.push(Sealed { signer, sealed, twice: false });
                false
            }
        }
    }

    pub(super) fn drop_below(&mut self, number: u64) {
        while self.by_number.first_key_value().is_some_and(|(first, _)| *first < number) {
            self.by_number.pop_first();
        }
    }

    fn twice_at(&self, number: u64) -> impl Iterator<Item = EvmAddress> + '_ {
        let seals = self.by_number.get(&number).into_iter().flatten();
        seals.filter(|seal| seal.twice).map(|seal| seal.signer)
    }
}

/// The blocks on top of a block, gathered downwards.
#[derive(Default)]
struct Support {
    blocks: u64,
    signers: BTreeSet<EvmAddress>,
    twice: BTreeSet<EvmAddress>,
}

impl Support {
    fn add(&mut self, block: &Block, seals: &Seals) {
        self.blocks += 1;
        self.signers.extend(block.signer);
        self.twice.extend(seals.twice_at(block.header.number().get()));
    }

    /// Measures what was gathered for the block right below.
    fn progress(&self, below: &Block) -> Progress {
        let counts =
            |signer: &&EvmAddress| self.signers.contains(*signer) && !self.twice.contains(*signer);
        let (blocks_needed, signers_needed) = needed(below.signers.len());
        let signers = to_u64(below.signers.iter().filter(counts).count());
        Progress { blocks: self.blocks, blocks_needed, signers, signers_needed }
    }
}

/// Returns how many blocks, and by how many signers, make a block final among `count` signers.
fn needed(count: usize) -> (u64, u64) {
    let count = to_u64(count);
    let signers = count.div_ceil(2).saturating_add(count.saturating_sub(1) / 3);
    (count.saturating_mul(2), signers)
}

const fn is_final(progress: &Progress) -> bool {
    progress.blocks >= progress.blocks_needed && progress.signers >= progress.signers_needed
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl CliqueChain {
    /// Moves the newest final block up to the highest one that the blocks up to `top` make final.
    ///
    /// Called for every block in turn. A block is newly final when it got its last needed block,
    /// or a signer that had sealed none above it: that bounds the search.
    pub(super) fn finalize_under(&mut self, top: u64) {
        let settled = self.newest_final.map(|header| header.number().get());
        let Some(sealer) = self.best_block(top).and_then(|block| block.signer) else { return };
        let enough = to_u64(self.most_signers).saturating_mul(2);
        let mut support = Support::default();
        let mut sealed_before = false;
        let mut number = top;
        let found = loop {
            let Some(block) = self.best_block(number) else { return };
            sealed_before |= number < top && block.signer == Some(sealer);
            support.add(block, &self.seals);
            let Some(below) = number.checked_sub(1).filter(|below| settled < Some(*below)) else {
                return;
            };
            let Some(candidate) = self.best_block(below) else { return };
            if is_final(&support.progress(candidate)) {
                break FinalHeader::new(&candidate.header);
            }
            if sealed_before && support.blocks > enough {
                return;
            }
            number = below;
        };
        self.newest_final = Some(found);
    }

    fn progress_of(&self, number: u64) -> Option<Progress> {
        let mut support = Support::default();
        let above = number.checked_add(1)?..=self.tip().number.get();
        for block in above.filter_map(|above| self.best_block(above)) {
            support.add(block, &self.seals);
        }
        Some(support.progress(self.best_block(number)?))
    }
}

impl FinalityVerifier for CliqueChain {
    fn verdict(&self, hash: &B256) -> Verdict {
        let Some(block) = self.block(hash) else { return Verdict::Invalid(Why::UnknownBlock) };
        let settled = self.newest_final();
        let best = self.number_of(hash);
        if let Some(settled) = settled {
            let stands_on = best.or_else(|| self.fork_of(*hash));
            if best.is_some_and(|number| number <= settled.number().get()) {
                return Verdict::Final(FinalHeader::new(&block.header));
            }
            if stands_on.is_none_or(|number| number < settled.number().get()) {
                let newest_final = settled.number();
                return Verdict::Invalid(Why::ConflictsWithFinal { newest_final });
            }
        }
        let beside = || Support::default().progress(block);
        Verdict::NotYet(best.and_then(|number| self.progress_of(number)).unwrap_or_else(beside))
    }

    fn newest_final(&self) -> Option<FinalHeader> {
        self.newest_final
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_signers_needed_grow_with_the_signers() {
        let counts: Vec<_> = (1..=7).map(needed).collect();
        let expected = [(2, 1), (4, 1), (6, 2), (8, 3), (10, 4), (12, 4), (14, 6)];
        assert_eq!(counts, expected);
    }

    #[test]
    fn seal_counts_twice_only_for_another_content() {
        let (signer, mut seals) = (EvmAddress::repeat_byte(1), Seals::default());
        assert!(!seals.record(5, signer, B256::repeat_byte(1)));
        assert!(!seals.record(5, signer, B256::repeat_byte(1)), "the same content");
        assert!(!seals.record(6, signer, B256::repeat_byte(2)), "another number");
        assert!(seals.record(5, signer, B256::repeat_byte(3)));
        assert!(!seals.record(5, signer, B256::repeat_byte(4)), "known already");
        assert_eq!(seals.twice_at(5).collect::<Vec<_>>(), [signer]);
        assert_eq!(seals.twice_at(6).count(), 0);
        seals.drop_below(6);
        assert_eq!(seals.twice_at(5).count(), 0);
    }
}
