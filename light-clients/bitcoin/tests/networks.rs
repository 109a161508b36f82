//! Every network's genesis block, and the first blocks that followed where they are well known.

mod common;

use bitcoin::block::{Header, Version};
use bitcoin::{CompactTarget, Network};
use common::NOW;
use farbank_bitcoin_light_client::{
    ChainRules, Checkpoint, CheckpointFault, HeaderChain, HeaderRejection,
};
use farbank_types::{BitcoinHeight, UnixTime};

const NETWORKS: [Network; 5] =
    [Network::Bitcoin, Network::Testnet, Network::Testnet4, Network::Signet, Network::Regtest];

fn header(parent: &Header, merkle_root: &str, time: u32, nonce: u32) -> Header {
    Header {
        version: Version::ONE,
        prev_blockhash: parent.block_hash(),
        merkle_root: merkle_root.parse().expect("root"),
        time,
        bits: CompactTarget::from_consensus(0x1d00_ffff),
        nonce,
    }
}

#[test]
fn every_genesis_block_starts_its_own_network_only() {
    for network in NETWORKS {
        for other in NETWORKS {
            let started =
                HeaderChain::new(ChainRules::for_network(network), Checkpoint::genesis(other));
            assert_eq!(started.is_ok(), network == other, "{network} {other}");
        }
    }
}

#[test]
fn first_blocks_of_testnet3_are_taken() {
    let rules = ChainRules::for_network(Network::Testnet);
    let mut chain = HeaderChain::new(rules, Checkpoint::genesis(Network::Testnet)).unwrap();
    let genesis = chain.checkpoint().header;
    let first = header(
        &genesis,
        "f0315ffc38709d70ad5647e22048358dd3745f3ce3874223c80a7c92fab0c8ba",
        1_296_688_928,
        1_924_588_547,
    );
    let second = header(
        &first,
        "20222eb90f5895556926c112bb5aa0df4ab5abc3107e21a6950aec3b2e3541e2",
        1_296_688_946,
        875_942_400,
    );
    chain.import(&[first, second], NOW).expect("recorded");
    let hash = "000000006c02c8ea6e4ff69651f7fcde348fb9d557a06e6957b65552002a7820";
    assert_eq!(chain.tip().hash.to_string(), hash);
}

#[test]
fn testnet_checkpoint_off_a_retarget_is_refused() {
    for network in [Network::Testnet, Network::Testnet4] {
        let genesis = Checkpoint::genesis(network);
        let mut checkpoint = genesis.clone();
        checkpoint.height = BitcoinHeight::new(2_017);
        checkpoint.epoch_start_time = UnixTime::new(1);
        let refused = HeaderChain::new(ChainRules::for_network(network), checkpoint.clone());
        let height = checkpoint.height;
        let fault = CheckpointFault::NotAtPeriodStart { height };
        assert_eq!(refused.expect_err("no period start"), HeaderRejection::from(fault));
        checkpoint.height = BitcoinHeight::new(2_016);
        checkpoint.epoch_start_time = genesis.epoch_start_time;
        assert!(HeaderChain::new(ChainRules::for_network(network), checkpoint).is_ok());
    }
}
