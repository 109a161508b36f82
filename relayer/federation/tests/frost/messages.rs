//! Every message reads back as it was written, and the bounds hold the largest of each kind.

use std::collections::BTreeMap;

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::Transaction;
use farbank_federation::custody::SigningRequest;
use farbank_federation::dkg::{CeremonyId, DkgMessage, DkgRejection, DkgRound, Participant};
use farbank_federation::identity::MAX_ATTESTERS;
use farbank_federation::messages::{
    AttesterStatus, Hello, MessageRejection, Proposal, Refusal, Request, Response, PROTOCOL_VERSION,
};
use farbank_federation::policy::{PolicyRefusal, ViewRefusal};
use farbank_federation::signing::{Commitments, SessionId, SigningRefusal, SigningSet, MAX_INPUTS};
use farbank_types::{BitcoinHeight, EvmBlockNumber, B256};

use crate::support::{batch, index, key_of, rng, roster, Attesters, Ceremony};

const SESSION: SessionId = SessionId::new([7; 32]);

/// One of each request; all rounds of a key generation.
pub(crate) fn requests() -> Vec<Request> {
    let mut attesters = Attesters::new(110);
    let transaction = Transaction {
        version: Version(3),
        lock_time: LockTime::ZERO,
        input: vec![],
        output: vec![],
    };
    let request = SigningRequest { transaction, redemptions: vec![], deposits: vec![] };
    let proposal = Proposal { session: SESSION, key: key_of(&attesters), request };
    let commitments = attesters.commit(index(1), SESSION, &batch(2));
    let set = SigningSet { session: SESSION, signers: BTreeMap::from([(index(1), commitments)]) };
    let mut requests = vec![
        Request::Hello(Hello { instance: None }),
        Request::Hello(Hello { instance: Some(B256::repeat_byte(1)) }),
        Request::Propose(Box::new(proposal)),
        Request::Sign(set),
    ];
    requests.extend(ceremony().into_iter().map(Request::Dkg));
    requests
}

fn ceremony() -> Vec<DkgMessage> {
    let mut ceremony = Ceremony::start(&roster(3, 4), 111);
    let mut seen = Vec::new();
    while let Some((sender, outgoing)) = ceremony.wire.pop_front() {
        if sender == index(1) && outgoing.to == index(2) {
            seen.push(outgoing.message.clone());
        }
        ceremony.deliver(sender, outgoing);
    }
    assert_eq!(seen.len(), 4);
    seen
}

/// One of each response.
pub(crate) fn responses() -> Vec<Response> {
    let mut attesters = Attesters::new(112);
    let signers = [1, 2, 3]
        .map(|signer| (index(signer), attesters.commit(index(signer), SESSION, &batch(2))));
    let commitments = signers[0].1.clone();
    let set = SigningSet { session: SESSION, signers: BTreeMap::from(signers) };
    let shares = attesters.sign(index(1), &set).unwrap();
    let status = AttesterStatus {
        index: index(1),
        instance: Some(B256::repeat_byte(1)),
        group: Some(attesters.group().hash()),
        bitcoin_tip: Some(BitcoinHeight::new(800_000)),
        final_block: Some(EvmBlockNumber::new(12)),
    };
    let refusals = [
        Refusal::Message(MessageRejection::UnknownVersion { found: 9 }),
        Refusal::WrongInstance { ours: None, theirs: Some(B256::ZERO) },
        Refusal::NotAllowed,
        Refusal::NoShare { key: key_of(&attesters) },
        Refusal::NoCeremony,
        Refusal::Unavailable,
        Refusal::Policy(PolicyRefusal::View(ViewRefusal::Paused)),
        Refusal::Signing(SigningRefusal::UnknownSession { session: SESSION }),
        Refusal::Dkg(DkgRejection::Replayed { sender: index(2), round: DkgRound::Echo }),
    ];
    let mut responses = vec![
        Response::Status(status),
        Response::Committed { session: SESSION, commitments },
        Response::Signed { session: SESSION, shares },
        Response::DkgTaken,
    ];
    responses.extend(refusals.map(Response::Refused));
    responses
}

#[test]
fn requests_read_back() {
    for request in requests() {
        assert_eq!(Request::decode(&request.encode().unwrap()), Ok(request));
    }
}

#[test]
fn responses_read_back() {
    for response in responses() {
        assert_eq!(Response::decode(&response.encode().unwrap()), Ok(response));
    }
}

#[test]
fn refusals_have_their_own_names() {
    let names: Vec<_> = responses()
        .into_iter()
        .filter_map(|response| match response {
            Response::Refused(refusal) => Some(refusal.name()),
            _ => None,
        })
        .collect();
    let expected = [
        "UnknownVersion",
        "WrongInstance",
        "NotAllowed",
        "NoShare",
        "NoCeremony",
        "Unavailable",
        "Paused",
        "UnknownSession",
        "Replayed",
    ];
    assert_eq!(names, expected);
}

#[test]
fn largest_round_passes() {
    let mut attesters = Attesters::new(113);
    let largest = batch(u8::try_from(MAX_INPUTS).unwrap());
    let commitments: Commitments = attesters.commit(index(1), SESSION, &largest);
    let response = Response::Committed { session: SESSION, commitments: commitments.clone() };
    assert_eq!(Response::decode(&response.encode().unwrap()), Ok(response));
    let signers = (1..=MAX_ATTESTERS).map(|signer| (index(signer), commitments.clone())).collect();
    let bytes = Request::Sign(SigningSet { session: SESSION, signers }).encode().unwrap();
    assert!((290_000..300_000).contains(&bytes.len()), "{}", bytes.len());
}

#[test]
fn largest_key_generation_passes() {
    let roster = roster(63, 64);
    let ceremony = CeremonyId::new(&roster, b"largest");
    let (_, send) = Participant::start(roster, index(1), ceremony, &mut rng(114)).unwrap();
    assert_eq!(send.len(), 63);
    let bytes = Request::Dkg(send[0].message.clone()).encode().unwrap();
    assert!(bytes.len() < 2_400, "{}", bytes.len());
}

#[test]
fn bytes_that_are_no_message_are_named() {
    let version = PROTOCOL_VERSION;
    let hello = Request::Hello(Hello { instance: None }).encode().unwrap();
    let trailing = [hello.as_slice(), &[0, 0]].concat();
    let mut large = vec![0; 4 * 1024 + 1];
    large[0] = version;
    for (bytes, rejection) in [
        (vec![], MessageRejection::TooShort { found: 0 }),
        (vec![version], MessageRejection::TooShort { found: 1 }),
        (vec![version + 1, 0], MessageRejection::UnknownVersion { found: version + 1 }),
        (vec![version, 4], MessageRejection::UnknownKind { found: 4 }),
        (vec![version, 0], MessageRejection::Malformed),
        (vec![version, 2], MessageRejection::Malformed),
        (trailing, MessageRejection::TrailingBytes { left: 2 }),
        (large, MessageRejection::TooLarge { found: 4 * 1024 + 1, limit: 4 * 1024 }),
    ] {
        assert_eq!(Request::decode(&bytes), Err(rejection));
    }
}

#[test]
fn secret_shares_are_not_printed() {
    let messages = ceremony();
    let printed = format!("{:?}", messages[2]);
    assert!(printed.contains("Share(SecretShare)"), "{printed}");
}
