//! The vectors that Foundry reads as well: compared with what this crate gives, and written anew
//! with `FARBANK_BLESS=1`.

mod common;

use bitcoin::block::Header;
use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash as _;
use bitcoin::Network;
use common::{mainnet_block, retarget_chain, vector_path, RelayVectors, NOW};
use farbank_bitcoin_light_client::inclusion::{ClaimPieces, InclusionProof, TransactionTree};
use farbank_bitcoin_light_client::segment::{leaf, path, root, SegmentPreimage};
use farbank_bitcoin_light_client::{ChainRules, Checkpoint, HeaderChain};
use farbank_types::{BitcoinHeight, EvmAddress, UnixTime, B256};
use serde_json::{json, Value};

const SUBMITTER: EvmAddress = EvmAddress::repeat_byte(0x5b);

fn compare_or_bless(name: &str, value: &Value) {
    let path = vector_path(name);
    if std::env::var_os("FARBANK_BLESS").is_some() {
        let text = serde_json::to_string_pretty(value).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("written");
    }
    let stored = std::fs::read_to_string(&path).expect("vector file; make it with FARBANK_BLESS=1");
    let stored: Value = serde_json::from_str(&stored).expect("JSON");
    assert!(stored == *value, "{name} differs; if that is meant, run again with FARBANK_BLESS=1");
}

