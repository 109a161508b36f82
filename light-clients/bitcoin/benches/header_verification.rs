//! How many headers one core verifies: from raw bytes, and into the chain in memory.

use bitcoin::block::{Header, Version};
use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash as _;
use bitcoin::{Network, Target, TxMerkleNode};
use criterion::{Criterion, Throughput};
use farbank_bitcoin_light_client::verify::verify_raw;
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, HeaderChain};
use farbank_types::{BitcoinHeight, UnixTime};

const HEADERS: u32 = 200_000;
const NOW: UnixTime = UnixTime::new(4_000_000_000);

/// Mines a regtest chain; every second try meets the target.
fn mine(count: u32) -> Vec<Header> {
    let genesis = Checkpoint::genesis(Network::Regtest).header;
    let target = Target::from_compact(genesis.bits);
    let mut headers = vec![genesis];
    let mut parent = genesis;
    for at in 1..count {
        let mut header = Header {
            version: Version::TWO,
            prev_blockhash: parent.block_hash(),
            merkle_root: TxMerkleNode::all_zeros(),
            time: genesis.time + at * 600,
            bits: genesis.bits,
            nonce: 0,
        };
        while !target.is_met_by(header.block_hash()) {
            header.nonce += 1;
        }
        headers.push(header);
        parent = header;
    }
    headers
}

fn header_verification(criterion: &mut Criterion) {
    let headers = mine(HEADERS);
    let raw: Vec<u8> = headers.iter().flat_map(serialize).collect();
    let rules = ChainRules::for_network(Network::Regtest);
    let genesis = Checkpoint::genesis(Network::Regtest);

    let mut group = criterion.benchmark_group("header_verification");
    group.throughput(Throughput::Elements(u64::from(HEADERS))).sample_size(20);
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            verify_raw(Network::Regtest, BitcoinHeight::new(0), None, &raw, NOW).expect("valid")
        });
    });
    group.bench_function("import", |bencher| {
        bencher.iter(|| {
            let mut chain = HeaderChain::new(rules, genesis.clone()).expect("valid");
            for batch in headers.chunks(2_000) {
                chain.import(batch, NOW).expect("valid");
            }
            chain.tip()
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    header_verification(&mut criterion);
    criterion.final_summary();
}
