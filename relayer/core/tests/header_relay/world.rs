//! A regtest chain and a contract that follows it.

use bitcoin::block::{Header, Version};
use bitcoin::hashes::Hash as _;
use bitcoin::{BlockHash, CompactTarget, TxMerkleNode};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, HeaderChain};
use farbank_relayer_core::header_relay::{
    apply, ContractChain, ContractSegment, HeaderRelayContext, HeaderRelayDuty, HeaderRelayEvent,
    HeaderRelayParameters, HeaderRelayRejection, HeaderRelayState, HeaderRelayTransition,
    SegmentPlan,
};
use farbank_types::{BitcoinHeight, BlockCount, SegmentIndex, UnixTime};

/// Time of regtest's genesis block; every block comes ten seconds later.
pub(crate) const START: u64 = 1_296_688_602;
const REGTEST_BITS: u32 = 0x207f_ffff;

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) parameters: HeaderRelayParameters,
    pub(crate) chain: HeaderChain,
    pub(crate) contract: ContractChain,
    pub(crate) demand: Option<BitcoinHeight>,
    pub(crate) now: UnixTime,
}

pub(crate) fn height(height: u32) -> BitcoinHeight {
    BitcoinHeight::new(height)
}

fn child(parent: BlockHash, time: u64, branch: u8) -> Header {
    let mut header = Header {
        version: Version::TWO,
        prev_blockhash: parent,
        merkle_root: TxMerkleNode::from_byte_array([branch; 32]),
        time: u32::try_from(time).unwrap(),
        bits: CompactTarget::from_consensus(REGTEST_BITS),
        nonce: 0,
    };
    while header.validate_pow(header.target()).is_err() {
        header.nonce += 1;
    }
    header
}

impl World {
    /// A checkpoint at height 0 that the contract holds as segment 0; nothing above.
    pub(crate) fn new() -> Self {
        let checkpoint = Checkpoint::genesis(bitcoin::Network::Regtest);
        let rules = ChainRules::for_network(bitcoin::Network::Regtest);
        let chain = HeaderChain::new(rules, checkpoint).unwrap();
        let tip = chain.tip();
        let first = ContractSegment {
            index: SegmentIndex::new(0),
            first: height(0),
            last: height(0),
            tip: tip.hash,
            work: tip.work,
        };
        Self {
            parameters: HeaderRelayParameters {
                max_segment_headers: BlockCount::new(10),
                min_batch_headers: BlockCount::new(6),
                max_tip_age_secs: 3_600,
            },
            chain,
            contract: ContractChain { segments: vec![first], tip_time: tip.time },
            demand: None,
            now: UnixTime::new(START),
        }
    }

    /// Mines `count` blocks on the block at `on`, all of one branch.
    pub(crate) fn mine_on(&mut self, on: u32, count: u32, branch: u8) {
        let mut parent = self.chain.hash(height(on)).unwrap();
        let mut headers = Vec::new();
        for above in 1..=count {
            let header = child(parent, START + 10 * u64::from(on + above), branch);
            parent = header.block_hash();
            headers.push(header);
        }
        let later = UnixTime::new(START + 1_000_000);
        self.chain.import(&headers, later).unwrap();
    }

    pub(crate) fn mine(&mut self, count: u32) {
        self.mine_on(self.chain.tip().height.get(), count, 0);
    }

    /// The contract takes the segment, by its own rules.
    pub(crate) fn store(&mut self, plan: &SegmentPlan) -> bool {
        let Some(at) = self
            .contract
            .segments
            .iter()
            .position(|segment| segment.index == plan.parent && segment.tip == plan.parent_tip)
        else {
            return false;
        };
        let end = self.chain.state_at(plan.last).unwrap();
        let newest = self.contract.newest().unwrap();
        let joins = self.chain.header(plan.first).unwrap().prev_blockhash == plan.parent_tip;
        let most = if plan.parent == newest.index { 1_000 } else { 1_600 };
        if !joins || end.work() <= newest.work || plan.count().get() > most {
            return false;
        }
        self.contract.segments.truncate(at + 1);
        let index = SegmentIndex::new(plan.parent.get() + 1);
        self.contract.segments.push(ContractSegment {
            index,
            first: plan.first,
            last: plan.last,
            tip: plan.tip,
            work: end.work(),
        });
        self.contract.tip_time = end.time();
        true
    }

    pub(crate) fn context(&self) -> HeaderRelayContext<'_> {
        HeaderRelayContext {
            parameters: &self.parameters,
            chain: &self.chain,
            contract: &self.contract,
            demand: self.demand,
            now: self.now,
        }
    }

    pub(crate) fn apply(
        &self,
        state: &HeaderRelayState,
        event: HeaderRelayEvent,
    ) -> Result<HeaderRelayTransition, HeaderRelayRejection> {
        apply(state, event, &self.context())
    }

    /// Looks from the start; returns the new state.
    pub(crate) fn view(&self) -> HeaderRelayState {
        self.apply(&HeaderRelayState::START, HeaderRelayEvent::Viewed).unwrap().next
    }

    /// Looks and stores until nothing is submitted any more; returns the counts of the segments.
    pub(crate) fn carry_all(&mut self) -> Vec<u32> {
        let mut counts = Vec::new();
        while let HeaderRelayState::Submitting { segment } = self.view() {
            assert!(self.store(&segment), "the contract refuses {segment:?}");
            counts.push(segment.count().get());
        }
        counts
    }
}

pub(crate) fn segment(state: HeaderRelayState) -> SegmentPlan {
    let HeaderRelayState::Submitting { segment } = state else {
        panic!("nothing is submitted: {state:?}")
    };
    segment
}

pub(crate) fn duty_of(transition: &HeaderRelayTransition) -> Option<SegmentPlan> {
    transition.duties.first().map(|HeaderRelayDuty::SubmitHeaders(segment)| *segment)
}
