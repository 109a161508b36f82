//! Header segments: tree, paths, words and commitment, as the contract has them.

mod common;

use bitcoin::hashes::Hash as _;
use bitcoin::BlockHash;
use common::{mine_chain, regtest, NOW};
use farbank_bitcoin_light_client::segment::{
    leaf, path, root, root_from_path, SegmentPreimage, SegmentRejection, MAX_SEGMENT_HEADERS,
};
use farbank_bitcoin_light_client::HeaderChain;
use farbank_types::{keccak256, BitcoinHeight, EvmAddress, B256};

const SUBMITTER: EvmAddress = EvmAddress::repeat_byte(0xab);

fn chain(length: usize) -> HeaderChain {
    let mut chain = regtest();
    let headers = mine_chain(&chain.checkpoint().header, length, 1);
    chain.import(&headers, NOW).expect("valid");
    chain
}

const fn height(at: u32) -> BitcoinHeight {
    BitcoinHeight::new(at)
}

#[test]
fn every_leaf_of_every_size_has_its_path() {
    for size in 1..70_usize {
        let leaves: Vec<_> = (0..size).map(|at| keccak256(at.to_be_bytes())).collect();
        let root = root(&leaves).expect("leaves");
        for (position, leaf) in leaves.iter().enumerate() {
            let path = path(&leaves, position).expect("in range");
            assert_eq!(root_from_path(*leaf, position, size, &path), Some(root));
            let mut longer = path.clone();
            longer.push(B256::ZERO);
            assert_eq!(root_from_path(*leaf, position, size, &longer), None);
            if !path.is_empty() {
                assert_eq!(root_from_path(*leaf, position, size, &path[1..]), None);
                let other = root_from_path(*leaf, position ^ 1, size, &path);
                assert_ne!(other, Some(root), "{position} of {size}");
            }
        }
        assert_eq!(path(&leaves, size), None);
        assert_eq!(root_from_path(leaves[0], size, size, &[]), None);
    }
    assert_eq!(root(&[]), None);
}

#[test]
fn odd_last_node_moves_up_as_it_is() {
    let [a, b, c] = [1, 2, 3].map(B256::repeat_byte);
    let pair = |left: B256, right: B256| keccak256([left, right].concat());
    assert_eq!(root(&[a]), Some(a));
    assert_eq!(root(&[a, b, c]), Some(pair(pair(a, b), c)));
    assert_eq!(path(&[a, b, c], 2), Some(vec![pair(a, b)]), "one level is skipped");
    assert_eq!(root(&[a, b, c, a, b]), Some(pair(pair(pair(a, b), pair(c, a)), b)));
}

#[test]
fn leaf_is_the_hash_in_internal_byte_order() {
    let bytes = core::array::from_fn(|at| u8::try_from(at).unwrap());
    assert_eq!(leaf(BlockHash::from_byte_array(bytes)), B256::from(bytes));
}

#[test]
fn words_hold_what_the_chain_knows() {
    let chain = chain(40);
    let preimage =
        SegmentPreimage::of_chain(&chain, height(14), height(40), SUBMITTER).expect("segment");
    assert_eq!(preimage.first_height(), Some(height(14)));
    assert_eq!((preimage.last_height(), preimage.count().get()), (height(40), 27));
    assert_eq!(preimage.submitter(), SUBMITTER);
    assert_eq!(preimage.tip_hash(), chain.tip().hash);
    assert_eq!(preimage.work(), chain.tip().work);
    assert_eq!(preimage.bits().to_consensus(), 0x207f_ffff);
    assert_eq!(Some(preimage.epoch_start_time()), chain.epoch_start_time(height(40)));
    let times: Vec<_> = (30..=40).map(|at| chain.header(height(at)).unwrap().time).collect();
    assert_eq!(preimage.times().to_vec(), times);
    assert_eq!(preimage.state[3].0[12..], [0; 20]);
    assert_eq!(preimage.state[1].0[24..], [0; 8]);
    assert_eq!(preimage.meta.0[8..12], [0; 4]);
    let state_hash = keccak256(preimage.state.concat());
    let commitment = keccak256([preimage.root, preimage.meta, state_hash].concat());
    assert_eq!(preimage.commitment(), commitment);
}

#[test]
fn blocks_are_found_in_their_segment_only() {
    let chain = chain(40);
    let preimage =
        SegmentPreimage::of_chain(&chain, height(15), height(33), SUBMITTER).expect("segment");
    for at in 15..=33 {
        let found = preimage.locate(&chain, height(at)).expect("inside");
        let leaf = leaf(chain.hash(height(at)).unwrap());
        let count = usize::try_from(preimage.count().get()).unwrap();
        let root = root_from_path(leaf, found.position, count, &found.path);
        assert_eq!(root, Some(preimage.root));
    }
    for at in [0, 14, 34, 1_000] {
        let outside = SegmentRejection::OutsideSegment { height: height(at) };
        assert_eq!(preimage.locate(&chain, height(at)), Err(outside));
    }
}

#[test]
fn segment_of_another_branch_is_not_matched() {
    let mut other = regtest();
    let headers = mine_chain(&other.checkpoint().header, 40, 2);
    other.import(&headers, NOW).expect("valid");
    let preimage =
        SegmentPreimage::of_chain(&other, height(15), height(33), SUBMITTER).expect("segment");
    assert_eq!(preimage.locate(&chain(40), height(20)), Err(SegmentRejection::OtherBlocks));
    let short = preimage.locate(&chain(30), height(20)).expect_err("not there yet");
    assert_eq!(short, SegmentRejection::UnknownHeight { height: height(31) });
}

#[test]
fn what_the_contract_cannot_hold_is_refused() {
    let chain = chain(1_700);
    let build =
        |first, last| SegmentPreimage::of_chain(&chain, height(first), height(last), SUBMITTER);
    let few = build(5, 9).expect_err("ten times");
    assert_eq!(few, SegmentRejection::TooFewTimes { known: 10 });
    assert!(build(1, 1_600).is_ok());
    let max = MAX_SEGMENT_HEADERS;
    assert_eq!(build(1, 1_601), Err(SegmentRejection::TooManyHeaders { count: 1_601, max }));
    assert_eq!(build(20, 19), Err(SegmentRejection::TooManyHeaders { count: 0, max }));
    let beyond = SegmentRejection::UnknownHeight { height: height(1_701) };
    assert_eq!(build(1_700, 1_702), Err(beyond));
}

#[test]
fn checkpoint_segment_has_one_block_and_no_submitter() {
    let whole = chain(40);
    let checkpoint = whole.checkpoint_at(height(30)).expect("known");
    let chain = HeaderChain::new(whole.rules(), checkpoint).expect("checkpoint");
    let preimage = SegmentPreimage::of_checkpoint(&chain).expect("eleven times");
    assert_eq!(preimage.root, leaf(chain.tip().hash));
    assert_eq!((preimage.count().get(), preimage.submitter()), (1, EvmAddress::ZERO));
    assert_eq!(preimage.work(), chain.tip().work);
    assert_eq!(preimage.first_height(), Some(height(30)));
}
