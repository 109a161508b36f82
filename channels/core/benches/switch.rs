//! What payments through one hop cost all three nodes together, full onions included: the machines
//! alone, on one thread, without transport and log.

#![allow(missing_docs, reason = "criterion's macro makes an undocumented function")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a benchmark counts what it needs")]

use criterion::{criterion_group, criterion_main, BatchSize, Criterion, Throughput};
use farbank_channels::channel::{ChainEvent, ChannelParameters};
use farbank_channels::domain::{ChannelTerms, Party, RawTerms};
use farbank_channels::payload::{AssetKey, PaymentSecret};
use farbank_channels::signature::{ChannelSigner as _, NodeId, NodeKey};
use farbank_channels::switch::{
    AssetPolicy, Charge, Destination, Expected, PayCommand, PaymentRequest, Registry, Route,
    Switch, SwitchConfig, SwitchInput, SwitchOutput, Via,
};
use farbank_channels::units::{ChallengePeriod, Preimage, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};

const NOW: UnixTime = UnixTime::new(1_800_000_000);
/// Payments at a time: half of the locks that one peer may have.
const PAYMENTS: u8 = 32;

fn asset() -> AssetKey {
    AssetKey {
        chain: ChainId::new(1_337),
        contract: EvmAddress::repeat_byte(0xc0),
        token: EvmAddress::repeat_byte(0xee),
    }
}

fn config() -> SwitchConfig {
    let zero = TokenAmount::ZERO;
    let policy = AssetPolicy { min_lock: zero, fee_base: zero, fee_ppm: 1_000 };
    SwitchConfig {
        assets: [(asset(), policy)].into_iter().collect(),
        channel: ChannelParameters::PRODUCTION,
        hop_delta_secs: 60,
        registry_delta_secs: 1_800,
        max_locks_per_peer: 64,
        max_value_percent: 25,
        max_incoming_locks: 1_000,
        replay_capacity: 1_000_000,
        quote_capacity: 100,
        keep_ended_secs: 600,
    }
}

#[derive(Clone)]
struct Nodes {
    switches: Vec<Switch>,
}

impl Nodes {
    fn open(keys: &[NodeKey; 3]) -> Self {
        let ids = keys.each_ref().map(NodeKey::node_id);
        let switches = ids.map(|id| Switch::new(id, config())).into();
        let mut nodes = Self { switches };
        for (one, two) in [(0, 1), (1, 2)] {
            let addresses = [ids[one].address(), ids[two].address()];
            let terms = ChannelTerms::new(RawTerms {
                chain_id: asset().chain,
                contract: asset().contract,
                party_a: addresses[0].min(addresses[1]),
                party_b: addresses[0].max(addresses[1]),
                token: asset().token,
                challenge: ChallengePeriod::new(7_200),
                salt: B256::ZERO,
            })
            .unwrap();
            for (node, peer) in [(one, ids[two]), (two, ids[one])] {
                nodes.apply(keys, node, SwitchInput::Open { terms, peer });
                for of in [Party::A, Party::B] {
                    let event = ChainEvent::Funded { of, total: TokenAmount::new(1 << 40) };
                    nodes.apply(keys, node, SwitchInput::Channel { id: terms.id(), event });
                }
            }
        }
        let (registry, event) = (Registry::from(asset()), ChainEvent::Head { time: NOW });
        for node in 0..3 {
            nodes.apply(keys, node, SwitchInput::Registry { registry, event });
        }
        let pairs = [(0, 1), (1, 0), (1, 2), (2, 1)];
        let wire = pairs.map(|(node, peer)| (node, SwitchInput::LinkUp(ids[peer])));
        nodes.run(keys, wire.into());
        nodes
    }

    fn apply(&mut self, keys: &[NodeKey; 3], node: usize, input: SwitchInput) -> Vec<SwitchOutput> {
        self.switches[node].apply(&input, NOW, &keys[node]).unwrap()
    }

    /// Applies inputs, has every node sign once all of its own came, and goes on with what that led to.
    fn run(&mut self, keys: &[NodeKey; 3], mut inputs: Vec<(usize, SwitchInput)>) -> usize {
        let mut paid = 0;
        while !inputs.is_empty() {
            inputs.extend((0..3).map(|node| (node, SwitchInput::Tick)));
            let mut next = Vec::new();
            for (node, input) in inputs {
                for output in self.apply(keys, node, input) {
                    match output {
                        SwitchOutput::Send { peer, message } => {
                            let to = self.index(peer);
                            let peer = keys[node].node_id();
                            next.push((to, SwitchInput::Received { peer, message }));
                        }
                        SwitchOutput::PaymentEnded { .. } => paid += 1,
                        _ => {}
                    }
                }
            }
            inputs = next;
        }
        paid
    }

    fn index(&self, id: NodeId) -> usize {
        self.switches.iter().position(|switch| switch.node() == id).unwrap()
    }
}

/// What the payee expects and the payer wants, for one payment.
fn payment(keys: &[NodeKey; 3], seed: u8) -> [(usize, SwitchInput); 2] {
    let preimage = Preimage::new([seed; 32]);
    let (payment_hash, amount) = (preimage.hash(), TokenAmount::new(1_000));
    let (secret, payee) = (PaymentSecret::new([seed; 32]), keys[2].node_id());
    let expires_at = NOW.saturating_add_secs(600);
    let destination = Destination {
        node: payee,
        asset: asset(),
        amount,
        expiry: NOW.saturating_add_secs(2_000),
        payment_hash,
    };
    let charge = Charge::Fee { base: TokenAmount::ZERO, ppm: 1_000 };
    let via = Via { node: keys[1].node_id(), charge, delta_secs: 60 };
    let route = Route::plan(&destination, &[via], NOW).unwrap();
    let expected = Expected {
        payment_hash,
        preimage: Some(preimage),
        secret: secret.clone(),
        asset: asset(),
        amount: Some(amount),
        expires_at,
        min_lock_secs: 0,
    };
    let request = PaymentRequest {
        payment_hash,
        secret,
        payee,
        asset: asset(),
        amount,
        expires_at,
        uetr: None,
        meta_hash: None,
        max_amount_in: TokenAmount::new(2_000),
    };
    let command = PayCommand { request, routes: vec![route], entropy: [seed; 32] };
    [(2, SwitchInput::Expect(expected)), (0, SwitchInput::Pay(Box::new(command)))]
}

fn routed(criterion: &mut Criterion) {
    let keys = [1, 2, 3].map(|seed| NodeKey::from_bytes(&[seed; 32]).unwrap());
    let nodes = Nodes::open(&keys);
    let inputs: Vec<_> = (1..=PAYMENTS).flat_map(|seed| payment(&keys, seed)).collect();
    let mut group = criterion.benchmark_group("switch");
    group.throughput(Throughput::Elements(PAYMENTS.into()));
    group.bench_function("routed_payments_three_nodes", |bencher| {
        bencher.iter_batched(
            || (nodes.clone(), inputs.clone()),
            |(mut nodes, inputs)| {
                assert_eq!(nodes.run(&keys, inputs), usize::from(PAYMENTS));
                nodes
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, routed);
criterion_main!(benches);
