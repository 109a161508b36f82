//! The HTTP interface of an attester: health and figures. Nothing here changes anything, and nothing
//! is secret.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::figures::Counts;
use super::run::PARTS;
use super::start::{OwnAttester, Parts};
use crate::relayer::Health;

/// Text format of Prometheus.
const FORMAT: &str = "text/plain; version=0.0.4";

/// The description that `/v1/openapi.json` serves.
#[derive(Debug, OpenApi)]
#[openapi(
    info(title = "Farbank attester", description = "How a member of the federation stands."),
    paths(healthz, readyz, metrics, status),
    components(schemas(StandingView, FaultView))
)]
pub struct AttesterApi;

/// How an attester stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StandingView {
    /// Whether its own view of both chains is complete.
    pub ready: bool,
    /// Name of the bridge.
    pub instance: String,
    /// Height of its Bitcoin tip.
    pub bitcoin_height: Option<u32>,
    /// Newest side-chain block that is final for it.
    pub side_chain_final: Option<u64>,
    /// Transactions that it signed and remembers.
    pub signed_intents: usize,
    /// What it waits for.
    pub waits: Vec<FaultView>,
}

/// Something that is waited for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// The part: `bitcoin` or `side-chain`.
    pub subject: String,
    /// Why.
    pub cause: String,
    /// What a person can do about it.
    pub remedy: String,
}

/// What the handlers share.
#[derive(Clone)]
pub(super) struct ApiState {
    attester: Arc<OwnAttester>,
    health: Arc<Health>,
    instance: String,
}

impl ApiState {
    pub(super) fn new(parts: &Parts, health: Arc<Health>) -> Self {
        Self {
            attester: Arc::clone(&parts.attester),
            health,
            instance: parts.deployment.instance.to_string(),
        }
    }
}

/// Returns all routes.
pub(super) fn router(state: ApiState) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/openapi.json", get(openapi))
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(state)
}

/// Answers as long as the process serves.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It serves")))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers whether the attester's own view of both chains is complete.
#[utoipa::path(
    get,
    path = "/readyz",
    responses(
        (status = 200, description = "Every part works"),
        (status = 503, description = "Some part waits; see /v1/status")
    )
)]
async fn readyz(State(state): State<ApiState>) -> (StatusCode, &'static str) {
    if state.health.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "waiting; see /v1/status\n")
    }
}

/// Tells how the attester stands.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = StandingView)))]
async fn status(State(state): State<ApiState>) -> Json<StandingView> {
    let waits = PARTS.into_iter().filter_map(|part| {
        let fault = state.health.of(part).fault?;
        Some(FaultView {
            subject: part.name().to_owned(),
            cause: format!("{} (since {}, {} tries)", fault.message, fault.since, fault.tries),
            remedy: part.remedy().to_owned(),
        })
    });
    Json(StandingView {
        ready: state.health.is_ready(),
        waits: waits.collect(),
        instance: state.instance.clone(),
        bitcoin_height: state.attester.bitcoin_tip().await.map(|tip| tip.get()),
        side_chain_final: state.attester.newest_final().await.map(|block| block.get()),
        signed_intents: state.attester.signed_intents().await,
    })
}

/// Describes this interface.
async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(AttesterApi::openapi())
}

/// Tells the figures that alarms watch.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "Prometheus text format", content_type = "text/plain"))
)]
async fn metrics(State(state): State<ApiState>) -> ([(HeaderName, &'static str); 1], String) {
    let tip = state.attester.bitcoin_tip().await;
    let newest_final = state.attester.newest_final().await;
    let intents = u32::try_from(state.attester.signed_intents().await).unwrap_or(u32::MAX);
    let counts = state.attester.counts();
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    ::metrics::with_local_recorder(&recorder, || {
        for part in PARTS {
            let health = state.health.of(part);
            let works = health.last_success.is_some() && health.fault.is_none();
            gauge!("farbank_part_up", "part" => part.name()).set(f64::from(u8::from(works)));
        }
        if let Some(tip) = tip {
            gauge!("farbank_bitcoin_tip_height").set(f64::from(tip.get()));
        }
        if let Some(number) = newest_final.and_then(|block| u32::try_from(block.get()).ok()) {
            gauge!("farbank_side_chain_final_block").set(f64::from(number));
        }
        gauge!("farbank_attester_intents").set(f64::from(intents));
        counted(&counts);
    });
    ([(CONTENT_TYPE, FORMAT)], handle.render())
}

fn counted(counts: &Counts) {
    counter!("farbank_attester_signed_total").absolute(counts.signed);
    for (name, count) in &counts.refusals {
        counter!("farbank_attester_refusals_total", "name" => *name).absolute(*count);
    }
    for (name, count) in &counts.cut_off {
        counter!("farbank_attester_cut_off_total", "reason" => *name).absolute(*count);
    }
}
