//! The attesters' answer, and the Bitcoin node's.

use farbank_relayer_core::custody::{
    apply, CustodyEvent, CustodyState, CustodyWait, SigningRefusal,
};
use farbank_types::UnixTime;

use crate::world::{height, redemption, World, NOW};

fn owing() -> World {
    World::at_tip(100).owing([redemption(1, 100_000, 20_000)])
}

fn signing(world: &World) -> CustodyState {
    CustodyState::Signing { proposal: world.proposal(), since: world.now }
}

#[test]
fn signed_proposal_is_broadcast() {
    let world = owing();
    let txid = world.proposal().txid();
    let transition =
        apply(&signing(&world), CustodyEvent::Signed { txid }, &world.context()).unwrap();
    assert_eq!(transition.next, CustodyState::Broadcast { txid, since: height(100) });
}

#[test]
fn signatures_for_a_proposal_that_was_given_up_change_nothing() {
    let world = owing();
    let txid = world.proposal().txid();
    let other = world.clone().owing([redemption(2, 100_000, 20_000)]);
    assert!(apply(&signing(&other), CustodyEvent::Signed { txid }, &other.context()).is_err());
    let idle = CustodyState::START;
    assert!(apply(&idle, CustodyEvent::Signed { txid }, &world.context()).is_err());
}

#[test]
fn refusal_is_waited_out() {
    let world = owing();
    let txid = world.proposal().txid();
    for (refusal, secs) in [
        (SigningRefusal::Behind, 3),
        (SigningRefusal::Amended, 3),
        (SigningRefusal::TooFew { answered: 2, needed: 3 }, 30),
        (SigningRefusal::Limited, 30),
        (SigningRefusal::Disputed, 300),
    ] {
        let event = CustodyEvent::SigningRefused { txid, refusal };
        let next = apply(&signing(&world), event, &world.context()).unwrap().next;
        let not_before = UnixTime::new(NOW + secs);
        let wait = CustodyWait::Refused { refusal, not_before };
        assert_eq!(next, CustodyState::Idle { wait });
        assert!(apply(&next, CustodyEvent::Viewed, &world.context()).is_err());
        let later = world.clone().later(secs);
        let again = apply(&next, CustodyEvent::Viewed, &later.context()).unwrap().next;
        assert!(matches!(again, CustodyState::Signing { .. }));
    }
}

#[test]
fn refused_replacement_leaves_the_old_attempt() {
    let world = owing();
    let old = world.proposal();
    let world = world.knowing(&old, None).grown_to(103);
    let broadcast = CustodyState::Broadcast { txid: old.txid(), since: height(100) };
    let replacing = apply(&broadcast, CustodyEvent::Viewed, &world.context()).unwrap().next;
    let txid = replacing.proposal().unwrap().txid();
    let event = CustodyEvent::SigningRefused { txid, refusal: SigningRefusal::Disputed };
    let next = apply(&replacing, event, &world.context()).unwrap().next;
    assert_eq!(next, CustodyState::Broadcast { txid: old.txid(), since: height(103) });
}

#[test]
fn attempt_that_the_node_refuses_is_replaced_once_in_a_block() {
    let world = owing();
    let old = world.proposal();
    let txid = old.txid();
    let event = CustodyEvent::BroadcastRefused { txid };
    let broadcast = CustodyState::Broadcast { txid, since: height(100) };
    let world = world.knowing(&old, None);
    assert!(apply(&broadcast, event, &world.context()).is_err());
    let next = apply(&broadcast, event, &world.grown_to(101).context()).unwrap().next;
    assert!(matches!(next, CustodyState::Replacing { txid: replaced, .. } if replaced == txid));
}
