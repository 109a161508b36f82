//! The chain in memory: which one has the most difficulty, and what changed when another one took
//! over. Pure: the clock is an argument, nothing is read or written.

mod judge;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use farbank_types::{EvmAddress, EvmBlockNumber, UnixTime, B256};
use secp256k1::{Secp256k1, VerifyOnly};

use self::judge::Fresh;
use super::check::check_start;
use super::finality::Seals;
use super::outcome::{BlockRef, ImportOutcome, Tip};
use super::rejection::CliqueRejection;
use super::side::{SideBranches, MAX_SIDE_HEADERS};
use super::snapshot::{Snapshot, Votes};
use super::{CliqueRules, MAX_SIGNERS};
use crate::header::SideHeader;
use crate::verdict::FinalHeader;

/// Headers of the best chain that are kept, the newest ones: some 16 MiB, and at a block a second
/// four hours.
pub const MAX_KEPT_HEADERS: usize = 16_384;

/// Blocks between two kept states of the votes, the most that are counted again to judge a fork.
const VOTES_INTERVAL: u64 = 64;

/// Headers kept below the lowest fork: what judging a header looks back at.
const LOOK_BACK: u64 = VOTES_INTERVAL + MAX_SIGNERS as u64 / 2 + 2;

/// A header that holds, and what holds after it.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) header: SideHeader,
    /// Who sealed it; `None` for the checkpoint, which is trusted unread.
    pub(super) signer: Option<EvmAddress>,
    /// Signers in force after it, ascending.
    pub(super) signers: Arc<[EvmAddress]>,
    /// Votes after it, at every [`VOTES_INTERVAL`]th block.
    votes: Option<Arc<Votes>>,
    /// Difficulty of the chain up to here, from the checkpoint on.
    weight: u64,
}

/// The best chain from a checkpoint on, and the branches beside it.
#[derive(Clone, Debug)]
pub struct CliqueChain {
    rules: CliqueRules,
    checkpoint: SideHeader,
    secp: Secp256k1<VerifyOnly>,
    blocks: HashMap<B256, Block>,
    /// The best chain as far as it is kept, ascending.
    best: VecDeque<B256>,
    /// Number of the first of these.
    first: u64,
    side: SideBranches,
    pub(super) seals: Seals,
    pub(super) newest_final: Option<FinalHeader>,
    /// Most signers that were ever in force at once.
    pub(super) most_signers: usize,
    max_kept: usize,
    max_side: usize,
}

impl CliqueChain {
    /// Starts a chain at a header that is trusted: the genesis block, or a checkpoint of an epoch,
    /// whose extra data lists the signers. After a later checkpoint than the genesis block the
    /// first few blocks may be sealed by signers that have to wait: it does not tell who they are.
    ///
    /// # Errors
    /// Refuses a header that is no checkpoint, lists no signers, or has no base fee.
    pub fn new(rules: CliqueRules, checkpoint: SideHeader) -> Result<Self, CliqueRejection> {
        Self::with_limits(rules, checkpoint, MAX_KEPT_HEADERS, MAX_SIDE_HEADERS)
    }

