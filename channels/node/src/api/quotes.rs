//! Exchanges that this node offers.

use axum::extract::rejection::JsonRejection;
use axum::extract::State;
use axum::http::StatusCode;
use axum::Json;
use farbank_channels::quote::{Quote, SignedQuote};
use farbank_channels::switch::SwitchInput;

use super::{ApiRefusal, ApiState};

/// Offers an exchange: enters the quote, then signs it. Whoever priced it calls this.
#[utoipa::path(
    post,
    path = "/v1/quotes",
    request_body = Object,
    responses((status = 201, description = "The signed quote"), (status = 422, description = "Refused by name"))
)]
pub(super) async fn offer(
    State(state): State<ApiState>,
    quote: Result<Json<Quote>, JsonRejection>,
) -> Result<(StatusCode, Json<SignedQuote>), ApiRefusal> {
    let Json(quote) = quote?;
    state.node.command(SwitchInput::Offer(quote)).await??;
    Ok((StatusCode::CREATED, Json(quote.sign(&state.terms.key))))
}
