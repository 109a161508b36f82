//! Which headers lie beside the best chain: a tree of bounded size, pruned from its weakest ends.

use std::collections::{BTreeSet, HashMap};

use farbank_types::B256;

/// Most headers kept beside the best chain, some 3 MiB. A longer branch still wins when it is imported
/// at once.
pub const MAX_SIDE_HEADERS: usize = 4_096;

#[derive(Clone, Copy, Debug)]
struct Member {
    parent: B256,
    weight: u64,
}

/// The side branches. Every member's parent is a member or in the best chain.
#[derive(Clone, Debug, Default)]
pub(super) struct SideBranches {
    members: HashMap<B256, Member>,
    /// How many members name a parent, which may be in the best chain.
    children: HashMap<B256, usize>,
    /// Ends of branches, the one with the least difficulty first.
    ends: BTreeSet<(u64, B256)>,
}

impl SideBranches {
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn contains(&self, hash: &B256) -> bool {
        self.members.contains_key(hash)
    }

    /// Adds a header whose chain has `weight` difficulty.
    pub(super) fn insert(&mut self, hash: B256, parent: B256, weight: u64) {
        if let Some(above) = self.members.get(&parent) {
            self.ends.remove(&(above.weight, parent));
        }
        let known = self.members.insert(hash, Member { parent, weight });
        if known.is_none() {
            *self.children.entry(parent).or_default() += 1;
        }
        // A header that left the best chain may find children that were here before it.
        if !self.children.contains_key(&hash) {
            self.ends.insert((weight, hash));
        }
    }

    /// Takes a header out; its children, if any, stay.
    pub(super) fn remove(&mut self, hash: &B256) {
        let Some(member) = self.members.remove(hash) else { return };
        self.ends.remove(&(member.weight, *hash));
        match self.children.get_mut(&member.parent) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.children.remove(&member.parent);
                if let Some(above) = self.members.get(&member.parent) {
                    self.ends.insert((above.weight, member.parent));
                }
            }
        }
    }

    /// Drops the weakest ends, other than `keep`, until at most `max` are left; returns them.
    pub(super) fn prune(&mut self, max: usize, keep: Option<B256>) -> Vec<B256> {
        let mut dropped = Vec::new();
        while self.members.len() > max {
            let weakest = self.ends.iter().map(|(_, hash)| *hash).find(|hash| Some(*hash) != keep);
            let Some(hash) = weakest else { break };
            self.remove(&hash);
            dropped.push(hash);
        }
        dropped
    }
}
