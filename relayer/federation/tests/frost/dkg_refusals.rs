//! Messages that a participant refuses, and that refusing them changes nothing.

use std::sync::OnceLock;

use farbank_federation::dkg::{
    CeremonyId, DkgBody, DkgMessage, DkgRejection, DkgRound, DkgStatus, Outgoing, PackageHash,
    Participant,
};
use farbank_federation::group::Group;
use farbank_federation::identity::{AttesterIndex, IdentityRejection};
use proptest::prelude::*;

use crate::support::{index, rng, roster, Ceremony};

/// Takes the first message on the wire from `sender` to `receiver`.
fn take(ceremony: &mut Ceremony, sender: u16, receiver: u16) -> Outgoing {
    let from_to = |(from, outgoing): &(AttesterIndex, Outgoing)| {
        *from == index(sender) && outgoing.to == index(receiver)
    };
    let position = ceremony.wire.iter().position(from_to).unwrap();
    ceremony.wire.remove(position).unwrap().1
}

fn refusal(ceremony: &mut Ceremony, sender: u16, outgoing: Outgoing) -> DkgRejection {
    let receiver = ceremony.participants.get_mut(&outgoing.to).unwrap();
    receiver.receive(index(sender), outgoing.message).unwrap_err()
}

#[test]
fn stranger_is_refused() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    let commit = take(&mut ceremony, 2, 1);
    let sender = index(5);
    assert_eq!(refusal(&mut ceremony, 5, commit), DkgRejection::UnknownSender { sender });
}

#[test]
fn own_index_is_refused() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    let commit = take(&mut ceremony, 2, 1);
    let sender = index(1);
    assert_eq!(refusal(&mut ceremony, 1, commit), DkgRejection::OwnIndex { sender });
}

#[test]
fn message_of_another_ceremony_is_refused() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    let mut commit = take(&mut ceremony, 2, 1);
    let expected = commit.message.ceremony;
    let found = CeremonyId::new(&roster(3, 4), b"the one before");
    commit.message.ceremony = found;
    let rejection = DkgRejection::WrongCeremony { found, expected };
    assert_eq!(refusal(&mut ceremony, 2, commit), rejection);
}

#[test]
fn second_message_of_a_round_is_refused() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    let commit = take(&mut ceremony, 2, 1);
    ceremony.deliver(index(2), commit.clone());
    let rejection = DkgRejection::Replayed { sender: index(2), round: DkgRound::Commit };
    assert_eq!(refusal(&mut ceremony, 2, commit), rejection);
}

#[test]
fn round_left_out_is_refused() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    for sender in [1, 3, 4] {
        let commit = take(&mut ceremony, sender, 2);
        ceremony.deliver(index(sender), commit);
    }
    let commit = take(&mut ceremony, 2, 1);
    let echo = take(&mut ceremony, 2, 1);
    let rejection = DkgRejection::OutOfOrder {
        sender: index(2),
        found: DkgRound::Echo,
        expected: DkgRound::Commit,
    };
    assert_eq!(refusal(&mut ceremony, 2, echo.clone()), rejection);
    ceremony.deliver(index(2), commit);
    ceremony.deliver(index(2), echo);
}

#[test]
fn round_that_needs_ones_own_message_is_refused_before_it() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    // Attester 1 hears only attester 2, which pretends that attester 1 has echoed.
    let commit = take(&mut ceremony, 2, 1);
    let session = commit.message.ceremony;
    ceremony.deliver(index(2), commit);
    let echo = DkgMessage { ceremony: session, body: DkgBody::Echo(vec![hash(); 4]) };
    ceremony.deliver(index(2), Outgoing { to: index(1), message: echo });
    let share = Outgoing { to: index(1), message: share_of(session) };
    let rejection = DkgRejection::Premature { sender: index(2), round: DkgRound::Share };
    assert_eq!(refusal(&mut ceremony, 2, share), rejection);
}

