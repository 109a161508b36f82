//! The state that the next header is judged by: constant in size, whatever the chain's length.

use bitcoin::block::Header;
use bitcoin::{BlockHash, CompactTarget, Target};
use farbank_types::{BitcoinHeight, UnixTime, Work};

use crate::checkpoint::{Start, PREVIOUS_TIMES};
use crate::rejection::HeaderRejection;
use crate::rules::{ChainRules, MAX_FUTURE_SECS, MAX_TIMEWARP_SECS};

/// Blocks whose median time a header must exceed.
pub const MEDIAN_WINDOW: usize = PREVIOUS_TIMES + 1;

/// The newest times of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RecentTimes {
    /// Oldest first from `next` on, wrapping; free places hold the greatest time, so that they
    /// never count as earlier.
    ring: [u32; MEDIAN_WINDOW],
    next: usize,
    known: usize,
    /// No predecessor is missing: the chain is known from its genesis block.
    complete: bool,
}

impl RecentTimes {
    const fn new(complete: bool) -> Self {
        Self { ring: [u32::MAX; MEDIAN_WINDOW], next: 0, known: 0, complete }
    }

    #[inline]
    fn push(&mut self, time: u32) {
        self.ring[self.next] = time;
        self.next = if self.next + 1 == MEDIAN_WINDOW { 0 } else { self.next + 1 };
        self.known = (self.known + 1).min(MEDIAN_WINDOW);
    }

    /// Whether the rule holds or cannot be judged yet.
    #[inline]
    fn allows(&self, time: u32) -> bool {
        if self.known < MEDIAN_WINDOW && !self.complete {
            return true;
        }
        self.ring.iter().map(|known| u32::from(*known < time)).sum::<u32>() as usize
            > self.known / 2
    }

    fn oldest_first(&self) -> Vec<u32> {
        let start = self.next + MEDIAN_WINDOW - self.known;
        (0..self.known).map(|at| self.ring[(start + at) % MEDIAN_WINDOW]).collect()
    }
}

/// A chain's end as the rules see it: the tip, its work and what the next header's rules need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainState {
    height: u32,
    hash: BlockHash,
    time: u32,
    work: Work,
    bits: CompactTarget,
    target: Target,
    block_work: Work,
    /// The bits of the period's first block: those in force for the whole period, since only its
    /// other blocks may have the least difficulty instead.
    epoch_bits: CompactTarget,
    epoch_start: Option<u32>,
    times: RecentTimes,
}

impl ChainState {
    pub(crate) fn new(start: &Start<'_>) -> Self {
        let complete = usize::try_from(start.height).is_ok_and(|h| h == start.previous_times.len());
        let mut times = RecentTimes::new(complete);
        for time in start.previous_times {
            times.push(*time);
        }
        times.push(start.header.time);
        let work = Work::from(start.target.to_work());
        Self {
            height: start.height,
            hash: start.hash,
            time: start.header.time,
            work,
            bits: start.header.bits,
            target: start.target,
            block_work: work,
            epoch_bits: start.header.bits,
            epoch_start: start.epoch_start,
            times,
        }
    }

    /// Returns the height of the tip.
    #[must_use]
    pub const fn height(&self) -> BitcoinHeight {
        BitcoinHeight::new(self.height)
    }

    /// Returns the hash of the tip.
    #[must_use]
    pub const fn hash(&self) -> BlockHash {
        self.hash
    }

    /// Returns the time that the tip's header holds.
    #[must_use]
    pub fn time(&self) -> UnixTime {
        UnixTime::new(u64::from(self.time))
    }

