//! The coordinator among attesters that do not answer, refuse or cheat.

use farbank_federation::signing::{
    Coordinator, CoordinatorRejection, CoordinatorStep, NotEnoughSigners, SessionId,
    SignatureShares, SignerFault, SigningSet,
};
use rand_chacha::ChaCha20Rng;

use crate::support::{batch, index, rng, Attesters};

/// A session of two inputs.
struct Session {
    attesters: Attesters,
    coordinator: Coordinator,
    rng: ChaCha20Rng,
}

impl Session {
    fn start(seed: u64) -> Self {
        let (attesters, mut rng) = (Attesters::new(seed), rng(seed));
        let (coordinator, step) = Coordinator::start(attesters.group(), batch(2), &mut rng);
        let expected = CoordinatorStep::Propose {
            session: coordinator.session(),
            attesters: [1, 2, 3, 4].map(index).to_vec(),
        };
        assert_eq!(step, expected);
        Self { attesters, coordinator, rng }
    }

    fn commit(&mut self, signer: u16) -> Result<CoordinatorStep, CoordinatorRejection> {
        let session = self.coordinator.session();
        let commitments = self.attesters.commit(index(signer), session, &batch(2));
        self.coordinator.committed(index(signer), session, commitments)
    }

    fn commit_all(&mut self, signers: [u16; 3]) -> SigningSet {
        let mut step = CoordinatorStep::Wait;
        for signer in signers {
            assert_eq!(step, CoordinatorStep::Wait);
            step = self.commit(signer).unwrap();
        }
        let CoordinatorStep::Sign(set) = step else { panic!("{step:?}") };
        assert!(set.signers.keys().copied().eq(signers.map(index)));
        set
    }

    fn sign(&mut self, signer: u16, set: &SigningSet) -> CoordinatorStep {
        let shares = self.attesters.sign(index(signer), set).unwrap();
        self.send(signer, shares).unwrap()
    }

    fn send(
        &mut self,
        signer: u16,
        shares: SignatureShares,
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        let session = self.coordinator.session();
        self.coordinator.signed(index(signer), session, shares, &mut self.rng)
    }

    /// Shares of one attester for the messages, as good as any, but of other nonces.
    fn wrong_shares(&mut self, signer: u16, set: &SigningSet) -> SignatureShares {
        let mut other = Attesters::new(0x0bad);
        let mut other_set = set.clone();
        for (signer, commitments) in &mut other_set.signers {
            *commitments = other.commit(*signer, set.session, &batch(2));
        }
        other.sign(index(signer), &other_set).unwrap()
    }

    fn finish(&mut self, signers: [u16; 3]) {
        let set = self.commit_all(signers);
        let steps = signers.map(|signer| self.sign(signer, &set));
        assert!(matches!(&steps[2], CoordinatorStep::Done(signatures) if signatures.len() == 2));
    }
}

#[test]
fn first_three_that_commit_sign() {
    let mut session = Session::start(80);
    session.finish([1, 3, 4]);
    assert!(session.coordinator.faults().is_empty());
    assert!(session.coordinator.awaited().is_empty());
}

#[test]
fn bad_share_names_its_signer_and_others_sign() {
    let mut session = Session::start(81);
    let first = session.coordinator.session();
    let set = session.commit_all([1, 2, 3]);
    session.sign(1, &set);
    let wrong = session.wrong_shares(2, &set);
    session.send(2, wrong).unwrap();
    let step = session.sign(3, &set);
    let next = session.coordinator.session();
    let attesters = [1, 3, 4].map(index).to_vec();
    assert_eq!(step, CoordinatorStep::Propose { session: next, attesters });
    assert_ne!(next, first);
    let fault = SignerFault::BadShare { input: 0 };
    assert!(session.coordinator.faults().iter().eq([(&index(2), &fault)]));
    session.finish([1, 3, 4]);
}

#[test]
fn all_bad_shares_are_named_at_once() {
    let mut session = Session::start(82);
    let set = session.commit_all([1, 2, 3]);
    let wrong = [2, 3].map(|signer| session.wrong_shares(signer, &set));
    session.sign(1, &set);
    let steps = [2, 3].map(index).into_iter().zip(wrong).map(|(signer, shares)| {
        let name = session.coordinator.session();
        session.coordinator.signed(signer, name, shares, &mut session.rng).unwrap()
    });
    let failure = NotEnoughSigners {
        have: 2,
        need: 3,
        silent: vec![],
        refused: vec![],
        bad: [2, 3].map(index).to_vec(),
    };
    assert_eq!(steps.last(), Some(CoordinatorStep::Failed(failure)));
}

