//! Loss of data, and what a counterparty can and cannot make of it.

use farbank_channels::channel::{ChainEvent, ChannelInput, ChannelOutput, ChannelPhase};
use farbank_channels::domain::Party;
use farbank_channels::message::{ChannelMessage, Restore, Resume};
use farbank_channels::signature::ChannelSigner as _;
use farbank_channels::units::ProofNonce;
use farbank_types::B256;

use crate::common::{amount, at, key, terms, Pair};

/// A lost everything after it was funded; B has its last 300 and a lock of 100. Both said where they
/// stand; B's answer is on the wire.
fn wounded() -> (Pair, Restore) {
    let mut pair = Pair::open(1_000, 500);
    let length = pair.a.log.len();
    pair.pay(Party::A, 300).expect("paid");
    pair.pay(Party::B, 20).expect("paid");
    pair.add(Party::A, 100, 7);
    pair.settle_down();
    pair.a.restart(length);
    pair.link();
    pair.deliver(Party::B).expect("B's resume").expect("A knows that it lost data");
    pair.deliver(Party::A).expect("A's resume").expect("B knows that A lost data");
    let restore = match pair.b.wire.first() {
        Some(ChannelMessage::Restore(restore)) => (**restore).clone(),
        other => panic!("{other:?}"),
    };
    (pair, restore)
}

#[test]
fn an_end_that_lost_data_gets_its_own_newest_state_back() {
    let (mut pair, _) = wounded();
    pair.settle_down();
    assert_eq!(pair.transferred(), (300, 20));
    assert!(pair.a.said.contains(&ChannelOutput::Restored));
    assert_eq!(pair.a.channel.available(), amount(620));
    // The lock that A does not know any more is still there, until it expires.
    pair.wait(5_000);
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(720));
}

type Change = fn(&mut Restore);

#[test]
fn restores_that_prove_nothing_are_refused_by_name() {
    let cases: [(&str, Change); 7] = [
        ("NotOwnProof", |restore| restore.newest.proof.transferred = amount(900)),
        ("NotOwnProof", |restore| {
            let digest = restore.newest.proof.digest(terms().domain());
            restore.newest.signature = key(3).sign(digest);
        }),
        ("NotOwnProof", |restore| restore.newest = restore.acked.expect("B's proof")),
        ("WrongLeaves", |restore| restore.newest_leaves = Vec::new().into()),
        ("WrongLeaves", |restore| restore.newest_leaves = vec![0; 63].into()),
        ("NotAcknowledged", |restore| restore.acked = None),
        ("NotAcknowledged", |restore| {
            if let Some(acked) = &mut restore.acked {
                acked.proof.transferred = amount(0);
            }
        }),
    ];
    for (name, change) in cases {
        let (mut pair, mut restore) = wounded();
        change(&mut restore);
        let before = pair.a.channel.clone();
        let message = ChannelMessage::Restore(Box::new(restore));
        let refused = pair.apply(Party::A, ChannelInput::Received(message)).expect_err("refused");
        assert_eq!(refused.name(), name);
        assert_eq!(pair.a.channel, before);
    }
}

#[test]
fn a_restore_is_taken_only_when_data_was_lost() {
    let (mut wounded, restore) = wounded();
    wounded.settle_down();
    let message = ChannelMessage::Restore(Box::new(restore));
    let refused = wounded.apply(Party::A, ChannelInput::Received(message)).expect_err("not needed");
    assert_eq!(refused.name(), "UnexpectedRestore");
}

fn resume(pair: &mut Pair, change: fn(&mut Resume)) -> Vec<ChannelOutput> {
    pair.link();
    let Some(ChannelMessage::Resume(mut resume)) = pair.b.wire.first().cloned() else {
        panic!("a resume")
    };
    change(&mut resume);
    let message = ChannelMessage::Resume(resume);
    pair.apply(Party::A, ChannelInput::Received(message)).expect("answered")
}

#[test]
fn another_proof_of_the_same_number_freezes_and_closes() {
    let changes: [fn(&mut Resume); 2] = [
        |resume| resume.in_hash = farbank_channels::domain::Digest::new(B256::repeat_byte(1)),
        |resume| resume.out_hash = farbank_channels::domain::Digest::new(B256::repeat_byte(1)),
    ];
    for change in changes {
        let mut pair = Pair::open(1_000, 500);
        let outputs = resume(&mut pair, change);
        let Some(ChannelOutput::Freeze { why }) = outputs.first() else { panic!("{outputs:?}") };
        assert_eq!(why.name(), "ForkedState");
        assert!(matches!(pair.a.channel.phase(), ChannelPhase::Frozen { cause } if cause.closes()));
    }
}

#[test]
fn a_counterparty_that_claims_to_be_ahead_gets_nothing_signed() {
    let mut pair = Pair::open(1_000, 500);
    let outputs = resume(&mut pair, |resume| resume.in_nonce = ProofNonce::new(1_000));
    assert!(outputs.is_empty());
    pair.pay(Party::A, 1).expect("queued");
    assert_eq!(pair.apply(Party::A, ChannelInput::Tick), Ok(Vec::new()));
    assert!(!pair.a.channel.is_usable());
}

#[test]
fn a_second_resume_changes_nothing() {
    let mut pair = Pair::open(1_000, 500);
    pair.link();
    let resume = pair.b.wire[0].clone();
    pair.deliver(Party::B).expect("a resume").expect("the first");
    let refused = pair.apply(Party::A, ChannelInput::Received(resume)).expect_err("the second");
    assert_eq!(refused.name(), "UnexpectedResume");
}

#[test]
fn a_lock_that_may_be_forwarded_is_not_let_go_after_a_loss_before_it_expired() {
    use farbank_channels::channel::OpIntent;
    use farbank_channels::commit::FailReason;
    let mut pair = Pair::open(1_000, 500);
    let lock = pair.add(Party::A, 100, 7);
    pair.settle_down();
    // B fails the lock and forgets it; A drops it, and B does not get that.
    let length = pair.b.log.len();
    let reason = FailReason::Onion(Vec::new());
    pair.apply(Party::B, ChannelInput::Propose(OpIntent::Fail { lock, reason: reason.clone() }))
        .expect("failed");
    pair.apply(Party::B, ChannelInput::Tick).expect("signed");
    pair.deliver(Party::B).expect("the fail").expect("accepted");
    pair.apply(Party::A, ChannelInput::Tick).expect("the drop is signed");
    pair.b.restart(length);
    pair.link();
    for party in [Party::A, Party::B] {
        pair.deliver(party).expect("a resume").expect("compared");
    }
    pair.deliver(Party::A).expect("the restore").expect("taken");
    let dropped = pair.deliver(Party::A).expect("the drop").expect_err("not yet");
    assert_eq!(dropped.name(), "OrphanDropped");
    let fail = ChannelInput::Propose(OpIntent::Fail { lock, reason });
    assert_eq!(pair.apply(Party::B, fail).expect_err("an orphan").name(), "OrphanLock");
    pair.now = at(4_000);
    pair.chain(ChainEvent::Head { time: at(4_000) });
    pair.link();
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(1_000));
    assert_eq!(pair.a.channel.phase(), &ChannelPhase::Open);
}
