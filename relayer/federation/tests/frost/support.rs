//! Federations made by the real key generation, with a seed for all randomness.

use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;

use farbank_federation::dkg::{
    CeremonyId, DkgFailure, DkgOutcome, DkgStatus, Outgoing, Participant,
};
use farbank_federation::group::Group;
use farbank_federation::identity::{AttesterIndex, Roster, Threshold};
use farbank_federation::share::{KdfCost, KeyShare, Passphrase, SealedShare};
use farbank_federation::signing::{
    Commitments, Coordinator, CoordinatorStep, OpenSessions, SessionId, SignatureShares, Signer,
    SigningBatch, SigningItem, SigningRefusal, SigningSet,
};
use farbank_types::PeerIdentity;
use rand_chacha::rand_core::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use secp256k1::{schnorr, XOnlyPublicKey};
use zeroize::Zeroizing;

/// The least that Argon2 takes: these tests are not about its cost.
pub(crate) const CHEAP: KdfCost = KdfCost { memory_kib: 8, passes: 1, lanes: 1 };

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn index(index: u16) -> AttesterIndex {
    AttesterIndex::new(index).unwrap()
}

pub(crate) fn identity(index: u16) -> PeerIdentity {
    PeerIdentity::of_spki(&index.to_be_bytes())
}

pub(crate) fn roster(k: u16, n: u16) -> Roster {
    Roster::new(Threshold::new(k, n).unwrap(), (1..=n).map(identity).collect()).unwrap()
}

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
}

/// A ceremony whose messages wait on one wire.
pub(crate) struct Ceremony {
    pub(crate) participants: BTreeMap<AttesterIndex, Participant>,
    pub(crate) wire: VecDeque<(AttesterIndex, Outgoing)>,
    pub(crate) finished: BTreeMap<AttesterIndex, DkgOutcome>,
    pub(crate) failed: BTreeMap<AttesterIndex, DkgFailure>,
}

impl Ceremony {
    pub(crate) fn start(roster: &Roster, seed: u64) -> Self {
        let ceremony = CeremonyId::new(roster, b"test");
        let mut all = Self {
            participants: BTreeMap::new(),
            wire: VecDeque::new(),
            finished: BTreeMap::new(),
            failed: BTreeMap::new(),
        };
        let mut rng = rng(seed);
        for index in roster.threshold().indices() {
            let (participant, send) =
                Participant::start(roster.clone(), index, ceremony, &mut rng).unwrap();
            all.participants.insert(index, participant);
            all.wire.extend(send.into_iter().map(|outgoing| (index, outgoing)));
        }
        all
    }

    /// Delivers one message; a refusal is a mistake of the test.
    pub(crate) fn deliver(&mut self, sender: AttesterIndex, outgoing: Outgoing) {
        let receiver = outgoing.to;
        let participant = self.participants.get_mut(&receiver).unwrap();
        let progress = participant.receive(sender, outgoing.message).unwrap();
        self.wire.extend(progress.send.into_iter().map(|outgoing| (receiver, outgoing)));
        match progress.status {
            DkgStatus::Running => {}
            DkgStatus::Finished(outcome) => {
                assert!(self.finished.insert(receiver, *outcome).is_none());
            }
            DkgStatus::Failed(failure) => {
                assert!(self.failed.insert(receiver, failure).is_none());
            }
        }
    }

    /// Delivers everything in the order of sending; what reaches a participant that has ended is lost.
    pub(crate) fn run(&mut self) {
        while let Some((sender, outgoing)) = self.wire.pop_front() {
            if self.participants[&outgoing.to].round().is_some() {
                self.deliver(sender, outgoing);
            }
        }
    }
}

/// The shares of a 3-of-4 federation, made once: opened anew from their sealed form for each test.
pub(crate) fn shares() -> Vec<KeyShare> {
    static SEALED: OnceLock<Vec<SealedShare>> = OnceLock::new();
    let sealed = SEALED.get_or_init(|| {
        let mut ceremony = Ceremony::start(&roster(3, 4), 1);
        ceremony.run();
        let seal = |outcome: &DkgOutcome| {
            outcome.share.seal(&passphrase("test"), CHEAP, &mut rng(2)).unwrap()
        };
        ceremony.finished.values().map(seal).collect()
    });
    sealed.iter().map(|sealed| sealed.open(&passphrase("test")).unwrap()).collect()
}

