//! Where a chain starts: a header that is trusted, not derived.

use bitcoin::block::Header;
use bitcoin::{BlockHash, Target};
use farbank_types::{BitcoinHeight, UnixTime};

use crate::rejection::{CheckpointFault, HeaderRejection};
use crate::rules::ChainRules;

/// Most predecessors' times that a checkpoint holds: with its own they make the eleven of the
/// median.
pub const PREVIOUS_TIMES: usize = 10;

/// A trusted header and what the rules of its successors need from before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its height; a multiple of 2,016 on testnet3 and testnet4.
    pub height: BitcoinHeight,
    /// The header itself.
    pub header: Header,
    /// Time of the first block of its retarget period (its own when it is that block).
    pub epoch_start_time: UnixTime,
    /// Times of up to [`PREVIOUS_TIMES`] predecessors, in seconds, oldest first, the last one being
    /// its parent's. With fewer (and predecessors that it does not name) the median time past is
    /// not checked until eleven are known.
    pub previous_times: Vec<u32>,
}

impl Checkpoint {
    /// Returns the genesis block of a network.
    #[must_use]
    pub fn genesis(network: bitcoin::Network) -> Self {
        let header = bitcoin::constants::genesis_block(network).header;
        Self {
            height: BitcoinHeight::new(0),
            header,
            epoch_start_time: UnixTime::new(u64::from(header.time)),
            previous_times: Vec::new(),
        }
    }

    /// Returns its hash.
    #[must_use]
    pub fn hash(&self) -> BlockHash {
        self.header.block_hash()
    }
}

/// A checkpoint's parts, checked as far as it can be checked from itself.
pub(crate) struct Start<'a> {
    pub(crate) height: u32,
    pub(crate) header: &'a Header,
    pub(crate) hash: BlockHash,
    pub(crate) target: Target,
    pub(crate) epoch_start: Option<u32>,
    pub(crate) previous_times: &'a [u32],
}

impl<'a> Start<'a> {
    /// Checks what a checkpoint says about itself; its place in the chain stays a matter of trust.
    pub(crate) fn check(
        rules: ChainRules,
        height: BitcoinHeight,
        header: &'a Header,
        epoch_start: Option<UnixTime>,
        previous_times: &'a [u32],
    ) -> Result<Self, HeaderRejection> {
        let hash = header.block_hash();
        let at = height.get();
        let period_start = ChainRules::starts_period(at);
        if rules.has_min_difficulty_rule() && !period_start {
            return Err(CheckpointFault::NotAtPeriodStart { height }.into());
        }
        if at == 0 {
            let expected = bitcoin::constants::genesis_block(rules.network()).block_hash();
            if hash != expected {
                return Err(CheckpointFault::NotGenesis { hash, expected }.into());
            }
        }
        let most = usize::try_from(at).unwrap_or(usize::MAX).min(PREVIOUS_TIMES);
        if previous_times.len() > most {
            let count = previous_times.len();
            return Err(CheckpointFault::TooManyPreviousTimes { count, max: most }.into());
        }
        let epoch_start = match epoch_start {
            None => period_start.then_some(header.time),
            Some(given) => match u32::try_from(given.get()) {
                Ok(time) if !period_start || time == header.time => Some(time),
                _ => {
                    let time = UnixTime::new(u64::from(header.time));
                    return Err(CheckpointFault::EpochStart { given, time }.into());
                }
            },
        };
        let target = Target::from_compact(header.bits);
        let canonical = target.to_compact_lossy() == header.bits;
        if !canonical || target == Target::ZERO || target > rules.params().max_attainable_target {
            let expected = rules.limit_bits().to_consensus();
            let bits = header.bits.to_consensus();
            return Err(HeaderRejection::BadBits { index: 0, bits, expected });
        }
        if rules.is_fixed() && header.bits != rules.limit_bits() {
            let expected = rules.limit_bits().to_consensus();
            let bits = header.bits.to_consensus();
            return Err(HeaderRejection::BadBits { index: 0, bits, expected });
        }
        if !target.is_met_by(hash) {
            return Err(HeaderRejection::BadProofOfWork { index: 0 });
        }
        Ok(Self { height: at, header, hash, target, epoch_start, previous_times })
    }
}
