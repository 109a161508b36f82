//! For whoever runs the process.

use axum::extract::State;
use axum::http::StatusCode;
use axum::Json;
use utoipa::OpenApi as _;

use super::{ApiState, RelayerApi};

/// Answers as long as the process serves.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It serves")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers whether both nodes are there and transactions can be sent.
#[utoipa::path(
    get,
    path = "/readyz",
    responses(
        (status = 200, description = "Every part works"),
        (status = 503, description = "Some part waits; see /v1/status")
    )
)]
pub(super) async fn readyz(State(state): State<ApiState>) -> (StatusCode, &'static str) {
    if state.health.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "waiting; see /v1/status\n")
    }
}

/// Describes this interface.
pub(super) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(RelayerApi::openapi())
}
