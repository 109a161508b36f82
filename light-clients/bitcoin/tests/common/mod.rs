//! What the tests share: recorded chains and a regtest miner.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::path::PathBuf;

use bitcoin::block::{Header, Version};
use bitcoin::consensus::encode::deserialize;
use bitcoin::hashes::{sha256d, Hash as _};
use bitcoin::{Block, BlockHash, Network, Target, TxMerkleNode};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, HeaderChain};
use farbank_types::{BitcoinHeight, UnixTime};
use serde_json::Value;

/// Later than every recorded or mined header.
pub(crate) const NOW: UnixTime = UnixTime::new(4_000_000_000);

pub(crate) fn vector_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name)
}

/// A file of the relay vectors.
pub(crate) struct RelayVectors(Value);

impl RelayVectors {
    pub(crate) fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(vector_path(name)).expect("vector file");
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    pub(crate) fn header(&self, name: &str) -> Header {
        parse(&self.0[name])
    }

    pub(crate) fn height(&self, name: &str) -> BitcoinHeight {
        BitcoinHeight::new(
            self.0[name]["height"].as_u64().expect("height").try_into().expect("fits"),
        )
    }

    pub(crate) fn headers(&self, name: &str) -> Vec<Header> {
        self.0[name].as_array().expect("list").iter().map(parse).collect()
    }

    /// The checkpoint that the file calls genesis, with nothing known before it.
    pub(crate) fn checkpoint(&self, epoch_start_time: u32) -> Checkpoint {
        Checkpoint {
            height: self.height("genesis"),
            header: self.header("genesis"),
            epoch_start_time: UnixTime::new(u64::from(epoch_start_time)),
            previous_times: Vec::new(),
        }
    }
}

fn parse(entry: &Value) -> Header {
    let hex = entry["hex"].as_str().expect("hex").trim_start_matches("0x");
    let header: Header = deserialize(&hex::decode(hex).expect("hex")).expect("header");
    let digest = entry["digest_le"].as_str().expect("digest").trim_start_matches("0x");
    assert_eq!(hex::encode(header.block_hash().to_byte_array()), digest, "the vector's own digest");
    header
}

pub(crate) fn mainnet_block() -> Block {
    let raw = std::fs::read(vector_path("mainnet-block-0000000000000000000c835b.raw"))
        .expect("vector file");
    deserialize(&raw).expect("block")
}

/// The headers of the file with a retarget at 554,400: the checkpoint 554,390 and 18 more.
pub(crate) fn retarget_chain() -> (Vec<Header>, UnixTime) {
    let vectors = RelayVectors::read("mainnet-headersWithRetarget.json");
    let mut headers = vec![vectors.header("genesis")];
    headers.extend(vectors.headers("chain"));
    (headers, UnixTime::new(u64::from(vectors.header("oldPeriodStart").time)))
}

pub(crate) fn raw(headers: &[Header]) -> Vec<u8> {
    headers.iter().flat_map(bitcoin::consensus::serialize).collect()
}

pub(crate) fn regtest() -> HeaderChain {
    let rules = ChainRules::for_network(Network::Regtest);
    HeaderChain::new(rules, Checkpoint::genesis(Network::Regtest)).expect("genesis")
}

/// A child of `parent`; `salt` tells siblings apart. Regtest's target takes two tries on average.
pub(crate) fn mine_child(parent: &Header, seconds_later: i64, salt: u64) -> Header {
    let time = u32::try_from(i64::from(parent.time) + seconds_later).expect("time");
    let merkle_root = TxMerkleNode::from_raw_hash(sha256d::Hash::hash(&salt.to_le_bytes()));
    let bits = bitcoin::constants::genesis_block(Network::Regtest).header.bits;
    remine(Header {
        version: Version::TWO,
        prev_blockhash: parent.block_hash(),
        merkle_root,
        time,
        bits,
        nonce: 0,
    })
}

/// Counts the nonce up until the header meets its own target.
pub(crate) fn remine(mut header: Header) -> Header {
    let target = Target::from_compact(header.bits);
    while !target.is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
    header
}

/// A chain of `count` headers on top of `parent`, ten minutes apart.
pub(crate) fn mine_chain(parent: &Header, count: usize, salt: u64) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::with_capacity(count);
    for _ in 0..count {
        let parent = *headers.last().unwrap_or(parent);
        headers.push(mine_child(&parent, 600, salt));
    }
    headers
}

pub(crate) fn hashes(headers: &[Header]) -> Vec<BlockHash> {
    headers.iter().map(Header::block_hash).collect()
}

/// A small generator for sampling without a dependency on a seed of the machine.
pub(crate) struct Sampler(u64);

impl Sampler {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound` (SplitMix64).
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).expect("fits")).expect("fits")
    }
}