fn hash() -> PackageHash {
    postcard::from_bytes(&postcard::to_allocvec(&farbank_types::B256::ZERO).unwrap()).unwrap()
}

/// Any third-round message: the first one of another run.
fn share_of(ceremony: CeremonyId) -> DkgMessage {
    let mut other = Ceremony::start(&roster(3, 4), 41);
    loop {
        let (sender, outgoing) = other.wire.pop_front().unwrap();
        if let DkgBody::Share(_) = outgoing.message.body {
            return DkgMessage { ceremony, ..outgoing.message };
        }
        other.deliver(sender, outgoing);
    }
}

#[test]
fn nothing_is_taken_after_the_end() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    let commit = ceremony.wire.front().unwrap().1.clone();
    ceremony.run();
    assert_eq!(refusal(&mut ceremony, 1, commit), DkgRejection::Over);
}

#[test]
fn participant_off_the_roster_does_not_start() {
    let roster = roster(3, 4);
    let ceremony = CeremonyId::new(&roster, b"test");
    let refusal = Participant::start(roster, index(5), ceremony, &mut rng(42)).unwrap_err();
    assert_eq!(refusal, IdentityRejection::IndexOutOfRange { index: 5 });
}

#[test]
fn nobody_finishes_before_everybody_confirmed() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 40);
    let mut held = Vec::new();
    while let Some((sender, outgoing)) = ceremony.wire.pop_front() {
        if outgoing.message.body.round() == Some(DkgRound::Confirm) && outgoing.to == index(1) {
            held.push((sender, outgoing));
        } else {
            ceremony.deliver(sender, outgoing);
        }
    }
    for (sender, outgoing) in held {
        assert!(!ceremony.finished.contains_key(&index(1)));
        ceremony.deliver(sender, outgoing);
    }
    assert_eq!(ceremony.finished.len(), 4);
}

/// The group that the same run makes when every message comes once and in order.
fn tidy() -> &'static Group {
    static TIDY: OnceLock<Group> = OnceLock::new();
    TIDY.get_or_init(|| {
        let mut ceremony = Ceremony::start(&roster(3, 4), 43);
        ceremony.run();
        ceremony.finished[&index(1)].group.clone()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Messages overtake each other and come twice. What comes too early or again is refused; delivered
    /// once more in time, every run ends with the key that the tidy one makes.
    #[test]
    fn order_and_repetition_do_not_change_the_key(
        picks in prop::collection::vec((any::<u16>(), any::<bool>()), 200),
    ) {
        let mut ceremony = Ceremony::start(&roster(3, 4), 43);
        let mut picks = picks.into_iter().cycle();
        while !ceremony.wire.is_empty() {
            let (pick, again) = picks.next().unwrap();
            let position = usize::from(pick) % ceremony.wire.len();
            let (sender, outgoing) = ceremony.wire.remove(position).unwrap();
            let receiver = ceremony.participants.get_mut(&outgoing.to).unwrap();
            let Some(before) = receiver.round() else { continue };
            let awaited = receiver.awaited();
            match receiver.receive(sender, outgoing.message.clone()) {
                Ok(progress) => {
                    let to = outgoing.to;
                    ceremony.wire.extend(progress.send.into_iter().map(|outgoing| (to, outgoing)));
                    if let DkgStatus::Finished(outcome) = progress.status {
                        ceremony.finished.insert(to, *outcome);
                    }
                    if again {
                        let receiver = ceremony.participants.get_mut(&outgoing.to).unwrap();
                        prop_assert!(receiver.receive(sender, outgoing.message).is_err());
                    }
                }
                Err(DkgRejection::OutOfOrder { .. } | DkgRejection::Premature { .. }) => {
                    prop_assert_eq!(receiver.round(), Some(before));
                    prop_assert_eq!(receiver.awaited(), awaited);
                    ceremony.wire.push_back((sender, outgoing));
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert_eq!(ceremony.finished.len(), 4);
        for outcome in ceremony.finished.values() {
            prop_assert_eq!(&outcome.group, tidy());
        }
    }
}
