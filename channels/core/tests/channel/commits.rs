//! Commits that are refused, each by its name.

use farbank_channels::channel::{ChannelInput, ChannelOutput, ChannelPhase, ChannelRejection};
use farbank_channels::commit::{Commit, Op, OpBytes};
use farbank_channels::domain::{ChannelId, Digest, Party};
use farbank_channels::locks::{Lock, LockSet};
use farbank_channels::message::ChannelMessage;
use farbank_channels::signature::ChannelSigner as _;
use farbank_channels::units::{LockId, Preimage, ProofNonce, TokenAmount};
use farbank_types::B256;

use crate::common::{amount, at, hash, key, preimage, terms, Pair};

/// A channel in which A has one lock of 100 open, and B none.
fn pair() -> (Pair, LockId) {
    let mut pair = Pair::open(1_000, 500);
    let lock = pair.add(Party::A, 100, 7);
    pair.settle_down();
    (pair, lock)
}

/// The commit that A would sign with these operations, as its state is; `locks` after them.
fn commit(pair: &mut Pair, ops: &[Op], transferred: u128, locks: &[Lock]) -> Commit {
    commit_of_bytes(pair, OpBytes::encode(ops).expect("operations"), transferred, locks)
}

fn commit_of_bytes(pair: &mut Pair, ops: OpBytes, transferred: u128, locks: &[Lock]) -> Commit {
    // What A would send next, but for the operations.
    let mut clone = pair.a.channel.clone();
    let memo = ChannelInput::Propose(farbank_channels::channel::OpIntent::Pay {
        amount: amount(1),
        memo: Vec::new(),
    });
    clone.apply(&memo, pair.now, &pair.a.key).expect("paid");
    let outputs = clone.apply(&ChannelInput::Tick, pair.now, &pair.a.key).expect("signed");
    let [ChannelOutput::Send(ChannelMessage::Commit(next))] = outputs.as_slice() else {
        panic!("{outputs:?}")
    };
    let mut set = LockSet::default();
    for lock in locks {
        set.insert(*lock).expect("ascending");
    }
    let mut proof = next.proof;
    proof.transferred = amount(transferred);
    proof.locked = set.total();
    proof.locks_root = set.root();
    let before = pair.a.channel.watch();
    let newest = before.outgoing.map_or(B256::ZERO, |watched| watched.proof.proof.meta_hash);
    proof.meta_hash = ops.meta_hash(newest);
    let mut commit = Commit { proof, ops, signature: next.signature };
    sign(&mut commit, pair);
    commit
}

fn sign(commit: &mut Commit, pair: &Pair) {
    commit.signature = pair.a.key.sign(commit.proof.digest(terms().domain()));
}

fn open_lock(pair: &Pair) -> Lock {
    *crate::common::offered(&pair.b).first().expect("offered")
}

fn lock(id: u64, value: u128) -> Lock {
    Lock { id: LockId::new(id), amount: amount(value), expiry: at(2_200), hash: hash(9) }
}

fn deliver(pair: &mut Pair, commit: Commit) -> Result<Vec<ChannelOutput>, ChannelRejection> {
    let message = ChannelMessage::Commit(Box::new(commit));
    pair.apply(Party::B, ChannelInput::Received(message))
}

/// The name under which a commit froze the channel.
fn freezes(pair: &mut Pair, commit: Commit) -> &'static str {
    let outputs = deliver(pair, commit).expect("frozen, not refused");
    assert!(matches!(pair.b.channel.phase(), ChannelPhase::Frozen { .. }));
    match outputs.first() {
        Some(ChannelOutput::Freeze { why }) => why.name(),
        other => panic!("{other:?}"),
    }
}

/// The name under which a commit is refused; nothing changed.
fn refused(pair: &mut Pair, commit: Commit) -> &'static str {
    let before = pair.b.channel.clone();
    let rejection = deliver(pair, commit).expect_err("refused");
    assert_eq!(pair.b.channel, before);
    rejection.name()
}

#[test]
fn the_honest_commit_of_these_tests_is_accepted() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = Op::Pay { amount: amount(5), memo: vec![1] };
    let next = commit(&mut pair, &[pay], 5, &[open]);
    let outputs = deliver(&mut pair, next).expect("accepted");
    assert_eq!(outputs, [ChannelOutput::PaymentReceived { amount: amount(5), memo: vec![1] }]);
}

type Change = fn(&mut Commit);
type MakeOp = fn(Lock) -> Op;

