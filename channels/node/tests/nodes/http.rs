//! The HTTP interface over nodes that run.

use core::time::Duration;

use axum::body::{to_bytes, Body};
use axum::http::{Request, StatusCode};
use axum::Router;
use farbank_channel_node::api::{router, token, ApiState, ApiTerms, InvoiceNetwork, TokenError};
use farbank_channel_node::clock::SystemClock;
use serde_json::{json, Value};
use tokio::time::sleep;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::world::{asset, id, key, World, ALPHA, BETA, FUNDED, HUB};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn api(world: &World, node: usize) -> Router {
    let terms = ApiTerms {
        key: key(node),
        token: Zeroizing::new(TOKEN.to_owned()),
        network: InvoiceNetwork::Regtest,
    };
    router(ApiState::new(world.handle(node).clone(), terms, SystemClock))
}

async fn send(api: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = api.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(api: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
    send(api, request.body(Body::empty()).unwrap()).await
}

async fn post(api: &Router, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("idempotency-key", key)
        .header("content-type", "application/json");
    let (status, text) = send(api, request.body(Body::from(body.to_string())).unwrap()).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn invoice_request(amount: &str) -> Value {
    json!({
        "asset": {
            "chain": asset().chain.get(), "contract": asset().contract, "token": asset().token,
        },
        "amount": amount, "description": "tea", "lifetime_secs": 600, "min_lock_secs": 20,
    })
}

fn pay_request(invoice: &Value) -> Value {
    let hub = json!({ "node": id(HUB).to_string(), "fee_base": "1", "delta_secs": 10 });
    json!({ "invoice": invoice, "via": [hub], "max_amount_in": "100" })
}

async fn ended(api: &Router, hash: &str) -> Value {
    for _ in 0..500 {
        let (status, text) = get(api, &format!("/v1/payments/{hash}")).await;
        assert_eq!(status, StatusCode::OK);
        let view: Value = serde_json::from_str(&text).unwrap();
        if view["state"] != "in_flight" {
            return view;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("the payment does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invoice_is_made_paid_once_and_shown_by_every_side() {
    let world = World::new().await;
    let (payer, payee) = (api(&world, ALPHA), api(&world, BETA));
    let (status, made) = post(&payee, "/v1/invoices", "a", &invoice_request("50")).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let hash = made["payment_hash"].as_str().unwrap();
    let request = pay_request(&made["invoice"]);
    let (status, sent) = post(&payer, "/v1/payments", "p", &request).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{sent}");
    let view = ended(&payer, hash).await;
    assert_eq!((&view["state"], &view["amount"]), (&json!("paid"), &json!("51")), "{view}");
    // The same call again is the same payment; another one is refused.
    assert_eq!(post(&payer, "/v1/payments", "p", &request).await, (status, sent));
    let (status, refused) = post(&payer, "/v1/payments", "q", &request).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["refused"], "AlreadyPaid");
    world.quiet().await;
    assert_eq!(world.balance(ALPHA, HUB).await, FUNDED - 51);
    let (_, invoice) = get(&payee, &format!("/v1/invoices/{hash}")).await;
    assert!(invoice.contains("\"received\""), "{invoice}");
    let (_, channels) = get(&payer, "/v1/channels").await;
    assert!(channels.contains(&(FUNDED - 51).to_string()), "{channels}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_a_name() {
    let world = World::new().await;
    let (payer, payee) = (api(&world, ALPHA), api(&world, BETA));
    let (_, made) = post(&payee, "/v1/invoices", "a", &invoice_request("50")).await;
    let good = pay_request(&made["invoice"]);
    let with = |field: &str, value: Value| {
        let mut request = good.clone();
        request[field] = value;
        request
    };
    let foreign = json!({
        "asset": {
            "chain": 1, "contract": asset().contract, "token": asset().token,
        },
        "amount": "50", "description": "", "lifetime_secs": 600, "min_lock_secs": 20,
    });
    let (_, foreign) = post(&payee, "/v1/invoices", "f", &foreign).await;
    for (number, (request, name)) in [
        (with("max_amount_in", json!("50")), "TooExpensive"),
        (with("max_amount_in", json!("-1")), "Malformed"),
        (with("invoice", json!("lnbcrt1nonsense")), "Malformed"),
        (with("invoice", foreign["invoice"].clone()), "ForeignChain"),
        (with("amount", json!("49")), "OtherAmount"),
        (with("surprise", json!(1)), "Malformed"),
    ]
    .into_iter()
    .enumerate()
    {
        let (status, refused) = post(&payer, "/v1/payments", &format!("r{number}"), &request).await;
        assert!(status.is_client_error(), "{name}: {status}");
        assert_eq!(refused["refused"], name, "{refused}");
    }
    // A payee's own invoice is a payment to itself.
    let own = json!({ "invoice": made["invoice"], "via": [], "max_amount_in": "100" });
    assert_eq!(post(&payee, "/v1/payments", "o", &own).await.1["refused"], "ToSelf");
    let (status, _) = get(&payer, &format!("/v1/payments/{:064x}", 1)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let close = format!("/v1/channels/0x{:064x}/close", 1);
    let (_, refused) = post(&payer, &close, "c", &Value::Null).await;
    assert_eq!(refused["refused"], "UnknownChannel");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_need_the_token_and_a_key_of_their_own() {
    let world = World::new().await;
    let api = api(&world, BETA);
    let body = invoice_request("50");
    for token in ["", "Bearer ", "Bearer 0123456789abcdef0123456789abcdeX"] {
        for (method, path) in [("POST", "/v1/invoices"), ("GET", "/v1/channels")] {
            let request =
                Request::builder().method(method).uri(path).header("authorization", token);
            let request = request.header("idempotency-key", "k").body(Body::empty()).unwrap();
            let (status, text) = send(&api, request).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert!(text.contains("Unauthorized"));
        }
    }
    let (status, refused) = post(&api, "/v1/invoices", "", &body).await;
    assert_eq!((status, &refused["refused"]), (StatusCode::BAD_REQUEST, &json!("KeyMissing")));
    let first = post(&api, "/v1/invoices", "k", &body).await;
    assert_eq!(post(&api, "/v1/invoices", "k", &body).await, first);
    let (status, refused) = post(&api, "/v1/invoices", "k", &invoice_request("51")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["refused"], "KeyReused");
    let both = tokio::join!(
        post(&api, "/v1/invoices", "two", &body),
        post(&api, "/v1/invoices", "two", &body)
    );
    assert_eq!(both.0, both.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_is_watched_without_a_token() {
    let world = World::new().await;
    let api = api(&world, HUB);
    for (path, part) in [
        ("/healthz", "ok"),
        ("/readyz", "ready"),
        ("/metrics", "farbank_channels_usable 2"),
        ("/v1/openapi.json", "/v1/payments/{payment_hash}"),
    ] {
        let (status, text) = send(&api, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(text.contains(part), "{path}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_tell_what_became_durable() {
    let world = World::new().await;
    let api = api(&world, HUB);
    let request = Request::get("/v1/events").header("authorization", format!("Bearer {TOKEN}"));
    let response = api.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    world.expect(BETA, 1, 5).await;
    let pay = world.pay_command(BETA, 1, 5);
    world.handle(ALPHA).command(pay).await.unwrap().unwrap();
    let mut text = String::new();
    let paid = async {
        while !text.contains("event: forward_paid") {
            let chunk = futures_util::StreamExt::next(&mut body).await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(10), paid).await.unwrap();
    assert!(text.contains("event: forward_started"), "{text}");
}

#[test]
fn token_is_made_once_and_a_short_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let made = token(&path).unwrap();
    assert_eq!((made.len(), token(&path).unwrap()), (64, made.clone()));
    std::fs::write(&path, "guess me").unwrap();
    assert!(matches!(token(&path), Err(TokenError::TooShort { found: 8, .. })));
}
