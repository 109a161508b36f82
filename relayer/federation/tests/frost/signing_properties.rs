//! Sessions among attesters of any behaviour: they end, with valid signatures when enough are honest, and
//! the honest are never blamed.

use std::collections::BTreeMap;

use farbank_federation::identity::AttesterIndex;
use farbank_federation::signing::{Coordinator, CoordinatorStep, SignatureShares, SigningSet};
use proptest::prelude::*;

use crate::support::{batch, index, rng, subsets, Attesters};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behaviour {
    Honest,
    NeverCommits,
    NeverSigns,
    RefusesToCommit,
    RefusesToSign,
    CommitsToFewerInputs,
    SignsFewerInputs,
    SignsWithOtherNonces,
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    prop_oneof![
        4 => Just(Behaviour::Honest),
        1 => Just(Behaviour::NeverCommits),
        1 => Just(Behaviour::NeverSigns),
        1 => Just(Behaviour::RefusesToCommit),
        1 => Just(Behaviour::RefusesToSign),
        1 => Just(Behaviour::CommitsToFewerInputs),
        1 => Just(Behaviour::SignsFewerInputs),
        1 => Just(Behaviour::SignsWithOtherNonces),
    ]
}

struct Simulation {
    attesters: Attesters,
    coordinator: Coordinator,
    behaviours: BTreeMap<AttesterIndex, Behaviour>,
}

impl Simulation {
    /// Lets the asked ones answer the proposal, in this order; nothing when all did and nothing followed.
    fn commit(&mut self, order: &[AttesterIndex]) -> Option<CoordinatorStep> {
        let (session, mut random) = (self.coordinator.session(), rng(90));
        for signer in order {
            let inputs = match self.behaviours[signer] {
                Behaviour::NeverCommits => continue,
                Behaviour::CommitsToFewerInputs => 1,
                _ => 2,
            };
            let step = if self.behaviours[signer] == Behaviour::RefusesToCommit {
                self.coordinator.refused(*signer, session, &mut random)
            } else {
                let commitments = self.attesters.commit(*signer, session, &batch(inputs));
                self.coordinator.committed(*signer, session, commitments)
            };
            match step.unwrap() {
                CoordinatorStep::Wait => {}
                step => return Some(step),
            }
        }
        None
    }

    fn sign(&mut self, set: &SigningSet, salt: u64) -> Option<CoordinatorStep> {
        let mut random = rng(salt);
        for signer in set.signers.keys() {
            let shares = match self.behaviours[signer] {
                Behaviour::NeverSigns => continue,
                Behaviour::RefusesToSign => None,
                Behaviour::SignsFewerInputs => Some(fewer(self.honest(*signer, set))),
                Behaviour::SignsWithOtherNonces => Some(self.other(*signer, set)),
                _ => Some(self.honest(*signer, set)),
            };
            let step = match shares {
                None => self.coordinator.refused(*signer, set.session, &mut random),
                Some(shares) => self.coordinator.signed(*signer, set.session, shares, &mut random),
            };
            match step.unwrap() {
                CoordinatorStep::Wait => {}
                step => return Some(step),
            }
        }
        None
    }

    fn honest(&mut self, signer: AttesterIndex, set: &SigningSet) -> SignatureShares {
        self.attesters.sign(signer, set).unwrap()
    }

    fn other(&mut self, signer: AttesterIndex, set: &SigningSet) -> SignatureShares {
        let signers = &self.attesters.signers;
        let (held, commitments) =
            signers[&signer].commit(set.session, batch(2), &mut self.attesters.rng);
        let mut other = set.clone();
        other.signers.insert(signer, commitments);
        signers[&signer].sign(held, &other).unwrap()
    }
}

fn fewer(shares: SignatureShares) -> SignatureShares {
    let mut shares: Vec<_> = shares.into();
    shares.pop();
    SignatureShares::try_from(shares).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn session_ends_and_blames_no_honest_signer(
        behaviours in prop::collection::vec(behaviour(), 4),
        order in Just([1, 2, 3, 4].map(index).to_vec()).prop_shuffle(),
    ) {
        let attesters = Attesters::new(91);
        let (coordinator, mut step) = Coordinator::start(attesters.group(), batch(2), &mut rng(92));
        let behaviours: BTreeMap<_, _> = (1..).map(index).zip(behaviours.iter().copied()).collect();
        let honest = behaviours.values().filter(|found| **found == Behaviour::Honest).count();
        let mut simulation = Simulation { attesters, coordinator, behaviours };
        // An attempt has at most four messages or ends of waiting, and every attempt loses a signer.
        let mut rounds = 0_u64;
        loop {
            rounds += 1;
            prop_assert!(rounds <= 12);
            let next = match &step {
                CoordinatorStep::Propose { attesters, .. } => {
                    let mut asked = order.clone();
                    asked.retain(|index| attesters.contains(index));
                    simulation.commit(&asked)
                }
                CoordinatorStep::Sign(set) => simulation.sign(set, 100 + rounds),
                CoordinatorStep::Wait => None,
                CoordinatorStep::Done(signatures) => {
                    prop_assert_eq!(signatures.len(), 2);
                    break;
                }
                CoordinatorStep::Failed(failure) => {
                    prop_assert!(honest < 3, "{failure:?}");
                    break;
                }
            };
            step = match next {
                Some(next) => next,
                None => simulation.coordinator.timed_out(&mut rng(200 + rounds)).unwrap(),
            };
        }
        for blamed in simulation.coordinator.faults().keys() {
            prop_assert_ne!(simulation.behaviours[blamed], Behaviour::Honest);
        }
    }
}

#[test]
fn subsets_are_all_there() {
    let all = [1, 2, 3, 4].map(index);
    let sizes = [0, 1, 2, 3, 4].map(|k| subsets(&all, k).len());
    assert_eq!(sizes, [1, 4, 6, 4, 1]);
}