#[test]
fn commits_that_contradict_their_payer_freeze_the_channel() {
    let cases: [(&str, Change); 8] = [
        ("WrongTotals", |commit| commit.proof.transferred = amount(4)),
        ("WrongTotals", |commit| commit.proof.locked = amount(99)),
        ("WrongLocksRoot", |commit| commit.proof.locks_root = B256::repeat_byte(1)),
        ("WrongMetaHash", |commit| commit.proof.meta_hash = B256::ZERO),
        ("WrongAck", |commit| commit.proof.ack_hash = Digest::new(B256::repeat_byte(2))),
        ("WrongAck", |commit| {
            commit.proof.ack_nonce = ProofNonce::new(commit.proof.ack_nonce.get() + 1);
        }),
        ("WrongAck", |commit| commit.proof.ack_nonce = ProofNonce::NONE),
        ("Malformed", |commit| commit.ops = OpBytes::from_bytes(vec![0xff; 9])),
    ];
    for (name, change) in cases {
        let (mut pair, _) = pair();
        let open = open_lock(&pair);
        let pay = Op::Pay { amount: amount(5), memo: Vec::new() };
        let mut changed = commit(&mut pair, &[pay], 5, &[open]);
        change(&mut changed);
        sign(&mut changed, &pair);
        assert_eq!(freezes(&mut pair, changed), name);
        let next = deliver(&mut pair, commit_after_freeze());
        assert_eq!(next.expect_err("frozen").name(), "NotOpen");
    }
}

/// Any commit: a frozen channel takes none.
fn commit_after_freeze() -> Commit {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = Op::Pay { amount: amount(5), memo: Vec::new() };
    commit(&mut pair, &[pay], 5, &[open])
}

#[test]
fn operations_that_are_not_allowed_freeze_the_channel() {
    let most = TokenAmount::new(u128::MAX);
    let cases: [(&str, MakeOp, u128, bool); 9] = [
        ("CapacityExceeded", |_| Op::Pay { amount: amount(901), memo: Vec::new() }, 901, true),
        ("LockIdReused", |_| Op::Add { lock: lock(1, 5), onion: Vec::new() }, 0, true),
        ("UnknownLock", |_| Op::Unlock(LockId::new(77)), 0, true),
        ("UnknownLock", |_| Op::Drop(LockId::new(77)), 0, true),
        ("UnjustifiedDrop", |open| Op::Drop(open.id), 0, false),
        ("UnknownLock", |_| Op::Fulfil { lock: LockId::new(1), preimage: preimage(1) }, 0, true),
        (
            "UnknownLock",
            |_| Op::Fail {
                lock: LockId::new(1),
                reason: farbank_channels::commit::FailReason::Onion(Vec::new()),
            },
            0,
            true,
        ),
        ("ZeroAmount", |_| Op::Unlock(LockId::new(0)), 0, true),
        (
            "AmountOverflow",
            |_| Op::Pay { amount: TokenAmount::new(u128::MAX), memo: vec![] },
            0,
            true,
        ),
    ];
    for (name, op, transferred, keeps) in cases {
        let (mut pair, _) = pair();
        let open = open_lock(&pair);
        let kept = if keeps { vec![open] } else { Vec::new() };
        let commit = match name {
            // Cannot be made by the encoder.
            "ZeroAmount" => {
                // One `Pay` of 0 with an empty memo.
                let bytes = OpBytes::from_bytes(vec![1, 3, 0, 0]);
                commit_of_bytes(&mut pair, bytes, 0, &kept)
            }
            "AmountOverflow" => {
                let twice = [op(open), Op::Pay { amount: most, memo: Vec::new() }];
                commit(&mut pair, &twice, 0, &kept)
            }
            _ => commit(&mut pair, &[op(open)], transferred, &kept),
        };
        assert_eq!(freezes(&mut pair, commit), name);
    }
}

#[test]
fn a_wrong_preimage_freezes_the_channel() {
    let mut pair = Pair::open(1_000, 500);
    let id = pair.add(Party::B, 100, 3);
    pair.settle_down();
    let wrong = Op::Fulfil { lock: id, preimage: preimage(4) };
    let next = commit(&mut pair, &[wrong], 0, &[]);
    assert_eq!(freezes(&mut pair, next), "WrongPreimage");
}

#[test]
fn preimages_of_31_and_33_bytes_are_refused_by_their_length() {
    for length in [31, 33] {
        let mut pair = Pair::open(1_000, 500);
        let id = pair.add(Party::B, 100, 3);
        pair.settle_down();
        let sound = OpBytes::encode(&[Op::Fulfil { lock: id, preimage: Preimage::new([3; 32]) }]);
        let mut bytes = sound.expect("operations").as_bytes().to_vec();
        assert_eq!(bytes[..4], [1, 4, 1, 32]);
        bytes[3] = length;
        bytes.resize(4 + usize::from(length), 3);
        let next = commit_of_bytes(&mut pair, OpBytes::from_bytes(bytes), 0, &[]);
        assert_eq!(freezes(&mut pair, next), "BadPreimageLength");
    }
}

