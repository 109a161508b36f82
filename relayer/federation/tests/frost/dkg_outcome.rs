//! What a key generation without faults makes.

use crate::support::{index, roster, Ceremony};

#[test]
fn four_attesters_arrive_at_one_group() {
    let mut ceremony = Ceremony::start(&roster(3, 4), 7);
    ceremony.run();
    assert_eq!(ceremony.finished.len(), 4);
    let group = &ceremony.finished[&index(1)].group;
    for (index, outcome) in &ceremony.finished {
        assert_eq!(&outcome.group, group);
        assert_eq!(outcome.share.group(), group);
        assert_eq!(outcome.share.index(), *index);
        assert!(ceremony.participants[index].awaited().is_empty());
    }
}

#[test]
fn larger_federation_arrives_at_one_group() {
    let mut ceremony = Ceremony::start(&roster(5, 7), 8);
    ceremony.run();
    assert_eq!(ceremony.finished.len(), 7);
    assert_eq!(ceremony.finished[&index(1)].group.threshold().faults(), 2);
}

#[test]
fn every_ceremony_makes_another_key() {
    let [first, second] = [1, 2].map(|seed| {
        let mut ceremony = Ceremony::start(&roster(3, 4), seed);
        ceremony.run();
        ceremony.finished[&index(1)].group.federation_key()
    });
    assert_ne!(first, second);
}
