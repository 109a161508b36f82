//! A regtest header chain, mined here.

use bitcoin::block::{Header, Version};
use bitcoin::hashes::{sha256d, Hash as _};
use bitcoin::{Network, Target, TxMerkleNode};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, HeaderChain};
use farbank_types::{BitcoinHeight, UnixTime};

/// Later than every mined header.
pub(crate) const FAR: UnixTime = UnixTime::new(4_000_000_000);

pub(crate) fn regtest() -> HeaderChain {
    let rules = ChainRules::for_network(Network::Regtest);
    HeaderChain::new(rules, Checkpoint::genesis(Network::Regtest)).expect("genesis")
}

/// A child of `parent` ten minutes later; `salt` tells siblings apart.
pub(crate) fn mine_child(parent: &Header, salt: u64) -> Header {
    let mut header = Header {
        version: Version::TWO,
        prev_blockhash: parent.block_hash(),
        merkle_root: TxMerkleNode::from_raw_hash(sha256d::Hash::hash(&salt.to_le_bytes())),
        time: parent.time + 600,
        bits: parent.bits,
        nonce: 0,
    };
    let target = Target::from_compact(header.bits);
    while !target.is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
    header
}

/// Puts `count` blocks on top of `height`; they are taken once their work is the greatest.
pub(crate) fn mine_on(chain: &mut HeaderChain, height: BitcoinHeight, count: usize, salt: u64) {
    let mut headers = vec![*chain.header(height).expect("in the chain")];
    for _ in 0..count {
        headers.push(mine_child(&headers[headers.len() - 1], salt));
    }
    chain.import(&headers[1..], FAR).expect("valid headers");
}