#[test]
fn silence_after_committing_brings_another_signer_and_new_nonces() {
    let mut session = Session::start(83);
    let set = session.commit_all([1, 2, 3]);
    session.sign(1, &set);
    session.sign(2, &set);
    assert_eq!(session.coordinator.awaited(), [index(3)]);
    let step = session.coordinator.timed_out(&mut session.rng).unwrap();
    assert!(matches!(step, CoordinatorStep::Propose { session: next, .. } if next != set.session));
    let again = session.commit_all([1, 2, 4]);
    assert_ne!(again.signers[&index(1)], set.signers[&index(1)]);
}

#[test]
fn too_few_that_answer_end_the_session() {
    let mut session = Session::start(84);
    session.commit(2).unwrap();
    let name = session.coordinator.session();
    let step = session.coordinator.refused(index(4), name, &mut session.rng).unwrap();
    assert_eq!(step, CoordinatorStep::Wait);
    let step = session.coordinator.timed_out(&mut session.rng).unwrap();
    let failure = NotEnoughSigners {
        have: 1,
        need: 3,
        silent: [1, 3].map(index).to_vec(),
        refused: vec![index(4)],
        bad: vec![],
    };
    assert_eq!(step, CoordinatorStep::Failed(failure));
    assert_eq!(session.commit(1), Err(CoordinatorRejection::Over));
    let over = session.coordinator.timed_out(&mut session.rng);
    assert_eq!(over, Err(CoordinatorRejection::Over));
}

#[test]
fn attester_that_cannot_be_asked_is_silent() {
    let mut session = Session::start(86);
    let name = session.coordinator.session();
    let rng = &mut session.rng;
    let step = session.coordinator.unreachable(index(2), name, rng).unwrap();
    assert_eq!(step, CoordinatorStep::Wait);
    let again = session.coordinator.unreachable(index(2), name, rng);
    assert_eq!(again, Err(CoordinatorRejection::NotAwaited { sender: index(2) }));
    let step = session.coordinator.refused(index(3), name, rng).unwrap();
    let (silent, refused) = (vec![index(2)], vec![index(3)]);
    let failure = NotEnoughSigners { have: 2, need: 3, silent, refused, bad: vec![] };
    assert_eq!(step, CoordinatorStep::Failed(failure));
}

#[test]
fn refusal_to_sign_starts_another_attempt() {
    let mut session = Session::start(85);
    let set = session.commit_all([1, 2, 3]);
    let step = session.coordinator.refused(index(1), set.session, &mut session.rng).unwrap();
    assert!(matches!(step, CoordinatorStep::Propose { .. }));
    session.finish([2, 3, 4]);
}

#[test]
fn answers_for_another_number_of_inputs_are_faults() {
    let mut session = Session::start(86);
    let name = session.coordinator.session();
    let commitments = session.attesters.commit(index(1), name, &batch(1));
    let step = session.coordinator.committed(index(1), name, commitments).unwrap();
    assert_eq!(step, CoordinatorStep::Wait);
    let fault = SignerFault::WrongInputCount { found: 1, expected: 2 };
    assert_eq!(session.coordinator.faults()[&index(1)], fault);
    session.finish([2, 3, 4]);
}

#[test]
fn late_repeated_and_foreign_answers_change_nothing() {
    let mut session = Session::start(87);
    let stale = SessionId::new([9; 32]);
    let name = session.coordinator.session();
    let commitments = session.attesters.commit(index(1), name, &batch(2));
    let coordinator = &mut session.coordinator;
    let wrong = CoordinatorRejection::WrongSession { found: stale, expected: name };
    assert_eq!(coordinator.committed(index(1), stale, commitments.clone()), Err(wrong));
    let stranger = CoordinatorRejection::UnknownSender { sender: index(5) };
    assert_eq!(coordinator.committed(index(5), name, commitments.clone()), Err(stranger));
    assert_eq!(
        coordinator.committed(index(1), name, commitments.clone()),
        Ok(CoordinatorStep::Wait)
    );
    let repeated = CoordinatorRejection::NotAwaited { sender: index(1) };
    assert_eq!(coordinator.committed(index(1), name, commitments), Err(repeated));
    session.commit(2).unwrap();
    let CoordinatorStep::Sign(set) = session.commit(3).unwrap() else { panic!() };
    let late = CoordinatorRejection::NotAwaited { sender: index(4) };
    assert_eq!(session.commit(4), Err(late));
    let shares = session.attesters.sign(index(1), &set).unwrap();
    assert_eq!(session.send(1, shares.clone()), Ok(CoordinatorStep::Wait));
    assert_eq!(session.send(1, shares), Err(repeated));
}

#[test]
fn shares_before_their_round_are_refused() {
    let mut session = Session::start(88);
    let set = Session::start(88).commit_all([1, 2, 3]);
    let shares = session.wrong_shares(1, &set);
    let early = CoordinatorRejection::NotAwaited { sender: index(1) };
    assert_eq!(session.send(1, shares), Err(early));
}
