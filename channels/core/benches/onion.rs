//! What an onion costs: the payer's making of one for two hops, a hop's peeling.

#![allow(missing_docs, reason = "criterion's macro makes an undocumented function")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion};
use farbank_channels::onion::{build, peel, OnionHop, SessionKey};
use farbank_channels::signature::{ChannelSigner as _, NodeKey};

const PAYMENT: [u8; 32] = [0x42; 32];

fn onions(criterion: &mut Criterion) {
    let keys = [1_u8, 2].map(|number| NodeKey::from_bytes(&[number; 32]).unwrap());
    let route = keys
        .each_ref()
        .map(|key| OnionHop { key: *key.node_id().public_key(), payload: vec![7; 130] });
    let session = SessionKey::new(&[0x41; 32]).unwrap();
    let packet = build(&session, &route, &PAYMENT).unwrap().packet;

    criterion.bench_function("onion/build_2_hops", |bencher| {
        bencher.iter(|| build(black_box(&session), &route, &PAYMENT).unwrap());
    });
    criterion.bench_function("onion/peel_forward", |bencher| {
        bencher.iter(|| peel(black_box(&packet), &PAYMENT, &keys[0]).unwrap());
    });
}

criterion_group!(benches, onions);
criterion_main!(benches);
