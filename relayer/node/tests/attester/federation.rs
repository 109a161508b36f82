//! A federation of four, made by the real key generation in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;

use bitcoin::secp256k1::rand::rngs::OsRng;
use farbank_federation::dkg::{CeremonyId, DkgStatus, Participant};
use farbank_federation::identity::{AttesterIndex, Roster, Threshold};
use farbank_federation::share::{KdfCost, KeyShare, Passphrase, SealedShare};
use farbank_transport::IdentityKey;
use zeroize::Zeroizing;

/// The least that Argon2 takes: these tests are not about its cost.
pub(crate) const CHEAP: KdfCost = KdfCost { memory_kib: 8, passes: 1, lanes: 1 };

pub(crate) fn index(number: u16) -> AttesterIndex {
    AttesterIndex::new(number).unwrap()
}

/// What the shares are sealed with.
pub(crate) const PASSPHRASE: &str = "test";

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new(Zeroizing::new(PASSPHRASE.into())).unwrap()
}

/// Members with their keys; the same in every test of this program.
pub(crate) fn identities() -> &'static [IdentityKey] {
    static KEYS: OnceLock<Vec<IdentityKey>> = OnceLock::new();
    KEYS.get_or_init(|| (0..4).map(|_| IdentityKey::generate().unwrap()).collect())
}

/// Their shares, opened anew from their sealed form for each test.
pub(crate) fn shares() -> Vec<KeyShare> {
    static SEALED: OnceLock<Vec<SealedShare>> = OnceLock::new();
    let sealed = SEALED.get_or_init(|| {
        let shares = generate();
        shares.iter().map(|share| share.seal(&passphrase(), CHEAP, &mut OsRng).unwrap()).collect()
    });
    sealed.iter().map(|sealed| sealed.open(&passphrase()).unwrap()).collect()
}

fn generate() -> Vec<KeyShare> {
    let identities = identities().iter().map(IdentityKey::identity).collect();
    let roster = Roster::new(Threshold::new(3, 4).unwrap(), identities).unwrap();
    let ceremony = CeremonyId::new(&roster, b"test");
    let (mut participants, mut wire) = (BTreeMap::new(), VecDeque::new());
    for index in roster.threshold().indices() {
        let (participant, send) =
            Participant::start(roster.clone(), index, ceremony, &mut OsRng).unwrap();
        participants.insert(index, participant);
        wire.extend(send.into_iter().map(|outgoing| (index, outgoing)));
    }
    let mut shares = BTreeMap::new();
    while let Some((sender, outgoing)) = wire.pop_front() {
        let receiver = outgoing.to;
        let participant = participants.get_mut(&receiver).unwrap();
        let progress = participant.receive(sender, outgoing.message).unwrap();
        wire.extend(progress.send.into_iter().map(|outgoing| (receiver, outgoing)));
        match progress.status {
            DkgStatus::Running => {}
            DkgStatus::Finished(outcome) => {
                shares.insert(receiver, outcome.share);
            }
            DkgStatus::Failed(failure) => panic!("{failure}"),
        }
    }
    shares.into_values().collect()
}
