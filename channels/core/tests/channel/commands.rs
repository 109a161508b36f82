//! What a holder asks for and does not get, each by its name.

use farbank_channels::channel::{
    ChannelInput, ChannelOutput, ChannelPhase, OpIntent, SettleIntent,
};
use farbank_channels::commit::FailReason;
use farbank_channels::domain::{Party, Sides};
use farbank_channels::objects::VaultFlags;
use farbank_channels::signature::ChannelSigner as _;
use farbank_channels::units::LockId;

use crate::common::{amount, at, hash, key, preimage, Pair};

/// The name under which A's command is refused; nothing changed.
fn refused(pair: &mut Pair, input: ChannelInput) -> &'static str {
    let before = pair.a.channel.clone();
    let rejection = pair.apply(Party::A, input).expect_err("refused");
    assert_eq!(pair.a.channel, before);
    rejection.name()
}

fn add(value: u128, expiry: u64, onion: usize) -> ChannelInput {
    ChannelInput::Propose(OpIntent::Add {
        amount: amount(value),
        expiry: at(expiry),
        hash: hash(1),
        onion: vec![0; onion],
        unlock_until: at(expiry),
    })
}

fn pay(value: u128, memo: usize) -> ChannelInput {
    ChannelInput::Propose(OpIntent::Pay { amount: amount(value), memo: vec![0; memo] })
}

#[test]
fn payments_above_what_is_there_or_allowed_are_refused() {
    let cases = [
        ("CapacityExceeded", add(1_001, 2_000, 0)),
        ("CapacityExceeded", pay(1_001, 0)),
        ("ZeroAmount", add(0, 2_000, 0)),
        ("ZeroAmount", pay(0, 0)),
        ("DataTooLarge", add(1, 2_000, 1_401)),
        ("DataTooLarge", pay(1, 513)),
        ("LockTooShort", add(1, 1_199, 0)),
        ("LockTooLong", add(1, 6_001, 0)),
    ];
    for (name, input) in cases {
        let mut pair = Pair::open(1_000, 0);
        assert_eq!(refused(&mut pair, input), name);
    }
}

#[test]
fn queued_payments_count_against_capacity_before_they_are_signed() {
    let mut pair = Pair::open(1_000, 0);
    pair.pay(Party::A, 600).expect("queued");
    assert_eq!(refused(&mut pair, pay(401, 0)), "CapacityExceeded");
    pair.pay(Party::A, 400).expect("queued");
}

#[test]
fn nothing_is_spent_that_the_counterparty_does_not_count_yet() {
    let mut pair = Pair::open(1_000, 0);
    let topped =
        farbank_channels::channel::ChainEvent::Funded { of: Party::A, total: amount(2_000) };
    pair.apply(Party::A, ChannelInput::Chain(topped)).expect("seen by A");
    assert_eq!(refused(&mut pair, pay(1_001, 0)), "CapacityExceeded");
    pair.apply(Party::B, ChannelInput::Chain(topped)).expect("seen by B");
    pair.settle_down();
    pair.pay(Party::A, 1_001).expect("counted by both");
    pair.settle_down();
    assert_eq!(pair.transferred(), (1_001, 0));
}

#[test]
fn the_sixty_fifth_lock_is_refused() {
    let mut pair = Pair::open(1_000, 0);
    for seed in 0..64 {
        pair.add(Party::A, 1, seed);
    }
    assert_eq!(refused(&mut pair, add(1, 2_000, 0)), "TooManyLocks");
}

#[test]
fn no_lock_is_added_on_a_stale_head() {
    let mut pair = Pair::open(1_000, 0);
    pair.now = at(601);
    assert_eq!(refused(&mut pair, add(1, 3_000, 0)), "StaleHead");
}

#[test]
fn locks_are_answered_once_and_rightly() {
    let mut pair = Pair::open(0, 1_000);
    let lock = pair.add(Party::B, 10, 5);
    let other = pair.add(Party::B, 10, 6);
    pair.settle_down();
    let fulfil =
        |lock, seed| ChannelInput::Propose(OpIntent::Fulfil { lock, preimage: preimage(seed) });
    let fail = |lock, length| {
        let reason = FailReason::Onion(vec![0; length]);
        ChannelInput::Propose(OpIntent::Fail { lock, reason })
    };
    let unknown = LockId::new(9);
    assert_eq!(refused(&mut pair, fulfil(unknown, 5)), "UnknownLock");
    assert_eq!(refused(&mut pair, fail(unknown, 0)), "UnknownLock");
    assert_eq!(refused(&mut pair, fulfil(lock, 6)), "WrongPreimage");
    assert_eq!(refused(&mut pair, fail(lock, 2_049)), "DataTooLarge");
    pair.apply(Party::A, fulfil(lock, 5)).expect("fulfilled");
    assert_eq!(refused(&mut pair, fail(lock, 0)), "LockDecided");
    pair.apply(Party::A, fail(other, 0)).expect("failed");
    assert_eq!(refused(&mut pair, fulfil(other, 6)), "LockDecided");
    // Said again, it changes nothing.
    assert_eq!(pair.apply(Party::A, fulfil(lock, 5)), Ok(Vec::new()));
    assert_eq!(pair.apply(Party::A, fail(other, 0)), Ok(Vec::new()));
}

#[test]
fn a_channel_that_closes_takes_no_payment_and_gives_the_queue_back() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 10, 5);
    let outputs = pair.apply(Party::A, ChannelInput::Close).expect("closes");
    assert!(
        matches!(outputs.as_slice(), [ChannelOutput::Dropped { lock: given, .. }] if *given == lock)
    );
    assert!(matches!(pair.a.channel.phase(), ChannelPhase::Frozen { .. }));
    assert_eq!(refused(&mut pair, pay(1, 0)), "NotOpen");
    assert_eq!(refused(&mut pair, ChannelInput::Close), "AlreadyClosing");
    let settle = SettleIntent {
        total_out: Sides::default(),
        deadline: at(60),
        to_vault: VaultFlags::default(),
    };
    assert_eq!(refused(&mut pair, ChannelInput::ProposeSettle(settle)), "NotOpen");
}

#[test]
fn a_signer_that_is_not_the_holder_is_refused() {
    let mut pair = Pair::open(1_000, 0);
    let (now, stranger) = (pair.now, key(9));
    assert_ne!(stranger.node_id(), pair.a.key.node_id());
    let rejection =
        pair.a.channel.apply(&ChannelInput::Tick, now, &stranger).expect_err("a stranger");
    assert_eq!(rejection.name(), "WrongHolder");
}