    /// Starts a chain that keeps at least `max_kept` headers of its best branch (and some more) and
    /// at most `max_side` beside it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_limits(
        rules: CliqueRules,
        checkpoint: SideHeader,
        max_kept: usize,
        max_side: usize,
    ) -> Result<Self, CliqueRejection> {
        let snapshot = Snapshot::new(check_start(rules, &checkpoint)?);
        let (hash, first) = (checkpoint.hash(), checkpoint.number().get());
        let most_signers = snapshot.signers.len();
        let block = Block {
            header: checkpoint.clone(),
            signer: None,
            signers: snapshot.signers,
            votes: Some(snapshot.votes),
            weight: 0,
        };
        Ok(Self {
            rules,
            checkpoint,
            secp: Secp256k1::verification_only(),
            blocks: HashMap::from([(hash, block)]),
            best: VecDeque::from([hash]),
            first,
            side: SideBranches::default(),
            seals: Seals::default(),
            newest_final: None,
            most_signers,
            max_kept,
            max_side,
        })
    }

    /// Takes headers, each the child of the one before it; those known already are skipped. All of
    /// them are taken or none.
    ///
    /// A branch wins when its total difficulty is greater, or equal with fewer blocks, as in geth. Of
    /// equals the one that was there first stays; geth tosses a coin.
    ///
    /// # Errors
    /// Refuses the batch when its first header's parent is unknown, when a header breaks a rule, when
    /// the branch leaves the chain below a final block, or when more headers than are kept are new.
    pub fn import(
        &mut self,
        headers: &[SideHeader],
        now: UnixTime,
    ) -> Result<ImportOutcome, CliqueRejection> {
        let known = headers.iter().take_while(|header| self.blocks.contains_key(&header.hash()));
        let headers = headers.get(known.count()..).unwrap_or(&[]);
        let (Some(first), Some(last)) = (headers.first(), headers.last()) else {
            return Ok(ImportOutcome::Unchanged);
        };
        if headers.len() > self.max_kept {
            let (count, max) = (headers.len(), self.max_kept);
            return Err(CliqueRejection::TooManyHeaders { count, max });
        }
        let (number, parent) = (first.number(), first.parent_hash());
        let unknown = CliqueRejection::UnknownParent { number, parent };
        let branch = self.branch_to(parent);
        let fork = match branch.first() {
            Some(hash) => self.blocks.get(hash).map(|block| block.header.parent_hash()),
            None => Some(parent),
        };
        let fork = fork.and_then(|hash| self.number_of(&hash)).ok_or(unknown)?;
        let floor = self.floor();
        if fork < floor {
            let floor = EvmBlockNumber::new(floor);
            return Err(CliqueRejection::ConflictsWithFinal { number, floor });
        }
        let end = BlockRef { number: last.number(), hash: last.hash() };
        let fresh = self.check(headers, parent, now)?;
        let weight = fresh.last().map_or(0, |fresh| fresh.block.weight);
        let tip = self.tip();
        let best_weight = self.blocks.get(&tip.hash).map_or(0, |block| block.weight);
        let wins = weight > best_weight || (weight == best_weight && end.number < tip.number);
        let count = branch.len().saturating_add(fresh.len());
        if !wins && count > self.max_side {
            return Err(CliqueRejection::TooManyHeaders { count, max: self.max_side });
        }
        let mut sealed_twice = Vec::new();
        let mut added = Vec::with_capacity(fresh.len());
        for Fresh { block, signer, sealed } in fresh {
            if self.seals.record(block.header.number().get(), signer, sealed) {
                sealed_twice.push(signer);
            }
            let hash = block.header.hash();
            self.most_signers = self.most_signers.max(block.signers.len());
            added.push((hash, block.header.parent_hash(), block.weight));
            self.blocks.insert(hash, block);
        }
        if wins {
            let added = added.into_iter().map(|(hash, ..)| hash);
            return Ok(self.connect(fork, branch, added));
        }
        for (hash, parent, weight) in added {
            self.side.insert(hash, parent, weight);
        }
        self.prune_side(Some(end.hash));
        Ok(ImportOutcome::SideBranch { end, sealed_twice })
    }

    /// Returns the side headers that lead to `hash`, oldest first.
    fn branch_to(&self, hash: B256) -> Vec<B256> {
        let mut branch = Vec::new();
        let mut at = hash;
        while let Some(block) = self.blocks.get(&at).filter(|_| self.side.contains(&at)) {
            branch.push(at);
            at = block.header.parent_hash();
        }
        branch.reverse();
        branch
    }

    /// Puts a branch on top of the best chain's block `fork`.
    fn connect(
        &mut self,
        fork: u64,
        branch: Vec<B256>,
        added: impl Iterator<Item = B256>,
    ) -> ImportOutcome {
        let reverted = self.refs_above(fork);
        for block in reverted.iter().rev() {
            self.best.pop_back();
            if let Some(left) = self.blocks.get(&block.hash) {
                self.side.insert(block.hash, left.header.parent_hash(), left.weight);
            }
        }
        for hash in &branch {
            self.side.remove(hash);
        }
        self.best.extend(branch.into_iter().chain(added));
        let connected = self.refs_above(fork);
        for block in &connected {
            self.finalize_under(block.number.get());
        }
        self.prune_side(None);
        self.prune_best();
        if reverted.is_empty() {
            ImportOutcome::Extended { connected }
        } else {
            ImportOutcome::Reorganized { reverted, connected }
        }
    }

    fn prune_side(&mut self, keep: Option<B256>) {
        for hash in self.side.prune(self.max_side, keep) {
            self.blocks.remove(&hash);
        }
    }

    fn prune_best(&mut self) {
        let look_back = usize::try_from(LOOK_BACK).unwrap_or(usize::MAX);
        while self.best.len() > self.max_kept.saturating_add(look_back) {
            if let Some(hash) = self.best.pop_front() {
                self.blocks.remove(&hash);
                self.first = self.first.saturating_add(1);
            }
        }
        self.seals.drop_below(self.first);
    }

    /// Returns the lowest number that a branch may leave from.
    pub(super) fn floor(&self) -> u64 {
        let pruned = self.first > self.checkpoint.number().get();
        let kept = if pruned { self.first.saturating_add(LOOK_BACK) } else { self.first };
        self.newest_final.map_or(kept, |header| header.number().get().max(kept))
    }

    fn refs_above(&self, fork: u64) -> Vec<BlockRef> {
        let numbered = (self.first..).zip(&self.best).filter(|(number, _)| *number > fork);
        numbered
            .map(|(number, hash)| BlockRef { number: EvmBlockNumber::new(number), hash: *hash })
            .collect()
    }

    /// Returns the number of a block of the best chain.
    pub(super) fn number_of(&self, hash: &B256) -> Option<u64> {
        let number = self.blocks.get(hash)?.header.number().get();
        (self.hash_at(number) == Some(hash)).then_some(number)
    }

    fn hash_at(&self, number: u64) -> Option<&B256> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.best.get(place)
    }

    /// Returns a block of the best chain.
    pub(super) fn best_block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(self.hash_at(number)?)
    }

    /// Returns any block that is kept.
    pub(super) fn block(&self, hash: &B256) -> Option<&Block> {
        self.blocks.get(hash)
    }

    /// Returns the number from which a kept block's branch leaves the best chain.
    pub(super) fn fork_of(&self, hash: B256) -> Option<u64> {
        let branch = self.branch_to(hash);
        let parent = self.blocks.get(branch.first()?)?.header.parent_hash();
        self.number_of(&parent)
    }

    /// Returns the rules that the chain follows.
    #[must_use]
    pub const fn rules(&self) -> CliqueRules {
        self.rules
    }

    /// Returns the header that the chain starts from.
    #[must_use]
    pub const fn checkpoint(&self) -> &SideHeader {
        &self.checkpoint
    }

    /// Returns the end of the best chain.
    #[must_use]
    pub fn tip(&self) -> Tip {
        let block = self.best.back().and_then(|hash| self.blocks.get(hash));
        let header = block.map_or(&self.checkpoint, |block| &block.header);
        Tip { number: header.number(), hash: header.hash(), time: header.time() }
    }

    /// Returns the signers in force after the tip, ascending.
    #[must_use]
    pub fn signers(&self) -> &[EvmAddress] {
        self.blocks.get(&self.tip().hash).map_or(&[], |block| &block.signers)
    }

    /// Returns the header of the best chain at `number`, as far back as headers are kept.
    #[must_use]
    pub fn header_at(&self, number: EvmBlockNumber) -> Option<&SideHeader> {
        self.best_block(number.get()).map(|block| &block.header)
    }

    /// Returns a header of the best chain or of a side branch.
    #[must_use]
    pub fn header(&self, hash: &B256) -> Option<&SideHeader> {
        self.blocks.get(hash).map(|block| &block.header)
    }

    /// Returns the headers of the side branch that ends with `hash`, ascending from where it leaves the
    /// best chain; none when that is no side header.
    #[must_use]
    pub fn side_branch(&self, hash: &B256) -> Vec<&SideHeader> {
        self.branch_to(*hash).iter().filter_map(|hash| self.header(hash)).collect()
    }

    /// Returns how many headers lie beside the best chain.
    #[must_use]
    pub fn side_headers(&self) -> usize {
        self.side.len()
    }
}
