//! Chains mined on the spot: forks, bounds and the rules of time.

mod common;

use bitcoin::Network;
use common::{hashes, mine_chain, mine_child, regtest, NOW};
use farbank_bitcoin_light_client::{
    ChainRules, Checkpoint, CheckpointFault, HeaderChain, HeaderRejection, ImportOutcome,
    ImportRejection,
};
use farbank_types::{BitcoinHeight, UnixTime};

#[test]
fn longer_branch_in_pieces_takes_over_and_can_lose_again() {
    let mut chain = regtest();
    let genesis = chain.checkpoint().header;
    let first = mine_chain(&genesis, 20, 1);
    let second = mine_chain(&first[9], 14, 2);
    chain.import(&first, NOW).expect("valid");
    assert!(matches!(chain.import(&second[..5], NOW), Ok(ImportOutcome::SideBranch { .. })));
    assert!(matches!(chain.import(&second[5..10], NOW), Ok(ImportOutcome::SideBranch { .. })));
    let Ok(ImportOutcome::Reorganized { reverted, connected }) = chain.import(&second[10..], NOW)
    else {
        panic!("four more blocks win")
    };
    assert_eq!(reverted.iter().map(|block| block.hash).collect::<Vec<_>>(), hashes(&first[10..]));
    assert_eq!(connected.iter().map(|block| block.hash).collect::<Vec<_>>(), hashes(&second));
    assert_eq!(reverted[0].height, BitcoinHeight::new(11));
    assert_eq!(chain.side_headers(), 10);

    let back = mine_chain(&first[19], 5, 3);
    assert!(matches!(chain.import(&back, NOW), Ok(ImportOutcome::Reorganized { .. })));
    assert_eq!(chain.tip().hash, back[4].block_hash());
    assert_eq!(chain.side_headers(), 14);
}

#[test]
fn deep_reorg_leaves_every_state_as_a_fresh_chain_has_it() {
    let mut chain = regtest();
    let genesis = chain.checkpoint().header;
    let old = mine_chain(&genesis, 800, 1);
    let new = mine_chain(&old[199], 700, 2);
    chain.import(&old, NOW).expect("valid");
    chain.import(&new, NOW).expect("valid");
    let mut fresh = regtest();
    fresh.import(&old[..200], NOW).expect("valid");
    fresh.import(&new, NOW).expect("valid");
    assert_eq!((chain.tip(), chain.side_headers()), (fresh.tip(), 600));
    for at in 0..=900 {
        let height = BitcoinHeight::new(at);
        assert_eq!(chain.state_at(height), fresh.state_at(height), "{at}");
        assert_eq!(chain.state_at(height).map(|state| state.hash()), chain.hash(height));
    }
    let back = mine_chain(&old[799], 101, 3);
    assert!(matches!(chain.import(&back, NOW), Ok(ImportOutcome::Reorganized { .. })));
    let height = BitcoinHeight::new(650);
    assert_eq!(chain.state_at(height).map(|state| state.hash()), Some(old[649].block_hash()));
}

#[test]
fn refused_batch_leaves_the_chain_as_it_was() {
    let mut chain = regtest();
    let mut headers = mine_chain(&chain.checkpoint().header, 8, 1);
    headers[7].time += 1_000_000_000;
    headers[7] = common::remine(headers[7]);
    let now = UnixTime::new(u64::from(headers[6].time));
    let before = chain.tip();
    let refused = chain.import(&headers, now).expect_err("a header is ahead");
    assert_eq!(refused.name(), "TimeTooNew");
    assert_eq!(chain.tip(), before);
    assert_eq!(chain.side_headers(), 0);
}

