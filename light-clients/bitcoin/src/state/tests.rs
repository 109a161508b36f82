//! The rules of networks whose proof of work no test can make: headers are followed without it.

use bitcoin::block::Version;
use bitcoin::hashes::Hash as _;
use bitcoin::{Network, TxMerkleNode};
use farbank_types::U256;
use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::rules::RETARGET_INTERVAL;

const LATEST: UnixTime = UnixTime::new(u64::MAX);
const PERIOD: usize = RETARGET_INTERVAL as usize;

/// A chain that is followed without proof of work, with all its headers.
struct Unproved {
    rules: ChainRules,
    state: ChainState,
    headers: Vec<Header>,
}

impl Unproved {
    fn new(network: Network) -> Self {
        let rules = ChainRules::for_network(network);
        let Checkpoint { height, header, epoch_start_time, previous_times } =
            Checkpoint::genesis(network);
        let start =
            Start::check(rules, height, &header, Some(epoch_start_time), &previous_times).unwrap();
        Self { rules, state: ChainState::new(&start), headers: vec![header] }
    }

    fn expected(&self, seconds: u32) -> CompactTarget {
        let time = self.state.time + seconds;
        self.state.expected_bits(self.rules, self.state.height + 1, time, 0).unwrap()
    }

    fn child(&self, seconds: u32, bits: CompactTarget) -> Header {
        Header {
            version: Version::TWO,
            prev_blockhash: self.state.hash,
            merkle_root: TxMerkleNode::all_zeros(),
            time: self.state.time + seconds,
            bits,
            nonce: 0,
        }
    }

    fn grow(&mut self, count: usize, seconds: u32) {
        for _ in 0..count {
            let header = self.child(seconds, self.expected(seconds));
            self.state.follow(&header, header.block_hash());
            self.headers.push(header);
        }
    }

    /// `GetNextWorkRequired` of Bitcoin Core, over the whole list of headers.
    fn naive(&self, seconds: u32) -> CompactTarget {
        let params = self.rules.params();
        let limit = self.rules.limit_bits();
        let last = self.headers[self.headers.len() - 1];
        let testnet = matches!(self.rules.network(), Network::Testnet | Network::Testnet4);
        if !self.headers.len().is_multiple_of(PERIOD) {
            if !testnet {
                return last.bits;
            }
            if seconds > 1_200 {
                return limit;
            }
            let mut at = self.headers.len() - 1;
            while at > 0 && !at.is_multiple_of(PERIOD) && self.headers[at].bits == limit {
                at -= 1;
            }
            return self.headers[at].bits;
        }
        let first = self.headers[self.headers.len() - PERIOD];
        let span = (last.time - first.time).clamp(302_400, 4_838_400);
        let base = if self.rules.network() == Network::Testnet4 { first } else { last };
        let old = U256::from_be_bytes(base.target().to_be_bytes());
        let new = old * U256::from(span) / U256::from(1_209_600);
        let limit = U256::from_be_bytes(params.max_attainable_target.to_be_bytes());
        Target::from_be_bytes(new.min(limit).to_be_bytes()).to_compact_lossy()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bits_follow_bitcoin_core_on_every_network(
        network in prop::sample::select(vec![
            Network::Bitcoin, Network::Testnet, Network::Testnet4, Network::Signet,
        ]),
        stretches in prop::collection::vec((1..1_500_usize, 1..1_300_u32), 4..12),
        late in 1..40_usize,
    ) {
        let mut chain = Unproved::new(network);
        for (count, seconds) in stretches {
            for at in 0..count {
                let seconds = if at.is_multiple_of(late) { 1_201 } else { seconds };
                prop_assert_eq!(chain.expected(seconds), chain.naive(seconds));
                chain.grow(1, seconds);
            }
        }
    }
}

#[test]
fn late_block_has_least_difficulty_and_the_next_one_does_not() {
    for network in [Network::Testnet, Network::Testnet4] {
        let mut chain = Unproved::new(network);
        let limit = chain.rules.limit_bits();
        chain.grow(PERIOD - 1, 300);
        chain.grow(10, 300);
        let standing = chain.state.bits;
        assert_ne!(standing, limit, "blocks twice as fast made it harder");
        assert_eq!(chain.expected(1_200), standing);
        assert_eq!(chain.expected(1_201), limit);
        chain.grow(3, 1_201);
        assert_eq!(chain.state.bits, limit);
        assert_eq!(chain.expected(600), standing);
    }
}

#[test]
fn late_block_before_a_retarget_resets_testnet3_and_not_testnet4() {
    for (network, resets) in [(Network::Testnet, true), (Network::Testnet4, false)] {
        let mut chain = Unproved::new(network);
        chain.grow(PERIOD - 1, 300);
        chain.grow(PERIOD - 1, 300);
        let standing = chain.state.epoch_bits;
        chain.grow(1, 1_201);
        assert_eq!(chain.state.bits, chain.rules.limit_bits());
        let next = Target::from_compact(chain.expected(600));
        // A quarter or half of the easiest target is far above the real one of two fast periods.
        assert_eq!(next > Target::from_compact(standing), resets, "{network}");
        assert_eq!(chain.expected(1_201), chain.expected(600), "no exception at a retarget");
    }
}

#[test]
fn first_block_of_a_period_may_lie_600_seconds_back_under_bip94_only() {
    let refusal = |network, back: u32| {
        let mut chain = Unproved::new(network);
        chain.grow(PERIOD - 1, 600);
        let bits = chain.expected(600);
        let mut header = chain.child(0, bits);
        header.time -= back;
        let hash = header.block_hash();
        chain.state.append(chain.rules, &header, hash, 3, LATEST).expect_err("no work was done")
    };
    for (network, back, name) in [
        (Network::Testnet4, 600, "BadProofOfWork"),
        (Network::Testnet4, 601, "TimeWarp"),
        (Network::Testnet, 601, "BadProofOfWork"),
        (Network::Bitcoin, 601, "BadProofOfWork"),
        (Network::Bitcoin, 3_000, "TimeTooOld"),
    ] {
        assert_eq!(refusal(network, back).name(), name, "{network} {back}");
    }
}

#[test]
fn refused_header_changes_nothing() {
    let mut chain = Unproved::new(Network::Bitcoin);
    chain.grow(30, 600);
    let before = chain.state;
    let header = chain.child(600, chain.expected(600));
    let hash = header.block_hash();
    let refused = chain.state.append(chain.rules, &header, hash, 0, LATEST);
    assert_eq!(refused, Err(HeaderRejection::BadProofOfWork { index: 0 }));
    assert_eq!(chain.state, before);
}
