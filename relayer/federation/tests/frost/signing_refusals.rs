//! What a signer refuses; each refusal costs the nonces.

use farbank_federation::signing::{
    BatchRejection, OpenSessions, SessionId, SigningBatch, SigningItem, SigningRefusal, SigningSet,
    MAX_INPUTS, SESSIONS_PER_PEER,
};
use farbank_types::PeerIdentity;

use crate::support::{batch, index, relayer, Attesters};

const SESSION: SessionId = SessionId::new([7; 32]);

/// Commitments of the listed attesters to `inputs` inputs.
fn committed(attesters: &mut Attesters, signers: &[u16], inputs: u8) -> SigningSet {
    let batch = batch(inputs);
    let signers = signers
        .iter()
        .map(|signer| (index(*signer), attesters.commit(index(*signer), SESSION, &batch)))
        .collect();
    SigningSet { session: SESSION, signers }
}

#[test]
fn nonces_sign_once() {
    let mut attesters = Attesters::new(60);
    let set = committed(&mut attesters, &[1, 2, 3], 1);
    attesters.sign(index(1), &set).unwrap();
    let refusal = SigningRefusal::UnknownSession { session: SESSION };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn refusal_costs_the_nonces() {
    let mut attesters = Attesters::new(61);
    let set = committed(&mut attesters, &[1, 2, 3], 1);
    let mut fewer = set.clone();
    fewer.signers.remove(&index(3));
    let refusal = SigningRefusal::WrongSignerCount { found: 2, expected: 3 };
    assert_eq!(attesters.sign(index(1), &fewer), Err(refusal));
    let refusal = SigningRefusal::UnknownSession { session: SESSION };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn more_signers_than_the_threshold_are_refused() {
    let mut attesters = Attesters::new(62);
    let set = committed(&mut attesters, &[1, 2, 3, 4], 1);
    let refusal = SigningRefusal::WrongSignerCount { found: 4, expected: 3 };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn signer_off_the_roster_is_refused() {
    let mut attesters = Attesters::new(63);
    let mut set = committed(&mut attesters, &[1, 2, 3], 1);
    let commitments = set.signers.remove(&index(3)).unwrap();
    set.signers.insert(index(5), commitments);
    let refusal = SigningRefusal::UnknownSigner { signer: index(5) };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn set_that_leaves_the_signer_out_is_refused() {
    let mut attesters = Attesters::new(64);
    let set = committed(&mut attesters, &[2, 3, 4], 1);
    committed(&mut attesters, &[1], 1);
    let refusal = SigningRefusal::ForeignCommitments { signer: index(1) };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn commitments_that_the_signer_never_made_are_refused() {
    let mut attesters = Attesters::new(65);
    let mut set = committed(&mut attesters, &[1, 2, 3], 1);
    let other = set.signers[&index(2)].clone();
    set.signers.insert(index(1), other);
    let refusal = SigningRefusal::ForeignCommitments { signer: index(1) };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn commitments_to_another_number_of_inputs_name_their_signer() {
    let mut attesters = Attesters::new(66);
    let mut set = committed(&mut attesters, &[1, 2], 2);
    set.signers.extend(committed(&mut attesters, &[3], 1).signers);
    let refusal = SigningRefusal::WrongInputCount { signer: index(3), found: 1, expected: 2 };
    assert_eq!(attesters.sign(index(1), &set), Err(refusal));
}

#[test]
fn nonces_serve_their_session_only() {
    let mut attesters = Attesters::new(67);
    let mut set = committed(&mut attesters, &[1, 2, 3], 1);
    let held = attesters.sessions.get_mut(&index(1)).unwrap().take(relayer(), SESSION).unwrap();
    set.session = SessionId::new([8; 32]);
    let refusal = SigningRefusal::WrongSession { found: set.session, expected: SESSION };
    assert_eq!(attesters.signers[&index(1)].sign(held, &set), Err(refusal));
}

#[test]
fn another_peer_cannot_use_a_session() {
    let mut attesters = Attesters::new(68);
    committed(&mut attesters, &[1], 1);
    let sessions = attesters.sessions.get_mut(&index(1)).unwrap();
    let stranger = PeerIdentity::new([0xdd; 32]);
    let refusal = SigningRefusal::UnknownSession { session: SESSION };
    assert_eq!(sessions.take(stranger, SESSION).unwrap_err(), refusal);
    assert!(sessions.take(relayer(), SESSION).is_ok());
}

#[test]
fn session_is_opened_once() {
    let mut attesters = Attesters::new(69);
    let set = committed(&mut attesters, &[1, 2, 3], 1);
    let (again, _) = attesters.signers[&index(1)].commit(SESSION, batch(1), &mut attesters.rng);
    let sessions = attesters.sessions.get_mut(&index(1)).unwrap();
    let refusal = SigningRefusal::SessionInUse { session: SESSION };
    assert_eq!(sessions.open(relayer(), again), Err(refusal));
    assert!(attesters.sign(index(1), &set).is_ok());
}

#[test]
fn oldest_session_makes_way_for_new_ones_of_its_peer() {
    let mut attesters = Attesters::new(70);
    let mut sessions = OpenSessions::new();
    let names: Vec<_> = (0..=SESSIONS_PER_PEER)
        .map(|name| SessionId::new([u8::try_from(name).unwrap(); 32]))
        .collect();
    let signer = &attesters.signers[&index(1)];
    let other = PeerIdentity::new([0xdd; 32]);
    sessions.open(other, signer.commit(SESSION, batch(1), &mut attesters.rng).0).unwrap();
    for name in &names {
        sessions.open(relayer(), signer.commit(*name, batch(1), &mut attesters.rng).0).unwrap();
    }
    assert_eq!(sessions.len(), SESSIONS_PER_PEER + 1);
    let refusal = SigningRefusal::UnknownSession { session: names[0] };
    assert_eq!(sessions.take(relayer(), names[0]).unwrap_err(), refusal);
    assert!(sessions.take(relayer(), names[1]).is_ok());
    assert!(sessions.take(other, SESSION).is_ok());
}

#[test]
fn batch_outside_one_to_the_bound_is_refused() {
    let item = SigningItem { message: [1; 32], merkle_root: None };
    for found in [0, MAX_INPUTS + 1] {
        let rejection = BatchRejection::BadSize { found };
        assert_eq!(SigningBatch::new(vec![item; found]), Err(rejection));
    }
    assert!(SigningBatch::new(vec![item; MAX_INPUTS]).is_ok());
}
