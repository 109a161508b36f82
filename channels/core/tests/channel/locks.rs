//! Locks through their life.

use farbank_channels::channel::{
    ChainDuty, ChainEvent, ChannelInput, ChannelOutput, DropCause, OpIntent,
};
use farbank_channels::commit::{FailReason, LockRefusal};
use farbank_channels::domain::Party;

use crate::common::{amount, at, hash, offered, preimage, Pair, MARGIN};

fn fail(pair: &mut Pair, party: Party, lock: farbank_channels::units::LockId) {
    let reason = FailReason::Onion(vec![1, 2]);
    pair.apply(party, ChannelInput::Propose(OpIntent::Fail { lock, reason })).expect("failed");
}

#[test]
fn a_failed_lock_is_safe_to_fail_upstream_only_after_its_payee_acknowledged_the_drop() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    fail(&mut pair, Party::B, lock);
    pair.tick();
    pair.deliver(Party::B).expect("the fail").expect("accepted");
    let reason = FailReason::Onion(vec![1, 2]);
    let failed = ChannelOutput::Failed { lock, reason: reason.clone() };
    let dropped = ChannelOutput::Dropped { lock, cause: DropCause::Failed(reason) };
    assert!(pair.a.said.contains(&failed));
    pair.tick();
    pair.deliver(Party::A).expect("the drop").expect("accepted");
    assert!(!pair.a.said.contains(&dropped), "not acknowledged yet");
    pair.settle_down();
    assert!(pair.a.said.contains(&dropped));
    assert_eq!(pair.a.channel.available(), amount(1_000));
}

#[test]
fn a_preimage_after_the_last_moment_is_not_taken_off_chain() {
    let mut pair = Pair::open(1_000, 0);
    let intent = OpIntent::Add {
        amount: amount(300),
        expiry: at(3_000),
        hash: hash(7),
        onion: Vec::new(),
        unlock_until: at(100),
    };
    pair.apply(Party::A, ChannelInput::Propose(intent)).expect("queued");
    pair.settle_down();
    let lock = offered(&pair.b)[0].id;
    pair.wait(101);
    pair.fulfil(Party::B, lock, 7);
    pair.settle_down();
    assert_eq!(pair.transferred(), (0, 0));
    // On chain it still counts, for both ends.
    let by = at(3_000);
    pair.wait(by.get() - MARGIN - pair.now.get());
    let now = pair.now;
    assert_eq!(pair.b.channel.duties(now), [ChainDuty::Reveal { preimage: preimage(7), by }]);
    pair.chain(ChainEvent::Revealed { hash: hash(7), preimage: preimage(7), at: now });
    pair.settle_down();
    assert_eq!(pair.transferred(), (300, 0));
    assert!(pair.b.channel.duties(now).is_empty());
}

#[test]
fn a_reveal_after_the_expiry_counts_for_nobody() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    let late = pair.now.saturating_add_secs(2 * MARGIN + 1_001);
    pair.chain(ChainEvent::Revealed { hash: hash(7), preimage: preimage(7), at: late });
    pair.wait(2 * MARGIN + 1_001);
    assert!(pair.a.said.contains(&ChannelOutput::Dropped { lock, cause: DropCause::Expired }));
    pair.settle_down();
    assert_eq!(pair.transferred(), (0, 0));
}

#[test]
fn a_payee_that_sees_the_expiry_later_than_the_payer_is_not_broken() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    let later = ChainEvent::Head { time: at(4_000) };
    pair.now = at(4_000);
    pair.apply(Party::A, ChannelInput::Chain(later)).expect("seen by A");
    pair.settle_down();
    assert!(pair.a.said.contains(&ChannelOutput::Dropped { lock, cause: DropCause::Expired }));
    assert_eq!(pair.a.channel.available(), amount(700), "B has not let go");
    pair.apply(Party::B, ChannelInput::Chain(later)).expect("seen by B");
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(1_000));
}

#[test]
fn locks_that_the_payee_does_not_want_are_failed_by_it() {
    // By its clock, which is behind.
    let mut pair = Pair::open(1_000, 0);
    let intent = OpIntent::Add {
        amount: amount(5),
        expiry: at(6_000),
        hash: hash(7),
        onion: Vec::new(),
        unlock_until: at(6_000),
    };
    pair.apply(Party::A, ChannelInput::Propose(intent)).expect("queued");
    pair.apply(Party::A, ChannelInput::Tick).expect("signed");
    pair.now = at(0).saturating_add_secs(0);
    let early = farbank_types::UnixTime::new(at(0).get() - 5);
    let message = pair.a.wire.remove(0);
    pair.b.apply(ChannelInput::Received(message), early).expect("accepted");
    pair.settle_down();
    assert!(offered(&pair.b).is_empty());
    let refusal = LockRefusal::LockTooLong {
        expiry: at(6_000),
        limit: farbank_types::UnixTime::new(at(6_000).get() - 5),
    };
    let failed = pair.a.said.iter().any(|said| {
        matches!(said, ChannelOutput::Failed { reason: FailReason::Refused(why), .. } if *why == refusal)
    });
    assert!(failed, "{:?}", pair.a.said);
    assert_eq!(pair.a.channel.available(), amount(1_000));
}

#[test]
fn a_lock_revealed_in_time_and_not_paid_is_closed_over() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    pair.fulfil(Party::B, lock, 7);
    let now = pair.now;
    let revealed = ChainEvent::Revealed { hash: hash(7), preimage: preimage(7), at: now };
    pair.apply(Party::B, ChannelInput::Chain(revealed)).expect("seen by B");
    pair.now = at(2 * MARGIN + 1_000 + MARGIN + 1);
    let head = ChainEvent::Head { time: pair.now };
    pair.apply(Party::B, ChannelInput::Chain(head)).expect("seen");
    let outputs = pair.apply(Party::B, ChannelInput::Tick).expect("a tick");
    let names = outputs.iter().filter_map(|output| match output {
        ChannelOutput::Freeze { why } => Some(why.name()),
        _ => None,
    });
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["UnpaidReveal"]);
    let now = pair.now;
    assert!(matches!(
        pair.b.channel.duties(now).as_slice(),
        [ChainDuty::Close { newest: Some(_) }]
    ));
}

#[test]
fn a_lock_that_waited_too_long_to_be_signed_comes_back() {
    let mut pair = Pair::open(1_000, 0);
    pair.apply(Party::A, ChannelInput::LinkDown).expect("down");
    let lock = pair.add(Party::A, 300, 7);
    pair.wait(1_001);
    pair.apply(Party::A, ChannelInput::Tick).expect("a tick");
    let not_sent = pair.a.said.iter().any(|said| {
        matches!(said, ChannelOutput::Dropped { lock: given, cause: DropCause::NotSent(_) } if *given == lock)
    });
    assert!(not_sent);
    assert_eq!(pair.a.channel.available(), amount(1_000));
}

#[test]
fn a_lock_whose_preimage_is_on_chain_is_not_signed_any_more() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    let kept = pair.add(Party::A, 10, 8);
    let now = pair.now;
    pair.chain(ChainEvent::Revealed { hash: hash(7), preimage: preimage(7), at: now });
    let cause = DropCause::NotSent(LockRefusal::HashRevealed { hash: hash(7) });
    assert!(pair.a.said.contains(&ChannelOutput::Dropped { lock, cause }));
    pair.settle_down();
    let locks: Vec<_> = offered(&pair.b).iter().map(|lock| lock.id).collect();
    assert_eq!(locks, [kept]);
}