#[test]
fn median_time_past_holds_from_genesis_and_waits_after_a_bare_checkpoint() {
    let genesis = Checkpoint::genesis(Network::Regtest).header;
    let headers = mine_chain(&genesis, 30, 1);
    let mut chain = regtest();
    let stale = mine_child(&headers[2], -1_200, 9);
    chain.import(&headers[..3], NOW).expect("valid");
    let at_median = stale.time == headers[0].time;
    assert!(at_median, "the fourth child has the second of four times");
    let refused = chain.import(&[stale], NOW).expect_err("not after the median");
    let expected = HeaderRejection::TimeTooOld { index: 0, time: stale.time };
    assert_eq!(refused, ImportRejection::Header(expected));

    let rules = ChainRules::for_network(Network::Regtest);
    let mut checkpoint = Checkpoint {
        height: BitcoinHeight::new(20),
        header: headers[19],
        epoch_start_time: UnixTime::new(u64::from(genesis.time)),
        previous_times: Vec::new(),
    };
    let early = mine_child(&headers[19], -100_000_000, 9);
    let mut bare = HeaderChain::new(rules, checkpoint.clone()).expect("checkpoint");
    assert_eq!(bare.median_time_past(checkpoint.height), None);
    assert!(bare.import(&[early], NOW).is_ok());

    checkpoint.previous_times = headers[9..19].iter().map(|header| header.time).collect();
    let mut full = HeaderChain::new(rules, checkpoint.clone()).expect("checkpoint");
    let median = UnixTime::new(u64::from(headers[14].time));
    assert_eq!(full.median_time_past(checkpoint.height), Some(median));
    assert_eq!(full.import(&[early], NOW).expect_err("known").name(), "TimeTooOld");
}

#[test]
fn two_hours_ahead_is_the_last_time_taken() {
    let mut chain = regtest();
    let header = mine_child(&chain.checkpoint().header, 10_000, 1);
    let time = u64::from(header.time);
    let too_early = UnixTime::new(time - 7_201);
    assert_eq!(chain.import(&[header], too_early).expect_err("ahead").name(), "TimeTooNew");
    assert!(chain.import(&[header], UnixTime::new(time - 7_200)).is_ok());
}

#[test]
fn side_branch_beyond_the_bound_is_refused_in_pieces_and_wins_at_once() {
    let wide = regtest();
    let genesis = wide.checkpoint().clone();
    let mut chain = HeaderChain::with_side_limit(wide.rules(), genesis.clone(), 4).unwrap();
    chain.import(&mine_chain(&genesis.header, 8, 1), NOW).expect("valid");
    let branch = mine_chain(&genesis.header, 9, 2);
    assert!(chain.import(&branch[..4], NOW).is_ok());
    let refused = chain.import(&branch[4..8], NOW).expect_err("too long");
    assert_eq!(refused, ImportRejection::TooManyHeaders { count: 8, max: 4 });
    assert!(matches!(chain.import(&branch, NOW), Ok(ImportOutcome::Reorganized { .. })));
    assert_eq!(chain.side_headers(), 4, "what left the chain is bounded too");
}

#[test]
fn weakest_branch_is_dropped_first() {
    let wide = regtest();
    let genesis = wide.checkpoint().clone();
    let mut chain = HeaderChain::with_side_limit(wide.rules(), genesis.clone(), 5).unwrap();
    let best = mine_chain(&genesis.header, 8, 1);
    chain.import(&best, NOW).expect("valid");
    let weak = mine_chain(&genesis.header, 2, 2);
    let strong = mine_chain(&best[4], 3, 3);
    chain.import(&weak, NOW).expect("side");
    chain.import(&strong, NOW).expect("side");
    chain.import(&mine_chain(&best[5], 1, 4), NOW).expect("side");
    let child = mine_chain(&weak[1], 1, 5);
    let refused = chain.import(&child, NOW).expect_err("its parent was dropped");
    assert_eq!(refused, ImportRejection::UnknownParent { hash: weak[1].block_hash() });
    let winner = mine_chain(&strong[2], 1, 6);
    assert!(matches!(chain.import(&winner, NOW), Ok(ImportOutcome::Reorganized { .. })));
}

