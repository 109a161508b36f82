//! What a channel does on chain when it closes alone.

use farbank_channels::channel::{
    ChainDuty, ChainEvent, ChannelInput, ChannelOutput, ChannelPhase, DropCause, PostedProof,
};
use farbank_channels::domain::{Party, Sides};
use farbank_channels::objects::SignedProof;
use farbank_types::UnixTime;

use crate::common::{amount, hash, preimage, terms, Pair, CHALLENGE};

/// A has paid 300 and has a lock of 100 open; B has paid 10.
fn busy() -> Pair {
    let mut pair = Pair::open(1_000, 500);
    pair.pay(Party::A, 300).expect("paid");
    pair.settle_down();
    pair.pay(Party::B, 10).expect("paid");
    pair.add(Party::A, 100, 7);
    pair.settle_down();
    pair
}

fn posted(proof: &SignedProof) -> ChainEvent {
    let SignedProof { proof, .. } = proof;
    let kept = PostedProof {
        nonce: proof.nonce,
        transferred: proof.transferred,
        locks_root: proof.locks_root,
    };
    ChainEvent::Posted { payer: proof.payer, proof: kept }
}

#[test]
fn the_newest_proofs_of_both_directions_are_shown_then_everything_is_finalised() {
    let mut pair = busy();
    let close_at = pair.now.saturating_add_secs(u64::from(CHALLENGE));
    let ChannelPhase::Open = pair.b.channel.phase() else { panic!("open") };
    pair.apply(Party::A, ChannelInput::Close).expect("closes");
    let now = pair.now;
    let duties = pair.a.channel.duties(now);
    let [ChainDuty::Close { newest: Some(newest) }] = duties.as_slice() else { panic!("a close") };
    assert_eq!(newest.proof.transferred, amount(10));
    pair.chain(ChainEvent::Closing { close_at });
    pair.chain(posted(newest));
    let duties = pair.b.channel.duties(now);
    let counters: Vec<_> = duties.iter().filter_map(counter).collect();
    assert_eq!(counters.len(), 1, "B's own newest is on chain, A's is not: {duties:?}");
    let (proof, ack) = counters[0];
    assert_eq!((proof.proof.payer, proof.proof.transferred), (Party::A, amount(300)));
    assert!(ack.is_none());
    pair.chain(posted(proof));
    assert!(pair.b.channel.duties(now).is_empty());
    pair.chain(ChainEvent::Revealed { hash: hash(7), preimage: preimage(7), at: now });
    pair.chain(ChainEvent::Head { time: close_at.saturating_add_secs(1) });
    for end in [&pair.a, &pair.b] {
        let duties = end.channel.duties(now);
        let [ChainDuty::Finalise { directions }] = duties.as_slice() else {
            panic!("to be finalised")
        };
        assert_eq!(directions.a.transferred, amount(300));
        assert_eq!(directions.a.leaves.len(), 64);
        assert_eq!(directions.b.transferred, amount(10));
    }
    pair.chain(ChainEvent::Closed { paid: Sides { a: amount(610), b: amount(890) } });
    assert!(pair.a.channel.duties(now).is_empty());
}

fn counter(duty: &ChainDuty) -> Option<(&SignedProof, Option<&SignedProof>)> {
    match duty {
        ChainDuty::Counter { proof, ack, .. } => Some((proof, ack.as_deref())),
        _ => None,
    }
}

#[test]
fn the_holders_own_newest_acknowledged_proof_is_shown_with_its_ack() {
    let mut pair = busy();
    pair.chain(ChainEvent::Closing { close_at: pair.now.saturating_add_secs(7_200) });
    let now = pair.now;
    let duties = pair.a.channel.duties(now);
    let own = duties.iter().filter_map(counter).find(|(proof, _)| proof.proof.payer == Party::A);
    let (proof, ack) = own.expect("A's own");
    let ack = ack.expect("needs an ack");
    assert_eq!(ack.proof.payer, Party::B);
    assert_eq!(ack.proof.ack_hash, proof.proof.digest(terms().domain()));
    let signer = ack.signature.recover(ack.proof.digest(terms().domain())).expect("signed");
    assert_eq!(signer.address(), terms().address(Party::B));
}

#[test]
fn a_watcher_gets_both_directions_with_acks_and_leaves() {
    let mut pair = busy();
    let lock = crate::common::offered(&pair.b)[0].id;
    pair.fulfil(Party::B, lock, 7);
    let update = pair.b.channel.watch();
    let incoming = update.incoming.expect("A's proof");
    assert_eq!(incoming.ack.proof.ack_hash, incoming.proof.proof.digest(terms().domain()));
    assert_eq!(incoming.leaves.len(), 64);
    let outgoing = update.outgoing.expect("B's proof");
    assert_eq!(outgoing.ack.proof.ack_hash, outgoing.proof.proof.digest(terms().domain()));
    assert_eq!(update.claims.len(), 1);
    assert_eq!(update.claims[0].0, preimage(7));
}

#[test]
fn a_close_ends_every_lock_of_the_holder() {
    let mut pair = busy();
    pair.chain(ChainEvent::Closing { close_at: UnixTime::new(pair.now.get() + 7_200) });
    assert_eq!(pair.pay(Party::A, 1).expect_err("closing").name(), "NotOpen");
    pair.chain(ChainEvent::Closed { paid: Sides::default() });
    let dropped = pair
        .a
        .said
        .iter()
        .any(|said| matches!(said, ChannelOutput::Dropped { cause: DropCause::Expired, .. }));
    assert!(dropped);
}

#[test]
fn no_commit_is_taken_once_the_channel_closes() {
    let mut pair = busy();
    pair.pay(Party::A, 1).expect("queued");
    pair.apply(Party::A, ChannelInput::Tick).expect("signed");
    let closing = ChainEvent::Closing { close_at: UnixTime::new(pair.now.get() + 7_200) };
    pair.apply(Party::B, ChannelInput::Chain(closing)).expect("seen by B");
    let refused = pair.deliver(Party::A).expect("a commit").expect_err("too late");
    assert_eq!(refused.name(), "NotOpen");
}
