//! What a federation computes: the key of four attesters, and the signatures of a transaction of 25
//! inputs by three of them. All parties in one process on one thread, so a real federation, where the
//! signers work side by side, needs less.

#![allow(missing_docs, reason = "criterion's macro makes an undocumented function")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::collections::{BTreeMap, VecDeque};

use criterion::{criterion_group, criterion_main, Criterion};
use farbank_federation::dkg::{CeremonyId, DkgStatus, Participant};
use farbank_federation::identity::{AttesterIndex, Roster, Threshold};
use farbank_federation::share::KeyShare;
use farbank_federation::signing::{
    Coordinator, CoordinatorStep, SignatureShares, Signer, SigningBatch, SigningItem,
};
use farbank_types::PeerIdentity;
use rand_chacha::rand_core::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

fn generate(rng: &mut ChaCha20Rng) -> Vec<KeyShare> {
    let identities = (1..=4_u8).map(|index| PeerIdentity::new([index; 32])).collect();
    let roster = Roster::new(Threshold::new(3, 4).unwrap(), identities).unwrap();
    let ceremony = CeremonyId::new(&roster, b"bench");
    let (mut participants, mut wire) = (BTreeMap::new(), VecDeque::new());
    for index in roster.threshold().indices() {
        let (participant, send) = Participant::start(roster.clone(), index, ceremony, rng).unwrap();
        participants.insert(index, participant);
        wire.extend(send.into_iter().map(|outgoing| (index, outgoing)));
    }
    let mut shares = Vec::new();
    while let Some((sender, outgoing)) = wire.pop_front() {
        let receiver: AttesterIndex = outgoing.to;
        let participant = participants.get_mut(&receiver).unwrap();
        let progress = participant.receive(sender, outgoing.message).unwrap();
        wire.extend(progress.send.into_iter().map(|outgoing| (receiver, outgoing)));
        if let DkgStatus::Finished(outcome) = progress.status {
            shares.push(outcome.share);
        }
    }
    shares
}

fn sign(signers: &[Signer], batch: &SigningBatch, rng: &mut ChaCha20Rng) -> CoordinatorStep {
    let group = signers[0].share().group().clone();
    let (mut coordinator, mut step) = Coordinator::start(group, batch.clone(), rng);
    let session = coordinator.session();
    let mut held = Vec::new();
    for signer in &signers[..3] {
        let (nonces, commitments) = signer.commit(session, batch.clone(), rng);
        held.push(nonces);
        step = coordinator.committed(signer.share().index(), session, commitments).unwrap();
    }
    let CoordinatorStep::Sign(set) = step else { return step };
    let shares: Vec<SignatureShares> =
        signers.iter().zip(held).map(|(signer, held)| signer.sign(held, &set).unwrap()).collect();
    let mut step = CoordinatorStep::Wait;
    for (signer, shares) in signers.iter().zip(shares) {
        step = coordinator.signed(signer.share().index(), session, shares, rng).unwrap();
    }
    step
}

fn benchmark(criterion: &mut Criterion) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut group = criterion.benchmark_group("signing");
    group.sample_size(20);
    group.bench_function("key generation of 4", |bencher| bencher.iter(|| generate(&mut rng)));
    let signers: Vec<_> = generate(&mut rng).into_iter().map(Signer::new).collect();
    let item = |input: u8| SigningItem {
        message: [input; 32],
        merkle_root: (input > 0).then_some([input; 32]),
    };
    let batch = SigningBatch::new((0..25).map(item).collect()).unwrap();
    group.bench_function("25 inputs, 3 of 4", |bencher| {
        bencher
            .iter(|| assert!(matches!(sign(&signers, &batch, &mut rng), CoordinatorStep::Done(_))));
    });
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