fn prefixed(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn words(nodes: &[B256]) -> Vec<String> {
    nodes.iter().map(prefixed).collect()
}

fn segment(preimage: &SegmentPreimage) -> Value {
    json!({
        "root": prefixed(preimage.root),
        "meta": prefixed(preimage.meta),
        "state": words(&preimage.state),
        "state_hash": prefixed(preimage.state_hash()),
        "commitment": prefixed(preimage.commitment()),
    })
}

/// Trees over the first 1 to 20 of the recorded headers, in file order, linked or not.
fn trees(headers: &[Header]) -> Vec<Value> {
    let leaves: Vec<_> = headers.iter().map(|header| leaf(header.block_hash())).collect();
    (1..=20)
        .map(|count| {
            let leaves = &leaves[..count];
            let paths: Vec<_> =
                (0..count).map(|at| words(&path(leaves, at).expect("in range"))).collect();
            json!({ "count": count, "root": prefixed(root(leaves).expect("leaves")), "paths": paths })
        })
        .collect()
}

/// A checkpoint whose ten predecessors' times are made up: the relay vectors do not have them.
fn checkpoint(height: BitcoinHeight, header: Header, epoch_start_time: UnixTime) -> Checkpoint {
    let previous_times = (1..=10).rev().map(|back| header.time - back * 600).collect();
    Checkpoint { height, header, epoch_start_time, previous_times }
}

/// Segments of each length on top of the checkpoint, and one header on top of each but the last.
fn chain_vectors(name: &str, headers: &[Header], checkpoint: Checkpoint) -> Value {
    let rules = ChainRules::for_network(Network::Bitcoin);
    let mut chain = HeaderChain::new(rules, checkpoint).expect("checkpoint");
    let base = chain.tip().height.get();
    let start = SegmentPreimage::of_checkpoint(&chain).expect("eleven times");
    chain.import(headers, NOW).expect("recorded headers");
    let at = |above: usize| BitcoinHeight::new(base + u32::try_from(above).expect("fits"));
    let of = |first, last| {
        let preimage = SegmentPreimage::of_chain(&chain, at(first), at(last), SUBMITTER);
        segment(&preimage.expect("segment"))
    };
    let segments: Vec<_> = (1..=headers.len())
        .map(|count| {
            let mut value = json!({ "count": count, "segment": of(1, count) });
            if count < headers.len() {
                value["next"] = of(count + 1, count + 1);
            }
            value
        })
        .collect();
    let checkpoint = chain.checkpoint();
    json!({
        "name": name,
        "checkpoint": {
            "header": prefixed(serialize(&checkpoint.header)),
            "height": checkpoint.height,
            "epoch_start_time": checkpoint.epoch_start_time,
            "previous_times": checkpoint.previous_times,
            "segment": segment(&start),
        },
        "headers": prefixed(common::raw(headers)),
        "submitter": prefixed(SUBMITTER),
        "segments": segments,
    })
}

#[test]
fn segments_are_as_stored() {
    let plain = RelayVectors::read("mainnet-headers.json");
    let genesis = plain.header("genesis");
    let plain_headers = plain.headers("chain");
    let (retarget, epoch_start) = retarget_chain();
    let late = RelayVectors::read("mainnet-headersReorgAndRetarget.json");
    let mut leaves = vec![genesis];
    leaves.extend(&plain_headers);
    leaves.push(late.header("genesis"));
    let mut crossing = late.headers("preRetargetChain");
    crossing.extend(late.headers("postRetargetChain"));
    let late_start = UnixTime::new(u64::from(late.header("oldPeriodStart").time));
    // The period began before the file; no retarget is reached, so any time serves.
    let any = UnixTime::new(u64::from(genesis.time));
    let value = json!({
        "headers": leaves.iter().map(|header| prefixed(serialize(header))).collect::<Vec<_>>(),
        "hashes": leaves.iter().map(|h| prefixed(leaf(h.block_hash()))).collect::<Vec<_>>(),
        "trees": trees(&leaves),
        "chains": [
            chain_vectors("plain", &plain_headers, checkpoint(plain.height("genesis"), genesis, any)),
            chain_vectors(
                "retarget",
                &retarget[1..],
                checkpoint(BitcoinHeight::new(554_390), retarget[0], epoch_start),
            ),
            chain_vectors(
                "retarget_437472",
                &crossing,
                checkpoint(late.height("genesis"), late.header("genesis"), late_start),
            ),
        ],
    });
    compare_or_bless("segments.json", &value);
}

fn pieces(pieces: &ClaimPieces, indices: &[u32], least: bool) -> Value {
    json!({
        "level": pieces.level,
        "indices": indices,
        "coinbase_branch": words(&pieces.coinbase_branch),
        "cap": words(&pieces.cap),
        "branches": pieces.branches.iter().map(|branch| words(branch)).collect::<Vec<_>>(),
        "words": pieces.words(),
        "least": least,
    })
}

#[test]
fn inclusion_is_as_stored() {
    let block = mainnet_block();
    let tree = TransactionTree::from_block(&block).expect("transactions");
    let last = u32::try_from(tree.transactions() - 1).expect("fits");
    let small: Vec<_> = (1..=last)
        .filter(|at| block.txdata[usize::try_from(*at).expect("fits")].base_size() < 300)
        .collect();
    let chosen = [small[0], small[small.len() / 2], small[small.len() - 1], last];
    let proofs: Vec<_> = chosen
        .iter()
        .map(|index| {
            let txid = block.txdata[usize::try_from(*index).expect("fits")].compute_txid();
            let proof = InclusionProof::from_block(&block, txid).expect("in the block");
            json!({
                "txid": prefixed(txid.to_byte_array()),
                "header": prefixed(serialize(&proof.header)),
                "tx": prefixed(&proof.tx),
                "index": proof.index,
                "branch": words(&proof.branch),
                "coinbase": prefixed(proof.coinbase),
                "coinbase_branch": words(&proof.coinbase_branch),
            })
        })
        .collect();
    let twenty: Vec<_> = small.iter().step_by(small.len() / 20).take(20).copied().collect();
    let sets = [vec![chosen[1]], vec![chosen[0], last], twenty];
    let claims: Vec<_> = sets
        .iter()
        .flat_map(|indices| {
            let best = tree.claim_pieces(indices).expect("in range");
            let full = tree.claim_pieces_at(indices, tree.depth()).expect("in range");
            [pieces(&best, indices, true), pieces(&full, indices, false)]
        })
        .collect();
    let txids: Vec<_> = sets
        .iter()
        .flatten()
        .map(|index| {
            let txid = block.txdata[usize::try_from(*index).expect("fits")].compute_txid();
            json!({ "index": index, "txid": prefixed(txid.to_byte_array()) })
        })
        .collect();
    let value = json!({
        "block_hash": prefixed(block.block_hash().to_byte_array()),
        "merkle_root": prefixed(tree.root()),
        "transactions": tree.transactions(),
        "depth": tree.depth(),
        "proofs": proofs,
        "claims": claims,
        "claimed_txids": txids,
    });
    compare_or_bless("inclusion.json", &value);
}
