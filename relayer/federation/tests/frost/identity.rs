//! Thresholds and rosters.

use farbank_federation::identity::{
    AttesterIndex, IdentityRejection, Roster, Threshold, MAX_ATTESTERS,
};
use proptest::prelude::*;

use crate::support::{identity, index, roster};

#[test]
fn smallest_federations_and_what_they_tolerate() {
    for (k, n, faults) in [(3, 4, 1), (4, 5, 1), (4, 6, 1), (5, 6, 1), (5, 7, 2), (43, 64, 21)] {
        let threshold = Threshold::new(k, n).unwrap();
        assert_eq!(threshold.faults(), faults, "{k} of {n}");
        assert_eq!((threshold.signers(), threshold.attesters()), (k, n));
    }
    for (k, n) in [(0, 0), (1, 1), (2, 3), (3, 3), (2, 4), (4, 4), (3, 5), (44, 65)] {
        assert_eq!(Threshold::new(k, n), Err(IdentityRejection::BadThreshold { k, n }));
    }
}

#[test]
fn index_outside_one_to_the_bound_is_refused() {
    for index in [0, MAX_ATTESTERS + 1, u16::MAX] {
        let rejection = IdentityRejection::IndexOutOfRange { index };
        assert_eq!(AttesterIndex::new(index), Err(rejection));
    }
}

#[test]
fn roster_finds_its_members_only() {
    let roster = roster(3, 4);
    assert_eq!(roster.index_of(identity(3)), Some(index(3)));
    assert_eq!(roster.identity(index(3)), Some(identity(3)));
    assert_eq!(roster.index_of(identity(5)), None);
    assert_eq!(roster.identity(index(5)), None);
}

#[test]
fn identity_that_is_listed_twice_is_refused() {
    let identities = [1, 2, 3, 2].map(identity).to_vec();
    let rejection = IdentityRejection::DuplicateIdentity { index: index(4), identity: identity(2) };
    assert_eq!(Roster::new(Threshold::new(3, 4).unwrap(), identities), Err(rejection));
}

#[test]
fn identities_of_another_number_are_refused() {
    let identities = [1, 2, 3].map(identity).to_vec();
    let rejection = IdentityRejection::WrongCount { listed: 3, expected: 4 };
    assert_eq!(Roster::new(Threshold::new(3, 4).unwrap(), identities), Err(rejection));
}

proptest! {
    /// Exactly the pairs for which some f >= 1 satisfies both conditions, and the greatest such f.
    #[test]
    fn threshold_is_the_rule(k in any::<u16>(), n in 0..=2 * MAX_ATTESTERS) {
        let holds = |f: &u32| {
            2 * u32::from(k) > u32::from(n) + f && u32::from(k) + f <= u32::from(n)
        };
        let greatest = (1..=u32::from(n)).filter(holds).max();
        let allowed = greatest.filter(|_| n <= MAX_ATTESTERS);
        let found = Threshold::new(k, n).ok().map(Threshold::faults);
        prop_assert_eq!(found.map(u32::from), allowed);
    }
}