#[test]
fn branch_that_arrives_in_pieces_is_not_dropped_between_them() {
    let wide = regtest();
    let genesis = wide.checkpoint().clone();
    let mut chain = HeaderChain::with_side_limit(wide.rules(), genesis.clone(), 4).unwrap();
    let best = mine_chain(&genesis.header, 8, 1);
    chain.import(&best, NOW).expect("valid");
    chain.import(&mine_chain(&best[4], 3, 2), NOW).expect("side");
    let weak = mine_chain(&genesis.header, 4, 3);
    chain.import(&weak[..2], NOW).expect("side");
    assert!(matches!(chain.import(&weak[2..], NOW), Ok(ImportOutcome::SideBranch { .. })));
    assert_eq!(chain.side_headers(), 4);
}

#[test]
fn unknown_parent_is_named_and_the_locator_leads_back() {
    let mut chain = regtest();
    let headers = mine_chain(&chain.checkpoint().header, 100, 1);
    let refused = chain.import(&headers[1..], NOW).expect_err("gap");
    assert_eq!(refused, ImportRejection::UnknownParent { hash: headers[0].block_hash() });
    chain.import(&headers, NOW).expect("valid");
    let locator = chain.locator();
    assert_eq!(locator[0], chain.tip().hash);
    assert_eq!(locator[9], headers[90].block_hash());
    assert_eq!(locator.last(), Some(&chain.checkpoint().hash()));
    assert!(locator.len() < 20);
    assert!(locator.windows(2).all(|pair| chain.height_of(&pair[0]) > chain.height_of(&pair[1])));
}

#[test]
fn checkpoint_taken_from_a_chain_starts_an_equal_one() {
    let mut chain = regtest();
    let headers = mine_chain(&chain.checkpoint().header, 2_100, 1);
    chain.import(&headers, NOW).expect("valid");
    for at in [0, 5, 10, 11, 2_015, 2_016, 2_050] {
        let height = BitcoinHeight::new(at);
        let checkpoint = chain.checkpoint_at(height).expect("in the chain");
        let mut other = HeaderChain::new(chain.rules(), checkpoint).expect("checkpoint");
        let from = usize::try_from(at).unwrap();
        other.import(&headers[from..], NOW).expect("valid");
        assert_eq!(other.tip().hash, chain.tip().hash);
        let tip = chain.tip().height;
        assert_eq!(other.median_time_past(tip), chain.median_time_past(tip));
        assert_eq!(other.epoch_start_time(tip), chain.epoch_start_time(tip));
    }
    let start = UnixTime::new(u64::from(headers[2_015].time));
    assert_eq!(chain.epoch_start_time(BitcoinHeight::new(2_050)), Some(start));
}

#[test]
fn checkpoint_that_contradicts_itself_is_refused() {
    let rules = ChainRules::for_network(Network::Regtest);
    let good = Checkpoint::genesis(Network::Regtest);
    let refused = |change: fn(&mut Checkpoint)| {
        let mut checkpoint = good.clone();
        change(&mut checkpoint);
        HeaderChain::new(rules, checkpoint).expect_err("contradiction")
    };
    assert!(matches!(
        refused(|c| c.header.time += 1),
        HeaderRejection::BadCheckpoint { fault: CheckpointFault::NotGenesis { .. } }
    ));
    assert!(matches!(
        refused(|c| c.previous_times = vec![1]),
        HeaderRejection::BadCheckpoint {
            fault: CheckpointFault::TooManyPreviousTimes { count: 1, max: 0 }
        }
    ));
    assert!(matches!(
        refused(|c| c.epoch_start_time = UnixTime::new(1)),
        HeaderRejection::BadCheckpoint { fault: CheckpointFault::EpochStart { .. } }
    ));
    let mainnet = HeaderChain::new(ChainRules::for_network(Network::Bitcoin), good.clone());
    assert!(mainnet.is_err());
    let easier = refused(|c| {
        c.height = BitcoinHeight::new(1);
        c.header.bits = bitcoin::CompactTarget::from_consensus(0x2100_ffff);
    });
    assert_eq!(easier.name(), "BadBits");
}
