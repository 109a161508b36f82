//! The HTTP interface: deposits to watch, how they and redemptions fare, what is waited for.
//!
//! Decides who may change something (whoever holds the token) and what is told. Nothing that it
//! serves is secret, and nothing that it takes is believed: announcements are derived anew.

mod custody;
mod deposits;
mod metrics;
mod redemptions;
mod refusal;
mod service;
mod state;
mod status;
pub mod views;
pub mod views_peg_out;

pub use refusal::ApiRefusal;
pub(crate) use state::ApiState;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::Router;
use utoipa::OpenApi;

/// The description that `/v1/openapi.json` serves.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Farbank relayer",
        description = "Carries claims of announced deposits, has redemptions paid, and proves payouts."
    ),
    paths(
        deposits::announce,
        deposits::list,
        deposits::show,
        redemptions::list,
        redemptions::show,
        custody::custody,
        status::status,
        service::healthz,
        service::readyz,
        metrics::metrics
    ),
    components(schemas(
        views::DepositView,
        views::DepositList,
        views::OutputView,
        views::StatusView,
        views::WaitView,
        views::BitcoinView,
        views::SideChainView,
        views::AccountView,
        views::RefusalView,
        views_peg_out::RedemptionView,
        views_peg_out::RedemptionList,
        views_peg_out::PayoutView,
        views_peg_out::CustodyView,
        views_peg_out::AttemptView
    ))
)]
pub struct RelayerApi;

/// Returns all routes.
pub(crate) fn router(state: ApiState) -> Router {
    let limit = state.max_body_bytes();
    Router::new()
        .route("/v1/deposits", post(deposits::announce).get(deposits::list))
        .route("/v1/deposits/{id}", get(deposits::show))
        .route("/v1/redemptions", get(redemptions::list))
        .route("/v1/redemptions/{id}", get(redemptions::show))
        .route("/v1/custody", get(custody::custody))
        .route("/v1/status", get(status::status))
        .route("/v1/openapi.json", get(service::openapi))
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(service::healthz))
        .route("/readyz", get(service::readyz))
        .layer(DefaultBodyLimit::max(limit))
        .with_state(state)
}
