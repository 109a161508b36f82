//! For whoever runs the process.

use axum::extract::State;
use axum::http::StatusCode;
use axum::Json;
use utoipa::OpenApi as _;

use super::views::NodeView;
use super::{ApiRefusal, ApiState, ChannelNodeApi};

/// Tells who the node is.
#[utoipa::path(get, path = "/v1/node", responses((status = 200, body = NodeView)))]
pub(super) async fn node(State(state): State<ApiState>) -> Result<Json<NodeView>, ApiRefusal> {
    let node = state.node.node();
    Ok(Json(NodeView {
        node: node.to_string(),
        address: node.address().to_string(),
        listens: state.node.address().to_string(),
    }))
}

/// Answers as long as the process serves.
#[utoipa::path(get, path = "/healthz", responses((status = 200, description = "It serves")))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers whether the core loop takes commands and makes them durable.
#[utoipa::path(
    get,
    path = "/readyz",
    responses((status = 200, description = "It works"), (status = 503, description = "It stops"))
)]
pub(super) async fn readyz(State(state): State<ApiState>) -> (StatusCode, &'static str) {
    match state.node.look(|_| ()).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
    }
}

/// Describes this interface.
pub(super) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(ChannelNodeApi::openapi())
}
