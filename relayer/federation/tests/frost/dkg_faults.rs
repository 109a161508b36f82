//! Participants that cheat: everybody else stops, and names them.

use farbank_federation::dkg::{
    CeremonyId, DkgBody, DkgFailure, DkgFault, DkgMessage, DkgRound, Outgoing, Participant,
};
use frost_secp256k1_tr::keys::dkg::round1;

use crate::support::{index, rng, roster, Ceremony};

/// Runs a ceremony of four in which attester 2's messages pass through `cheat`; returns how attester 1
/// failed.
fn fails_at_one(mut cheat: impl FnMut(&mut Outgoing)) -> DkgFailure {
    let mut ceremony = Ceremony::start(&roster(3, 4), 30);
    while let Some((sender, mut outgoing)) = ceremony.wire.pop_front() {
        if sender == index(2) {
            cheat(&mut outgoing);
        }
        if ceremony.participants[&outgoing.to].round().is_some() {
            ceremony.deliver(sender, outgoing);
        }
    }
    assert!([1, 3, 4].map(index).iter().all(|honest| ceremony.failed.contains_key(honest)));
    ceremony.failed[&index(1)]
}

/// Another first message of attester 2, as good as its own, of a federation of `k` of `n`.
fn other_package(k: u16, n: u16) -> round1::Package {
    let roster = roster(k, n);
    let ceremony = CeremonyId::new(&roster, b"another");
    let (_, mut send) = Participant::start(roster, index(2), ceremony, &mut rng(31)).unwrap();
    match send.remove(0).message.body {
        DkgBody::Commit(package) => package,
        other => panic!("{other:?}"),
    }
}

#[test]
fn invalid_proof_of_knowledge_names_its_sender() {
    let proof = *other_package(3, 4).proof_of_knowledge();
    let mut ceremony = Ceremony::start(&roster(3, 4), 30);
    let mut seen = None;
    while let Some((sender, mut outgoing)) = ceremony.wire.pop_front() {
        match (&mut outgoing.message.body, sender == index(2)) {
            (DkgBody::Commit(package), true) => {
                *package = round1::Package::new(package.commitment().clone(), proof);
            }
            // The cheat tells everybody the same, and echoes what it sent.
            (DkgBody::Echo(hashes), true) => match seen {
                Some(hash) => hashes[1] = hash,
                None => {
                    ceremony.wire.push_back((sender, outgoing));
                    continue;
                }
            },
            (DkgBody::Echo(hashes), false) => seen = Some(hashes[1]),
            _ => {}
        }
        if ceremony.participants[&outgoing.to].round().is_some() {
            ceremony.deliver(sender, outgoing);
        }
    }
    let fault = DkgFault::InvalidProofOfKnowledge { sender: index(2) };
    for victim in [1, 3, 4].map(index) {
        let named = match ceremony.failed[&victim] {
            DkgFailure::Here(named) | DkgFailure::Reported { fault: named, .. } => named,
        };
        assert_eq!(named, fault);
    }
}

#[test]
fn polynomial_of_another_degree_names_its_sender() {
    let package = other_package(4, 5);
    let failure = fails_at_one(|outgoing| {
        if let DkgBody::Commit(sent) = &mut outgoing.message.body {
            *sent = package.clone();
        }
    });
    let fault = DkgFault::WrongDegree { sender: index(2), found: 4, expected: 3 };
    assert_eq!(failure, DkgFailure::Here(fault));
}

#[test]
fn inconsistent_broadcast_names_its_sender_and_its_witness() {
    let package = other_package(3, 4);
    let failure = fails_at_one(|outgoing| {
        if let (DkgBody::Commit(sent), 3) = (&mut outgoing.message.body, outgoing.to.get()) {
            *sent = package.clone();
        }
    });
    let expected =
        |witness| DkgFault::InconsistentBroadcast { sender: index(2), seen_by: index(witness) };
    let named = [
        DkgFailure::Here(expected(3)),
        DkgFailure::Reported { reporter: index(3), fault: expected(1) },
    ];
    assert!(named.contains(&failure), "{failure:?}");
}

#[test]
fn echo_of_another_length_names_its_sender() {
    let failure = fails_at_one(|outgoing| {
        if let DkgBody::Echo(hashes) = &mut outgoing.message.body {
            hashes.pop();
        }
    });
    let fault = DkgFault::MalformedEcho { sender: index(2), found: 3, expected: 4 };
    assert_eq!(failure, DkgFailure::Here(fault));
}

#[test]
fn bad_secret_share_names_its_sender() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 30);
    let mut of_three = None;
    // The share for attester 3 goes to attester 1 as well.
    while let Some((sender, mut outgoing)) = ceremony.wire.pop_front() {
        if let (2, DkgBody::Share(share)) = (sender.get(), &mut outgoing.message.body) {
            match (outgoing.to.get(), &of_three) {
                (3, _) => of_three = Some(share.clone()),
                (1, Some(other)) => *share = other.clone(),
                (1, None) => {
                    ceremony.wire.push_back((sender, outgoing));
                    continue;
                }
                _ => {}
            }
        }
        if ceremony.participants[&outgoing.to].round().is_some() {
            ceremony.deliver(sender, outgoing);
        }
    }
    let fault = DkgFault::BadSecretShare { sender: index(2) };
    assert_eq!(ceremony.failed[&index(1)], DkgFailure::Here(fault));
    let reported = DkgFailure::Reported { reporter: index(1), fault };
    assert_eq!(ceremony.failed[&index(3)], reported);
    assert!(ceremony.finished.is_empty());
}

#[test]
fn different_result_names_its_sender() {
    let other = crate::support::shares()[0].group().hash();
    let failure = fails_at_one(|outgoing| {
        if let DkgBody::Confirm(hash) = &mut outgoing.message.body {
            *hash = other;
        }
    });
    assert_eq!(failure, DkgFailure::Here(DkgFault::DifferentResult { sender: index(2) }));
}

#[test]
fn peer_that_gives_up_ends_the_ceremony() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 30);
    let fault = DkgFault::BadSecretShare { sender: index(3) };
    let (_, first) = ceremony.wire.front().unwrap();
    let abort = DkgMessage { ceremony: first.message.ceremony, body: DkgBody::Abort(fault) };
    ceremony.deliver(index(2), Outgoing { to: index(1), message: abort });
    let failure = DkgFailure::Reported { reporter: index(2), fault };
    assert_eq!(ceremony.failed[&index(1)], failure);
    assert_eq!(ceremony.participants[&index(1)].round(), None);
}

#[test]
fn silent_participants_are_named_in_every_round() {
    for round in [DkgRound::Commit, DkgRound::Echo, DkgRound::Share, DkgRound::Confirm] {
        let mut ceremony = Ceremony::start(&roster(3, 4), 30);
        while let Some((sender, outgoing)) = ceremony.wire.pop_front() {
            let silent = sender == index(4) && outgoing.message.body.round() >= Some(round);
            if !silent {
                ceremony.deliver(sender, outgoing);
            }
        }
        for waiting in [1, 2, 3].map(index) {
            let participant = &ceremony.participants[&waiting];
            assert_eq!(participant.round(), Some(round));
            assert_eq!(participant.awaited(), [index(4)]);
            assert!(!ceremony.finished.contains_key(&waiting));
        }
    }
}
