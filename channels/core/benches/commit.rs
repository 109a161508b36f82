//! Payments a second through the machines of both ends of one channel, on one core and without a log
//! or a transport: locks offered, fulfilled and unlocked, with as many under one signature as given.
//! Beside it the limit of secp256k1: one signature and one recovery.

#![allow(missing_docs, reason = "criterion's macro makes an undocumented function")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "only a few outputs matter here")]

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use farbank_channels::channel::{
    ChainEvent, Channel, ChannelInput, ChannelOutput, ChannelParameters, OpIntent,
};
use farbank_channels::domain::{ChannelTerms, Digest, Party, RawTerms};
use farbank_channels::message::ChannelMessage;
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::{ChallengePeriod, Preimage, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};

const NOW: UnixTime = UnixTime::new(1_700_000_000);

struct End {
    key: NodeKey,
    channel: Channel,
}

impl End {
    /// Applies an input; returns what is to be sent and whose locks were offered.
    fn apply(&mut self, input: &ChannelInput) -> Vec<ChannelOutput> {
        self.channel.apply(input, NOW, &self.key).unwrap()
    }
}

fn ends() -> [End; 2] {
    let mut keys = [1_u8, 2].map(|seed| NodeKey::from_bytes(&[seed; 32]).unwrap());
    keys.sort_by_key(|key| key.node_id().address());
    let ids = [keys[0].node_id(), keys[1].node_id()];
    let terms = ChannelTerms::new(RawTerms {
        chain_id: ChainId::new(1),
        contract: EvmAddress::repeat_byte(0xc0),
        party_a: ids[0].address(),
        party_b: ids[1].address(),
        token: EvmAddress::repeat_byte(0x70),
        challenge: ChallengePeriod::new(86_400),
        salt: B256::ZERO,
    })
    .unwrap();
    let mut at = 0;
    keys.map(|key| {
        let other = ids[1 - at];
        at += 1;
        let channel =
            Channel::new(terms, ChannelParameters::PRODUCTION, key.node_id(), other).unwrap();
        let mut end = End { key, channel };
        let total = TokenAmount::new(u128::from(u64::MAX));
        end.apply(&ChannelInput::Chain(ChainEvent::Funded { of: Party::A, total }));
        end.apply(&ChannelInput::Chain(ChainEvent::Head { time: NOW }));
        end
    })
}

/// Delivers what one end says to the other, over the wire form.
fn deliver(outputs: Vec<ChannelOutput>, to: &mut End) -> Vec<ChannelOutput> {
    let mut said = Vec::new();
    for output in outputs {
        let ChannelOutput::Send(message) = output else { continue };
        let bytes = message.encode().unwrap();
        let message = ChannelMessage::decode(&bytes).unwrap();
        said.extend(to.apply(&ChannelInput::Received(message)));
    }
    said
}

fn open() -> [End; 2] {
    let [mut a, mut b] = ends();
    let (from_a, from_b) = (a.apply(&ChannelInput::LinkUp), b.apply(&ChannelInput::LinkUp));
    deliver(from_a, &mut b);
    deliver(from_b, &mut a);
    for _ in 0..3 {
        let from_b = b.apply(&ChannelInput::Tick);
        deliver(from_b, &mut a);
        let from_a = a.apply(&ChannelInput::Tick);
        deliver(from_a, &mut b);
    }
    [a, b]
}

/// So many payments from their locks to their transfers.
fn round([a, b]: &mut [End; 2], preimages: &[Preimage], onion: &[u8]) {
    for preimage in preimages {
        let expiry = NOW.saturating_add_secs(3_600);
        a.apply(&ChannelInput::Propose(OpIntent::Add {
            amount: TokenAmount::new(1_000),
            expiry,
            hash: preimage.hash(),
            onion: onion.to_vec(),
            unlock_until: expiry,
        }));
    }
    let from_a = a.apply(&ChannelInput::Tick);
    let offered = deliver(from_a, b);
    let locks = offered.into_iter().filter_map(|output| match output {
        ChannelOutput::LockOffered { lock, .. } => Some(lock.id),
        _ => None,
    });
    for (lock, preimage) in locks.zip(preimages) {
        b.apply(&ChannelInput::Propose(OpIntent::Fulfil { lock, preimage: *preimage }));
    }
    let from_b = b.apply(&ChannelInput::Tick);
    deliver(from_b, a);
    let from_a = a.apply(&ChannelInput::Tick);
    deliver(from_a, b);
    let from_b = b.apply(&ChannelInput::Tick);
    deliver(from_b, a);
}

fn payments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("payments");
    for (name, count, onion) in [
        ("1 under a signature", 1_u8, 40),
        ("16 under a signature", 16, 40),
        ("16 with full onions", 16, 1_367),
        ("64 under a signature", 64, 40),
    ] {
        let preimages: Vec<Preimage> = (0..count).map(|seed| Preimage::new([seed; 32])).collect();
        let onion = vec![7; onion];
        let mut pair = open();
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(name, |bencher| bencher.iter(|| round(&mut pair, &preimages, &onion)));
    }
    group.finish();
}

fn limit(criterion: &mut Criterion) {
    let key = NodeKey::from_bytes(&[1; 32]).unwrap();
    let digest = Digest::new(B256::repeat_byte(5));
    let signature = key.sign(digest);
    criterion.bench_function("secp256k1 sign", |bencher| bencher.iter(|| key.sign(digest)));
    criterion.bench_function("secp256k1 recover", |bencher| {
        bencher.iter(|| signature.recover(digest).unwrap());
    });
}

criterion_group!(benches, payments, limit);
criterion_main!(benches);
