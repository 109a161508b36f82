//! The HTTP interface of a node: channels, invoices, payments, quotes, events.
//!
//! Decides who may change something: whoever holds the token, each change under an `Idempotency-Key`
//! of the caller's, so that a call whose answer was lost can be made again. What is answered is durable.
//! Amounts are decimal text in the asset's smallest unit.

mod channels;
mod events;
mod idempotency;
mod invoices;
mod metrics;
mod payments;
mod quotes;
mod refusal;
mod service;
mod state;
mod token;
pub mod views;

use core::future::IntoFuture as _;
use std::net::SocketAddr;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use axum::Router;
use farbank_channels::invoice::Currency;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;

pub use refusal::ApiRefusal;
pub use state::{ApiState, ApiTerms};
pub use token::{token, TokenError};

/// Largest body of a request; the largest one lists a few hops.
const MAX_BODY: usize = 64 * 1024;

/// Bitcoin network beside which the side chain stands: the prefix of invoices.
pub type InvoiceNetwork = Currency;

/// The description that `/v1/openapi.json` serves.
#[derive(Debug, OpenApi)]
#[openapi(
    info(title = "Farbank channel node", description = "Channels, invoices, payments and quotes."),
    paths(
        channels::list,
        channels::open,
        channels::settle,
        channels::leave,
        channels::close,
        invoices::create,
        invoices::show,
        payments::pay,
        payments::show,
        quotes::offer,
        events::events,
        service::node,
        service::healthz,
        service::readyz,
        metrics::metrics
    ),
    components(schemas(
        views::ChannelView,
        views::ChannelList,
        views::OpenRequest,
        views::SettleRequest,
        views::LeaveRequest,
        views::InvoiceRequest,
        views::InvoiceView,
        views::PayRequest,
        views::HopRequest,
        views::PaymentView,
        views::NodeView,
        views::RefusalView
    ))
)]
pub struct ChannelNodeApi;

/// Returns all routes.
pub fn router(state: ApiState) -> Router {
    let changing = Router::new()
        .route("/v1/channels", post(channels::open))
        .route("/v1/channels/{id}/settle", post(channels::settle))
        .route("/v1/channels/{id}/leave", post(channels::leave))
        .route("/v1/channels/{id}/close", post(channels::close))
        .route("/v1/invoices", post(invoices::create))
        .route("/v1/payments", post(payments::pay))
        .route("/v1/quotes", post(quotes::offer))
        .route_layer(middleware::from_fn_with_state(state.clone(), idempotency::once));
    Router::new()
        .route("/v1/channels", get(channels::list))
        .route("/v1/invoices/{payment_hash}", get(invoices::show))
        .route("/v1/payments/{payment_hash}", get(payments::show))
        .route("/v1/events", get(events::events))
        .route("/v1/node", get(service::node))
        .route_layer(middleware::from_fn_with_state(state.clone(), state::authorized))
        .merge(changing)
        .route("/v1/openapi.json", get(service::openapi))
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(service::healthz))
        .route("/readyz", get(service::readyz))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(state)
}

/// Serves on a socket until `stop`.
///
/// # Errors
/// A fault of the socket.
pub async fn serve(
    socket: TcpListener,
    state: ApiState,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let ending = stop.clone().cancelled_owned();
    let serving = axum::serve(socket, router(state)).with_graceful_shutdown(ending);
    tokio::select! {
        served = serving.into_future() => served,
        // A listener to events never ends by itself.
        () = async { stop.cancelled().await; tokio::time::sleep(state::FAREWELL).await } => Ok(()),
    }
}

/// Listens on `address`; port 0 for a free one.
///
/// # Errors
/// A fault of the operating system.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}
