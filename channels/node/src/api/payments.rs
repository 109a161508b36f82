//! Payments that this node makes.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::Json;
use farbank_channels::invoice::{Invoice, InvoiceScope};
use farbank_channels::switch::{
    Charge, Destination, PayCommand, PaymentRequest, Route, SwitchInput, Via,
};
use farbank_channels::units::TokenAmount;

use super::channels::amount;
use super::invoices::{payment_hash, random};
use super::views::{HopRequest, PayRequest, PaymentView};
use super::{ApiRefusal, ApiState};

/// Pays an invoice. The answer says that the payment is on its way; events and
/// `/v1/payments/{payment_hash}` tell how it ended.
#[utoipa::path(
    post,
    path = "/v1/payments",
    request_body = PayRequest,
    responses((status = 202, body = PaymentView), (status = 422, description = "Refused by name"))
)]
pub(super) async fn pay(
    State(state): State<ApiState>,
    request: Result<Json<PayRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<PaymentView>), ApiRefusal> {
    let Json(request) = request?;
    let now = state.now();
    let invoice: Invoice = request.invoice.parse()?;
    let assets = state.node.look(|switch| switch.config().assets.keys().copied().collect());
    let assets: Vec<_> = assets.await?;
    let given = request.amount.as_deref().map(amount).transpose()?;
    let value = invoice.check(&InvoiceScope { now, assets: &assets }, given)?;
    let terms = invoice.terms();
    let hash = terms.payment_hash;
    let via = request.via.iter().map(hop).collect::<Result<Vec<_>, _>>()?;
    // Twice what the payee needs: a lock is on its way for a while.
    let lasts = u64::from(terms.min_lock_secs).saturating_mul(2);
    let destination = Destination {
        node: *invoice.payee(),
        asset: terms.asset,
        amount: value,
        expiry: now.saturating_add_secs(lasts),
        payment_hash: hash,
    };
    let command = PayCommand {
        request: PaymentRequest::from_invoice(&invoice, value, amount(&request.max_amount_in)?),
        routes: vec![Route::plan(&destination, &via, now)?],
        entropy: random(),
    };
    state.node.command(SwitchInput::Pay(Box::new(command))).await??;
    Ok((StatusCode::ACCEPTED, view(&state, hash).await?))
}

/// Tells how a payment stands.
#[utoipa::path(
    get,
    path = "/v1/payments/{payment_hash}",
    responses((status = 200, body = PaymentView), (status = 404))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(hash): Path<String>,
) -> Result<Json<PaymentView>, ApiRefusal> {
    view(&state, payment_hash(&hash)?).await
}

async fn view(
    state: &ApiState,
    hash: farbank_channels::units::PaymentHash,
) -> Result<Json<PaymentView>, ApiRefusal> {
    let found = state.node.look(move |switch| switch.payment(&hash).map(PaymentView::of));
    found.await?.map(Json).ok_or(ApiRefusal::Unknown)
}

fn hop(hop: &HopRequest) -> Result<Via, ApiRefusal> {
    let node = hop.node.parse().map_err(|_| ApiRefusal::Malformed { what: "a hop" })?;
    let charge = match &hop.quote {
        Some(quote) => Charge::Quote(Box::new(quote.clone())),
        None => {
            let base = hop.fee_base.as_deref().map(amount).transpose()?;
            Charge::Fee { base: base.unwrap_or(TokenAmount::ZERO), ppm: hop.fee_ppm }
        }
    };
    Ok(Via { node, charge, delta_secs: hop.delta_secs })
}
