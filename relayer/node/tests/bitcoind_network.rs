//! The Bitcoin adapter against nodes that refuse, lie, hang and flood.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use bitcoin::consensus::encode::serialize_hex;
use bitcoin::hashes::Hash as _;
use bitcoin::{Block, BlockHash, Network};
use farbank_relayer::adapters::bitcoin::{
    BitcoindError, BitcoindNetwork, BitcoindOptions, Broadcast, RpcAuth,
};
use farbank_types::{BitcoinHeight, BlockCount};
use serde_json::{json, Value};

type Answer = dyn Fn(&str, &Value) -> Result<Value, (i32, &'static str)> + Send + Sync;

struct FakeNode {
    network: BitcoindNetwork,
    cookie: PathBuf,
    _folder: tempfile::TempDir,
}

/// Serves `answer` to whoever brings the credentials `user:right`.
async fn serve(answer: Arc<Answer>) -> FakeNode {
    serve_slowly(answer, Duration::ZERO, |_| ()).await
}

async fn serve_slowly(
    answer: Arc<Answer>,
    pause: Duration,
    adjust: impl FnOnce(&mut BitcoindOptions),
) -> FakeNode {
    let handler = move |headers: HeaderMap, Json(request): Json<Value>| {
        let answer = Arc::clone(&answer);
        async move {
            tokio::time::sleep(pause).await;
            respond(&*answer, &headers, &request)
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let cookie = folder.path().join(".cookie");
    std::fs::write(&cookie, "user:right").unwrap();
    let mut options = BitcoindOptions::new(url, RpcAuth::CookieFile(cookie.clone()));
    adjust(&mut options);
    FakeNode { network: BitcoindNetwork::new(options), cookie, _folder: folder }
}

fn respond(answer: &Answer, headers: &HeaderMap, request: &Value) -> Response {
    // base64 of user:right
    if headers.get("authorization").is_none_or(|value| value != "Basic dXNlcjpyaWdodA==") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let one = |call: &Value| match answer(call["method"].as_str().unwrap(), &call["params"]) {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }),
        Err((code, message)) => {
            let error = json!({ "code": code, "message": message });
            json!({ "jsonrpc": "2.0", "id": call["id"], "error": error })
        }
    };
    let body = match request.as_array() {
        Some(batch) => batch.iter().map(one).collect(),
        None => one(request),
    };
    Json(body).into_response()
}

fn genesis() -> Block {
    bitcoin::constants::genesis_block(Network::Regtest)
}

fn info(chain: &str) -> Value {
    json!({
        "chain": chain, "blocks": 7, "headers": 9, "initialblockdownload": false,
        "bestblockhash": genesis().block_hash().to_string(),
    })
}

fn node_of(version: u32, chain: &'static str) -> Arc<Answer> {
    Arc::new(move |method, _| match method {
        "getnetworkinfo" => Ok(json!({ "version": version })),
        _ => Ok(info(chain)),
    })
}

#[tokio::test]
async fn chain_is_read() {
    let node = serve(node_of(310_000, "regtest")).await;
    let chain = node.network.check(Network::Regtest).await.unwrap();
    assert_eq!(chain.height, BitcoinHeight::new(7));
    assert_eq!(chain.headers, BitcoinHeight::new(9));
    assert_eq!(chain.best_block, genesis().block_hash());
}

#[tokio::test]
async fn node_of_another_network_is_refused() {
    let node = serve(node_of(310_000, "main")).await;
    let error = node.network.check(Network::Regtest).await.unwrap_err();
    assert!(matches!(error, BitcoindError::WrongNetwork { actual: Network::Bitcoin, .. }));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn node_that_is_too_old_is_refused() {
    let node = serve(node_of(270_200, "regtest")).await;
    let error = node.network.check(Network::Regtest).await.unwrap_err();
    assert!(matches!(error, BitcoindError::TooOld { version: 270_200, needed: 280_000, .. }));
}

#[tokio::test]
async fn cookie_is_read_again_after_a_refusal() {
    let node = serve(node_of(310_000, "regtest")).await;
    std::fs::write(&node.cookie, "user:of-an-earlier-start").unwrap();
    let error = node.network.chain_info().await.unwrap_err();
    assert!(matches!(error, BitcoindError::Unauthorized { .. }), "{error}");
    assert!(error.is_transient(), "the node may still be starting");
    std::fs::write(&node.cookie, "user:right\n").unwrap();
    node.network.chain_info().await.unwrap();
}

#[tokio::test]
async fn credentials_that_are_none_are_named() {
    let node = serve(node_of(310_000, "regtest")).await;
    std::fs::write(&node.cookie, "no colon").unwrap();
    let error = node.network.chain_info().await.unwrap_err();
    assert!(matches!(error, BitcoindError::CredentialsUnreadable { .. }), "{error}");
    std::fs::remove_file(&node.cookie).unwrap();
    let error = node.network.chain_info().await.unwrap_err();
    assert!(error.to_string().contains(".cookie"), "{error}");
}

#[tokio::test]
async fn absent_things_are_none_and_other_refusals_are_errors() {
    let node = serve(Arc::new(|method, _| {
        Err(match method {
            "getblockhash" => (-8, "Block height out of range"),
            "getblockheader" | "getblock" | "getrawtransaction" => (-5, "not found"),
            "sendrawtransaction" => (-27, "Transaction outputs already in utxo set"),
            _ => (-28, "Loading block index"),
        })
    }))
    .await;
    let (hash, tx) = (BlockHash::all_zeros(), genesis().txdata.remove(0));
    let network = &node.network;
    assert_eq!(network.block_hash(BitcoinHeight::new(9)).await.unwrap(), None);
    assert_eq!(network.header(&hash).await.unwrap(), None);
    assert_eq!(network.block(&hash).await.unwrap(), None);
    assert_eq!(network.transaction(&tx.compute_txid(), None).await.unwrap(), None);
    assert_eq!(network.send_transaction(&tx).await.unwrap(), Broadcast::AlreadyKnown);
    let error = network.chain_info().await.unwrap_err();
    assert!(error.is_transient(), "warming up: {error}");
}

#[tokio::test]
async fn block_with_another_hash_is_refused() {
    let node = serve(Arc::new(|_, _| Ok(json!(serialize_hex(&genesis()))))).await;
    let asked = BlockHash::from_byte_array([1; 32]);
    let error = node.network.block(&asked).await.unwrap_err();
    assert!(matches!(error, BitcoindError::WrongBlock { received, .. }
        if received == genesis().block_hash()));
    assert!(error.is_transient());
}

#[tokio::test]
async fn block_whose_transactions_do_not_match_is_refused() {
    let hash = genesis().block_hash();
    for forge in [
        |block: &mut Block| block.txdata[0].output.clear(),
        // The root of a doubled list is the same (CVE-2012-2459).
        |block: &mut Block| block.txdata.push(block.txdata[0].clone()),
    ] {
        let node = serve(Arc::new(move |_, _| {
            let mut block = genesis();
            forge(&mut block);
            Ok(json!(serialize_hex(&block)))
        }))
        .await;
        let error = node.network.block(&hash).await.unwrap_err();
        assert!(matches!(error, BitcoindError::WrongMerkleRoot { .. }), "{error}");
    }
}

#[tokio::test]
async fn undecodable_block_is_refused() {
    let node = serve(Arc::new(|_, _| Ok(json!("00ff")))).await;
    let error = node.network.block(&BlockHash::all_zeros()).await.unwrap_err();
    assert!(matches!(error, BitcoindError::Undecodable { method: "getblock", .. }));
}

#[tokio::test]
async fn headers_are_cut_where_a_reorganisation_tears_them() {
    let node = serve(Arc::new(|method, parameters| match method {
        "getblockchaininfo" => Ok(info("regtest")),
        "getblockhash" => {
            let height = parameters[0].as_u64().unwrap();
            Ok(json!(header(height).block_hash().to_string()))
        }
        _ => {
            let asked = parameters[0].as_str().unwrap();
            let found = (0..=7).map(header).find(|one| one.block_hash().to_string() == asked);
            Ok(json!(serialize_hex(&found.unwrap())))
        }
    }))
    .await;
    let all = node.network.headers(BitcoinHeight::new(0), BlockCount::new(100)).await.unwrap();
    assert_eq!(all.len(), 5, "the sixth does not link to the fifth");
    let none = node.network.headers(BitcoinHeight::new(8), BlockCount::new(9)).await.unwrap();
    assert!(none.is_empty(), "above the tip");
}

/// Headers that link to each other, except the one at height 5.
fn header(height: u64) -> bitcoin::block::Header {
    let mut header = genesis().header;
    for at in 1..=height {
        let parent = if at == 5 { BlockHash::all_zeros() } else { header.block_hash() };
        header.prev_blockhash = parent;
        header.nonce = u32::try_from(at).unwrap();
    }
    header
}

#[tokio::test]
async fn hanging_node_is_given_up() {
    let node = serve_slowly(node_of(310_000, "regtest"), Duration::from_secs(30), |options| {
        options.timeout = Duration::from_millis(100);
    })
    .await;
    let error = node.network.chain_info().await.unwrap_err();
    assert!(matches!(error, BitcoindError::TimedOut { .. }), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn answer_beyond_the_bound_is_not_read() {
    let flood: Arc<Answer> = Arc::new(|_, _| Ok(json!("00".repeat(100_000))));
    let node =
        serve_slowly(flood, Duration::ZERO, |options| options.max_response_bytes = 1_000).await;
    assert!(node.network.block(&BlockHash::all_zeros()).await.is_err());
}

#[tokio::test]
async fn node_that_is_away_is_named_with_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let cookie = folder.path().join(".cookie");
    std::fs::write(&cookie, "user:right").unwrap();
    let url = "http://127.0.0.1:1";
    let network =
        BitcoindNetwork::new(BitcoindOptions::new(url, RpcAuth::UserPasswordFile(cookie)));
    let error = network.chain_info().await.unwrap_err();
    assert!(matches!(error, BitcoindError::Unreachable { .. }));
    assert!(error.to_string().contains(url));
}
