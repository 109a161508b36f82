//! A bridge on anvil, and headers for it.

use farbank_contracts::{
    deploy, submit_and_wait, BlockAt, BridgeRefusal, Call, CallFailure, CheckpointArguments,
    DeployedContracts, DeploymentArguments, HeaderRules, Receipt, SideChainClient, StoredSegment,
};
use farbank_types::bitcoin::block::{Header, Version};
use farbank_types::bitcoin::constants::genesis_block;
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{Amount, Network, OutPoint, TxMerkleNode, Txid};
use farbank_types::{BitcoinHeight, BridgeParameters, CustodyRecord, UnixTime};

use super::{sender, Anvil, WAIT};

pub(crate) const LATEST: BlockAt = BlockAt::Latest;

pub(crate) fn genesis() -> Header {
    genesis_block(Network::Regtest).header
}

pub(crate) fn arguments() -> DeploymentArguments {
    let start = UnixTime::new(genesis().time.into());
    DeploymentArguments {
        rules: HeaderRules::Regtest,
        checkpoint: CheckpointArguments {
            header: genesis(),
            height: BitcoinHeight::new(0),
            epoch_start_time: start,
            previous_times: [start; 10],
        },
        federation_key: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
            .parse()
            .unwrap(),
        parameters: BridgeParameters::devnet(),
        custody: CustodyRecord {
            outpoint: OutPoint { txid: Txid::from_byte_array([7; 32]), vout: 1 },
            value: Amount::from_sat(1_000_000),
        },
        governance: sender().address(),
        guardian: sender().address(),
    }
}

pub(crate) async fn deployed(anvil: &Anvil) -> (SideChainClient, DeployedContracts) {
    let node = anvil.node().await;
    anvil.mine().await;
    let deployed = deploy(&node, &sender(), &arguments(), WAIT).await.unwrap();
    let client = SideChainClient::attach(node, deployed.contracts, deployed.instance).await;
    (client.unwrap(), deployed)
}

/// Mines headers of ten minutes each; `salt` tells branches apart.
pub(crate) fn mine(parent: &Header, count: usize, salt: u8) -> Vec<Header> {
    let mut headers = vec![*parent];
    for _ in 0..count {
        let root = TxMerkleNode::from_byte_array([salt; 32]);
        headers.push(mine_block(headers.last().unwrap(), root));
    }
    headers.split_off(1)
}

pub(crate) fn mine_block(parent: &Header, merkle_root: TxMerkleNode) -> Header {
    let mut header = Header {
        version: Version::from_consensus(0x2000_0000),
        prev_blockhash: parent.block_hash(),
        merkle_root,
        time: parent.time + 600,
        bits: parent.bits,
        nonce: 0,
    };
    while header.validate_pow(header.target()).is_err() {
        header.nonce += 1;
    }
    header
}

pub(crate) async fn submit(client: &SideChainClient, parent: &StoredSegment, headers: &[Header]) {
    let call = client.calls().submit_headers(parent.index, &parent.preimage, headers);
    send(client, &call).await;
}

pub(crate) async fn send(client: &SideChainClient, call: &Call) -> Receipt {
    submit_and_wait(client.node(), &sender(), call, WAIT).await.unwrap()
}

pub(crate) async fn refusal(client: &SideChainClient, call: &Call) -> BridgeRefusal {
    match client.node().simulate(sender().address(), call, LATEST).await {
        Err(CallFailure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}