/// Every way of choosing `k` of `all`, in ascending order.
pub(crate) fn subsets(all: &[AttesterIndex], k: usize) -> Vec<Vec<AttesterIndex>> {
    match (k, all.split_first()) {
        (0, _) => vec![Vec::new()],
        (_, None) => Vec::new(),
        (_, Some((first, rest))) => {
            let with = subsets(rest, k - 1).into_iter().map(|mut chosen| {
                chosen.insert(0, *first);
                chosen
            });
            with.chain(subsets(rest, k)).collect()
        }
    }
}

/// The attesters' side of signing, each with its own table of sessions.
pub(crate) struct Attesters {
    pub(crate) signers: BTreeMap<AttesterIndex, Signer>,
    pub(crate) sessions: BTreeMap<AttesterIndex, OpenSessions>,
    pub(crate) rng: ChaCha20Rng,
}

/// The relayer that all proposals come from.
pub(crate) fn relayer() -> PeerIdentity {
    PeerIdentity::new([0xee; 32])
}

impl Attesters {
    pub(crate) fn new(seed: u64) -> Self {
        let signers: BTreeMap<_, _> =
            shares().into_iter().map(|share| (share.index(), Signer::new(share))).collect();
        let sessions = signers.keys().map(|index| (*index, OpenSessions::new())).collect();
        Self { signers, sessions, rng: rng(seed) }
    }

    pub(crate) fn group(&self) -> Group {
        self.signers[&index(1)].share().group().clone()
    }

    pub(crate) fn commit(
        &mut self,
        index: AttesterIndex,
        session: SessionId,
        batch: &SigningBatch,
    ) -> Commitments {
        let (held, commitments) =
            self.signers[&index].commit(session, batch.clone(), &mut self.rng);
        self.sessions.get_mut(&index).unwrap().open(relayer(), held).unwrap();
        commitments
    }

    pub(crate) fn sign(
        &mut self,
        index: AttesterIndex,
        set: &SigningSet,
    ) -> Result<SignatureShares, SigningRefusal> {
        let held = self.sessions.get_mut(&index).unwrap().take(relayer(), set.session)?;
        self.signers[&index].sign(held, set)
    }
}

pub(crate) fn key_of(attesters: &Attesters) -> XOnlyPublicKey {
    attesters.group().federation_key()
}

/// Runs one attempt with the chosen attesters, in that order, in both rounds.
pub(crate) fn sign_with(
    attesters: &mut Attesters,
    batch: &SigningBatch,
    chosen: &[AttesterIndex],
) -> Vec<schnorr::Signature> {
    let mut rng = rng(20);
    let (mut coordinator, mut step) =
        Coordinator::start(attesters.group(), batch.clone(), &mut rng);
    let session = coordinator.session();
    assert!(matches!(step, CoordinatorStep::Propose { .. }));
    for index in chosen {
        let commitments = attesters.commit(*index, session, batch);
        step = coordinator.committed(*index, session, commitments).unwrap();
    }
    let CoordinatorStep::Sign(set) = step else { panic!("{step:?}") };
    let mut step = CoordinatorStep::Wait;
    for index in chosen {
        assert_eq!(step, CoordinatorStep::Wait);
        let shares = attesters.sign(*index, &set).unwrap();
        step = coordinator.signed(*index, session, shares, &mut rng).unwrap();
    }
    let CoordinatorStep::Done(signatures) = step else { panic!("{step:?}") };
    signatures
}

/// Returns a batch of `inputs` made-up messages: custody first, then deposits.
pub(crate) fn batch(inputs: u8) -> SigningBatch {
    let item = |input: u8| SigningItem {
        message: [input.wrapping_add(1); 32],
        merkle_root: (input > 0).then_some([input; 32]),
    };
    SigningBatch::new((0..inputs).map(item).collect()).unwrap()
}