    /// Returns the work from the checkpoint on, the checkpoint's own included.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.work
    }

    /// Returns the compact target of the tip.
    #[must_use]
    pub const fn bits(&self) -> CompactTarget {
        self.bits
    }

    /// Returns the time of the first block of the tip's retarget period, when it is known.
    #[must_use]
    pub fn epoch_start_time(&self) -> Option<UnixTime> {
        self.epoch_start.map(|time| UnixTime::new(u64::from(time)))
    }

    /// Returns the times of the newest blocks, at most [`MEDIAN_WINDOW`], oldest first.
    #[must_use]
    pub fn recent_times(&self) -> Vec<u32> {
        self.times.oldest_first()
    }

    /// Returns the median time past that the next header must exceed, or `None` while too few
    /// predecessors are known.
    #[must_use]
    pub fn median_time_past(&self) -> Option<UnixTime> {
        if self.times.known < MEDIAN_WINDOW && !self.times.complete {
            return None;
        }
        let mut times = self.times.oldest_first();
        times.sort_unstable();
        times.get(times.len() / 2).map(|time| UnixTime::new(u64::from(*time)))
    }

    /// Returns the latest time that a header may hold at `now`.
    #[must_use]
    pub const fn latest_time(now: UnixTime) -> UnixTime {
        now.saturating_add_secs(MAX_FUTURE_SECS)
    }

    /// Moves on to the next header, or leaves the state as it is and says which rule it breaks.
    ///
    /// `hash` is the header's own; `latest` comes from [`Self::latest_time`]. Link, bits and times
    /// are looked at before the proof of work: a changed field is then reported as that field.
    #[inline]
    pub(crate) fn append(
        &mut self,
        rules: ChainRules,
        header: &Header,
        hash: BlockHash,
        index: u64,
        latest: UnixTime,
    ) -> Result<(), HeaderRejection> {
        if header.prev_blockhash != self.hash {
            return Err(HeaderRejection::BadLink { index });
        }
        let Some(height) = self.height.checked_add(1) else {
            return Err(HeaderRejection::HeightOverflow { index });
        };
        let starts_period = ChainRules::starts_period(height);
        let expected = self.expected_bits(rules, height, header.time, index)?;
        if header.bits != expected {
            let (bits, expected) = (header.bits.to_consensus(), expected.to_consensus());
            return Err(HeaderRejection::BadBits { index, bits, expected });
        }
        if !self.times.allows(header.time) {
            return Err(HeaderRejection::TimeTooOld { index, time: header.time });
        }
        if starts_period && rules.has_bip94() {
            let limit = self.time.saturating_sub(MAX_TIMEWARP_SECS);
            if header.time < limit {
                return Err(HeaderRejection::TimeWarp { index, time: header.time, limit });
            }
        }
        if u64::from(header.time) > latest.get() {
            return Err(HeaderRejection::TimeTooNew { index, time: header.time, limit: latest });
        }
        let (target, block_work) = self.target_of(expected);
        if !target.is_met_by(hash) {
            return Err(HeaderRejection::BadProofOfWork { index });
        }
        self.advance(header, hash, (target, block_work));
        Ok(())
    }

    /// Moves on to a header that [`Self::append`] took once already.
    pub(crate) fn follow(&mut self, header: &Header, hash: BlockHash) {
        let target = self.target_of(header.bits);
        self.advance(header, hash, target);
    }

    #[inline]
    fn target_of(&self, bits: CompactTarget) -> (Target, Work) {
        if bits == self.bits {
            return (self.target, self.block_work);
        }
        let target = Target::from_compact(bits);
        (target, Work::from(target.to_work()))
    }

    #[inline]
    fn advance(&mut self, header: &Header, hash: BlockHash, (target, block_work): (Target, Work)) {
        self.height = self.height.saturating_add(1);
        if ChainRules::starts_period(self.height) {
            self.epoch_start = Some(header.time);
            self.epoch_bits = header.bits;
        }
        self.hash = hash;
        self.time = header.time;
        self.bits = header.bits;
        self.target = target;
        self.block_work = block_work;
        // Cannot overflow: 2^32 blocks would need 2^224 hashes each, and nobody finds those.
        self.work = self.work.checked_add(block_work).unwrap_or(self.work);
        self.times.push(header.time);
    }

    /// Returns the bits of a header on top, as `GetNextWorkRequired` of Bitcoin Core does.
    #[inline]
    fn expected_bits(
        &self,
        rules: ChainRules,
        height: u32,
        time: u32,
        index: u64,
    ) -> Result<CompactTarget, HeaderRejection> {
        if rules.is_fixed() {
            return Ok(rules.limit_bits());
        }
        if !ChainRules::starts_period(height) {
            let late = rules.has_min_difficulty_rule() && ChainRules::is_late(self.time, time);
            return Ok(if late { rules.limit_bits() } else { self.epoch_bits });
        }
        let Some(start) = self.epoch_start else {
            let height = BitcoinHeight::new(height);
            return Err(HeaderRejection::EpochStartUnknown { index, height });
        };
        // A span below zero is raised to the least span, as a span of zero is.
        let span = u64::from(self.time.saturating_sub(start));
        let base = if rules.has_bip94() { self.epoch_bits } else { self.bits };
        Ok(CompactTarget::from_next_work_required(base, span, rules.params()))
    }
}

#[cfg(test)]
mod tests;
