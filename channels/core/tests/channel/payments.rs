//! Payments between two honest ends.

use farbank_channels::channel::{ChannelOutput, DropCause};
use farbank_channels::domain::Party;

use crate::common::{amount, hash, offered, preimage, Pair};

#[test]
fn a_lock_that_is_fulfilled_becomes_a_transfer() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    assert_eq!(offered(&pair.b).len(), 1);
    assert!(pair.a.said.contains(&ChannelOutput::LockAccepted(lock)));
    pair.fulfil(Party::B, lock, 7);
    pair.settle_down();
    let fulfilled = ChannelOutput::Fulfilled { lock, hash: hash(7), preimage: preimage(7) };
    assert!(pair.a.said.contains(&fulfilled));
    assert!(pair.b.said.contains(&ChannelOutput::Claimed(lock)));
    assert_eq!(pair.transferred(), (300, 0));
    assert_eq!(pair.a.channel.available(), amount(700));
    assert_eq!(pair.b.channel.available(), amount(300));
}

#[test]
fn unconditional_payments_of_both_sides_cross() {
    let mut pair = Pair::open(1_000, 1_000);
    pair.pay(Party::A, 10).expect("paid");
    pair.pay(Party::B, 4).expect("paid");
    pair.settle_down();
    assert_eq!(pair.transferred(), (10, 4));
}

#[test]
fn a_lock_that_expired_is_safe_to_fail_upstream_and_leaves_the_proofs() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    pair.wait(4_000);
    let expired = ChannelOutput::Dropped { lock, cause: DropCause::Expired };
    assert!(pair.a.said.contains(&expired));
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(1_000));
    assert_eq!(pair.transferred(), (0, 0));
}

#[test]
fn a_restarted_end_is_the_fold_of_its_log() {
    let mut pair = Pair::open(1_000, 0);
    let lock = pair.add(Party::A, 300, 7);
    pair.settle_down();
    pair.fulfil(Party::B, lock, 7);
    pair.settle_down();
    let (before, length) = (pair.b.channel.clone(), pair.b.log.len());
    pair.b.restart(length);
    assert_eq!(pair.b.channel, before);
}
