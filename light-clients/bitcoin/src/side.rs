//! Headers beside the best chain: a tree of bounded size, pruned from its weakest ends.

use std::collections::{BTreeSet, HashMap};

use bitcoin::block::Header;
use bitcoin::BlockHash;
use farbank_types::Work;

#[derive(Clone, Copy, Debug)]
struct SideHeader {
    header: Header,
    /// Work of the chain that ends here.
    work: Work,
}

/// The side branches. Every header is valid and its parent is here or in the best chain.
#[derive(Clone, Debug)]
pub(crate) struct SideBranches {
    headers: HashMap<BlockHash, SideHeader>,
    /// How many headers here name a parent, which may be in the best chain.
    children: HashMap<BlockHash, usize>,
    /// Ends of branches, the one with the least work first.
    ends: BTreeSet<(Work, BlockHash)>,
    max: usize,
}

impl SideBranches {
    pub(crate) fn new(max: usize) -> Self {
        Self { headers: HashMap::new(), children: HashMap::new(), ends: BTreeSet::new(), max }
    }

    pub(crate) fn max(&self) -> usize {
        self.max
    }

    pub(crate) fn len(&self) -> usize {
        self.headers.len()
    }

    pub(crate) fn contains(&self, hash: &BlockHash) -> bool {
        self.headers.contains_key(hash)
    }

    /// Returns the headers that lead to `hash`, oldest first: the first one's parent is not here.
    pub(crate) fn branch(&self, hash: BlockHash) -> Vec<(Header, BlockHash)> {
        let mut at = hash;
        let mut branch = Vec::new();
        while let Some(side) = self.headers.get(&at) {
            branch.push((side.header, at));
            at = side.header.prev_blockhash;
        }
        branch.reverse();
        branch
    }

    /// Adds a header on top of the best chain or of a header that is here.
    pub(crate) fn insert(&mut self, header: Header, hash: BlockHash, work: Work) {
        let parent_hash = header.prev_blockhash;
        if let Some(parent) = self.headers.get(&parent_hash) {
            self.ends.remove(&(parent.work, parent_hash));
        }
        *self.children.entry(parent_hash).or_default() += 1;
        // A header that left the best chain may find children that were here before it.
        if !self.children.contains_key(&hash) {
            self.ends.insert((work, hash));
        }
        self.headers.insert(hash, SideHeader { header, work });
    }

    /// Takes a header out; its children, if any, stay.
    pub(crate) fn remove(&mut self, hash: &BlockHash) {
        let Some(side) = self.headers.remove(hash) else { return };
        self.ends.remove(&(side.work, *hash));
        let parent_hash = side.header.prev_blockhash;
        let left = self.children.get(&parent_hash).map_or(0, |count| count.saturating_sub(1));
        if left > 0 {
            self.children.insert(parent_hash, left);
            return;
        }
        self.children.remove(&parent_hash);
        if let Some(parent) = self.headers.get(&parent_hash) {
            self.ends.insert((parent.work, parent_hash));
        }
    }

    /// Drops the weakest ends, never the branch of `keep`, until the bound holds.
    pub(crate) fn prune(&mut self, keep: Option<BlockHash>) {
        while self.headers.len() > self.max {
            let weakest = self.ends.iter().map(|(_, hash)| *hash).find(|hash| Some(*hash) != keep);
            let Some(hash) = weakest else { return };
            self.remove(&hash);
        }
    }
}
