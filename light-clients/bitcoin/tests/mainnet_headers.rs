//! Recorded mainnet headers: taken as they are, refused by name with any field changed.

mod common;

use bitcoin::block::Header;
use bitcoin::hashes::Hash as _;
use bitcoin::{CompactTarget, Network};
use common::{hashes, raw, retarget_chain, RelayVectors, NOW};
use farbank_bitcoin_light_client::verify::{verify_raw, verify_reader, VerifyRejection};
use farbank_bitcoin_light_client::{
    ChainRules, CheckpointFault, HeaderChain, HeaderRejection, ImportOutcome,
};
use farbank_types::{BitcoinHeight, UnixTime, Work};

const CHECKPOINT: BitcoinHeight = BitcoinHeight::new(554_390);

fn chain_of(vectors: &RelayVectors, epoch_start_time: u32) -> HeaderChain {
    let rules = ChainRules::for_network(Network::Bitcoin);
    HeaderChain::new(rules, vectors.checkpoint(epoch_start_time)).expect("checkpoint")
}

fn verify(headers: &[Header]) -> Result<(), VerifyRejection> {
    let (_, epoch_start) = retarget_chain();
    verify_raw(Network::Bitcoin, CHECKPOINT, Some(epoch_start), &raw(headers), NOW).map(|_| ())
}

#[test]
fn plain_chain_is_taken_and_its_orphan_stays_beside_it() {
    let vectors = RelayVectors::read("mainnet-headers.json");
    let mut chain = chain_of(&vectors, 0);
    let headers = vectors.headers("chain");
    let outcome = chain.import(&headers, NOW).expect("valid");
    assert!(matches!(outcome, ImportOutcome::Extended { connected } if connected.len() == 18));
    assert_eq!(chain.tip().height, BitcoinHeight::new(562_639));
    let orphan = vectors.header("orphan_562630");
    let outcome = chain.import(&[orphan], NOW).expect("valid");
    assert!(matches!(outcome, ImportOutcome::SideBranch { end } if end.height.get() == 562_630));
    assert_eq!(chain.height_of(&orphan.block_hash()), None);
    assert_eq!(chain.import(&headers, NOW), Ok(ImportOutcome::Unchanged));
}

#[test]
fn retarget_is_exact_and_work_counts_from_the_checkpoint() {
    let (headers, epoch_start) = retarget_chain();
    let summary =
        verify_raw(Network::Bitcoin, CHECKPOINT, Some(epoch_start), &raw(&headers), NOW).unwrap();
    let work = headers.iter().map(|header| Work::from(header.work()));
    let work = work.reduce(|sum, next| sum.checked_add(next).unwrap()).unwrap();
    assert_eq!((summary.headers, summary.height.get()), (19, 554_408));
    assert_eq!(summary.tip, headers[18].block_hash());
    assert_eq!(summary.work, work);
    assert_ne!(headers[9].bits, headers[10].bits, "the retarget is in the file");
}

#[test]
fn orphan_across_a_retarget_is_reorganised_away() {
    let vectors = RelayVectors::read("mainnet-headersReorgAndRetarget.json");
    let mut chain = chain_of(&vectors, vectors.header("oldPeriodStart").time);
    let before = vectors.headers("preRetargetChain");
    let after = vectors.headers("postRetargetChain");
    chain.import(&before, NOW).expect("valid");
    chain.import(&after[..6], NOW).expect("valid");
    let orphan = vectors.header("orphan_437478");
    let outcome = chain.import(&[orphan], NOW).expect("valid");
    assert!(matches!(outcome, ImportOutcome::Extended { .. }));
    let outcome = chain.import(&after[6..7], NOW).expect("valid");
    assert!(matches!(outcome, ImportOutcome::SideBranch { .. }), "the first seen stays");
    let ImportOutcome::Reorganized { reverted, connected } =
        chain.import(&after[7..], NOW).expect("valid")
    else {
        panic!("more work must win")
    };
    let named = |blocks: &[farbank_bitcoin_light_client::BlockRef]| {
        blocks.iter().map(|block| block.hash).collect::<Vec<_>>()
    };
    assert_eq!(named(&reverted), hashes(&[orphan]));
    assert_eq!(named(&connected), hashes(&after[6..]));
    assert_eq!(chain.hash(BitcoinHeight::new(437_478)), Some(after[6].block_hash()));
    let epoch_start = chain.epoch_start_time(BitcoinHeight::new(437_479));
    assert_eq!(epoch_start, Some(UnixTime::new(u64::from(after[0].time))));
}