#[test]
fn more_locks_than_allowed_freeze_the_channel() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let mut locks = vec![open];
    locks.extend((2..=65).map(|id| lock(id, 1)));
    let ops: Vec<Op> =
        locks[1..].iter().map(|lock| Op::Add { lock: *lock, onion: Vec::new() }).collect();
    let next = commit(&mut pair, &ops, 0, &locks);
    assert_eq!(freezes(&mut pair, next), "TooManyLocks");
}

#[test]
fn a_commit_signed_by_somebody_else_freezes_the_channel() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = Op::Pay { amount: amount(5), memo: Vec::new() };
    let mut foreign = commit(&mut pair, &[pay], 5, &[open]);
    foreign.signature = key(3).sign(foreign.proof.digest(terms().domain()));
    assert_eq!(freezes(&mut pair, foreign), "WrongSigner");
}

#[test]
fn a_signature_with_the_other_parity_is_not_the_payers() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = Op::Pay { amount: amount(5), memo: Vec::new() };
    let mut other = commit(&mut pair, &[pay], 5, &[open]);
    other.signature.vs[0] ^= 0x80;
    assert_eq!(freezes(&mut pair, other), "WrongSigner");
}

#[test]
fn a_second_proof_of_one_number_freezes_and_closes() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = |value| Op::Pay { amount: amount(value), memo: Vec::new() };
    let (one, two) =
        (commit(&mut pair, &[pay(5)], 5, &[open]), commit(&mut pair, &[pay(6)], 6, &[open]));
    deliver(&mut pair, one).expect("accepted");
    assert_eq!(freezes(&mut pair, two), "ForkedProof");
    let now = pair.now;
    assert!(!pair.b.channel.duties(now).is_empty(), "the channel is closed");
}

#[test]
fn stale_skipped_and_foreign_commits_change_nothing() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = Op::Pay { amount: amount(5), memo: Vec::new() };
    let sound = commit(&mut pair, &[pay], 5, &[open]);
    let renumbered = |by: i64| {
        let mut commit = sound.clone();
        let nonce = commit.proof.nonce.get().checked_add_signed(by).expect("a nonce");
        commit.proof.nonce = ProofNonce::new(nonce);
        commit
    };
    let mut skipped = renumbered(1);
    sign(&mut skipped, &pair);
    assert_eq!(refused(&mut pair, skipped), "SkippedNonce");
    let mut stale = renumbered(-2);
    sign(&mut stale, &pair);
    assert_eq!(refused(&mut pair, stale), "StaleNonce");
    let mut foreign = sound.clone();
    foreign.proof.id = ChannelId::from(B256::repeat_byte(1));
    sign(&mut foreign, &pair);
    assert_eq!(refused(&mut pair, foreign), "ForeignChannel");
    let mut own = sound.clone();
    own.proof.payer = Party::B;
    sign(&mut own, &pair);
    assert_eq!(refused(&mut pair, own), "WrongDirection");
    deliver(&mut pair, sound.clone()).expect("accepted");
    assert_eq!(refused(&mut pair, sound), "StaleNonce");
}

#[test]
fn a_commit_before_the_link_resumed_changes_nothing() {
    let (mut pair, _) = pair();
    let open = open_lock(&pair);
    let pay = Op::Pay { amount: amount(5), memo: Vec::new() };
    let sound = commit(&mut pair, &[pay], 5, &[open]);
    pair.apply(Party::B, ChannelInput::LinkUp).expect("up");
    assert_eq!(refused(&mut pair, sound), "NotResumed");
}

#[test]
fn a_payer_that_does_not_wait_for_acks_freezes_the_channel() {
    let mut pair = Pair::open(1_000, 500);
    // A signs eight of its own; the ninth is made by hand.
    for _ in 0..9 {
        pair.pay(Party::A, 1).expect("queued");
        pair.apply(Party::A, ChannelInput::Tick).expect("a tick");
    }
    let sent = pair.a.wire.len();
    assert_eq!(sent, 8, "the window is eight");
    let last = match pair.a.wire.last() {
        Some(ChannelMessage::Commit(commit)) => commit.clone(),
        other => panic!("{other:?}"),
    };
    for _ in 0..sent {
        pair.deliver(Party::A).expect("a message").expect("accepted");
    }
    let ops = OpBytes::encode(&[Op::Pay { amount: amount(1), memo: Vec::new() }]).expect("one");
    let mut ninth = *last;
    ninth.proof.nonce = ninth.proof.nonce.next().expect("a nonce");
    ninth.proof.transferred = amount(9);
    ninth.proof.meta_hash = ops.meta_hash(ninth.proof.meta_hash);
    ninth.ops = ops;
    sign(&mut ninth, &pair);
    assert_eq!(freezes(&mut pair, ninth), "TooManyUnacked");
}