#[test]
fn changed_field_is_refused_by_its_name() {
    type Change = fn(&mut Vec<Header>);
    let cases: [(&str, u64, Change); 13] = [
        ("BadProofOfWork", 0, |headers| headers[0].nonce ^= 1),
        ("BadProofOfWork", 5, |headers| headers[5].nonce ^= 1),
        ("BadProofOfWork", 18, |headers| {
            headers[18].version = bitcoin::block::Version::from_consensus(1);
        }),
        ("BadProofOfWork", 7, |headers| {
            headers[7].merkle_root = bitcoin::TxMerkleNode::all_zeros();
        }),
        ("BadLink", 4, |headers| headers[4].prev_blockhash = bitcoin::BlockHash::all_zeros()),
        ("BadLink", 3, |headers| _ = headers.remove(3)),
        ("BadLink", 6, |headers| headers.swap(6, 7)),
        ("BadLink", 9, |headers| headers.insert(9, headers[8])),
        ("BadBits", 2, |headers| headers[2].bits = CompactTarget::from_consensus(0x1d00_ffff)),
        ("BadBits", 10, |headers| headers[10].bits = headers[9].bits),
        ("BadBits", 11, |headers| headers[11].bits = headers[9].bits),
        ("TimeTooOld", 12, |headers| headers[12].time = headers[0].time),
        ("TimeTooNew", 13, |headers| headers[13].time = u32::MAX),
    ];
    for (name, index, change) in cases {
        let (mut headers, _) = retarget_chain();
        change(&mut headers);
        let refused = verify(&headers).expect_err(name);
        assert_eq!((refused.reason.name(), refused.index), (name, index), "{refused}");
        assert_eq!(u64::from(refused.height.get()), u64::from(CHECKPOINT.get()) + index);
    }
}

#[test]
fn file_that_is_cut_off_is_refused_with_its_length() {
    let (headers, epoch_start) = retarget_chain();
    let whole = raw(&headers);
    for length in [0, 1, 79, 81, whole.len() - 1] {
        let refused =
            verify_raw(Network::Bitcoin, CHECKPOINT, Some(epoch_start), &whole[..length], NOW)
                .expect_err("cut off");
        let expected = HeaderRejection::CutOff { length: u64::try_from(length).unwrap() };
        assert_eq!(refused.reason, expected);
        assert_eq!(refused.index, u64::try_from(length / 80).unwrap());
    }
}

#[test]
fn retarget_without_or_with_a_wrong_epoch_start_is_refused() {
    let (headers, epoch_start) = retarget_chain();
    let verify = |start| verify_raw(Network::Bitcoin, CHECKPOINT, start, &raw(&headers), NOW);
    let refused = verify(None).expect_err("needed at the retarget");
    let height = BitcoinHeight::new(554_400);
    assert_eq!(refused.reason, HeaderRejection::EpochStartUnknown { index: 10, height });
    let refused = verify(Some(epoch_start.saturating_add_secs(100_000))).expect_err("wrong");
    assert_eq!((refused.reason.name(), refused.index), ("BadBits", 10));
    let refused = verify(Some(UnixTime::new(1 << 40))).expect_err("no header time");
    assert_eq!(refused.reason.name(), "BadCheckpoint");
}

#[test]
fn clock_before_the_headers_is_named() {
    let (headers, epoch_start) = retarget_chain();
    let now = UnixTime::new(u64::from(headers[10].time) - 7_201);
    let refused = verify_raw(Network::Bitcoin, CHECKPOINT, Some(epoch_start), &raw(&headers), now);
    let HeaderRejection::TimeTooNew { limit, .. } = refused.expect_err("ahead").reason else {
        panic!("wrong name")
    };
    assert_eq!(limit, now.saturating_add_secs(7_200));
}

#[test]
fn checkpoint_that_starts_a_period_needs_no_epoch_start() {
    let (headers, _) = retarget_chain();
    let height = BitcoinHeight::new(554_400);
    let tail = raw(&headers[10..]);
    let summary = verify_raw(Network::Bitcoin, height, None, &tail, NOW).expect("valid");
    assert_eq!(summary.headers, 9);
    let wrong = Some(UnixTime::new(u64::from(headers[10].time) + 1));
    let refused = verify_raw(Network::Bitcoin, height, wrong, &tail, NOW).expect_err("differs");
    assert!(matches!(
        refused.reason,
        HeaderRejection::BadCheckpoint { fault: CheckpointFault::EpochStart { .. } }
    ));
}

#[test]
fn stream_gives_the_same_answer_as_memory() {
    let (headers, epoch_start) = retarget_chain();
    let bytes = raw(&headers);
    let memory = verify_raw(Network::Bitcoin, CHECKPOINT, Some(epoch_start), &bytes, NOW).unwrap();
    let stream =
        verify_reader(Network::Bitcoin, CHECKPOINT, Some(epoch_start), bytes.as_slice(), NOW)
            .unwrap();
    assert_eq!(memory, stream);
    let cut = &bytes[..100];
    assert!(verify_reader(Network::Bitcoin, CHECKPOINT, Some(epoch_start), cut, NOW).is_err());
}

#[test]
fn refusal_is_written_with_its_name_place_and_values() {
    let (mut headers, _) = retarget_chain();
    headers[2].bits = CompactTarget::from_consensus(0x1d00_ffff);
    let document = serde_json::to_string(&verify(&headers).expect_err("bits")).unwrap();
    let expected =
        r#"{"refused":"BadBits","index":2,"bits":486604799,"expected":389142908,"height":554392}"#;
    assert_eq!(document, expected);
}
