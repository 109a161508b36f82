//! Invoices of this node.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::Json;
use farbank_channels::invoice::{Invoice, InvoiceTerms};
use farbank_channels::payload::PaymentSecret;
use farbank_channels::switch::{Expected, ExpectedState, SwitchInput};
use farbank_channels::units::{PaymentHash, Preimage};
use farbank_types::bitcoin::secp256k1::rand::{rngs::OsRng, RngCore as _};
use farbank_types::B256;

use super::channels::amount;
use super::views::{InvoiceRequest, InvoiceView};
use super::{ApiRefusal, ApiState};

/// Makes an invoice; its preimage is shown to whoever pays it.
#[utoipa::path(
    post,
    path = "/v1/invoices",
    request_body = InvoiceRequest,
    responses((status = 201, body = InvoiceView), (status = 422, description = "Refused by name"))
)]
pub(super) async fn create(
    State(state): State<ApiState>,
    request: Result<Json<InvoiceRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<InvoiceView>), ApiRefusal> {
    let Json(request) = request?;
    let preimage = Preimage::new(random());
    let (payment_hash, created_at) = (preimage.hash(), state.now());
    let asset = request.asset.into();
    let terms = InvoiceTerms {
        network: state.terms.network.clone(),
        asset,
        amount: request.amount.as_deref().map(amount).transpose()?,
        payment_hash,
        secret: PaymentSecret::new(random()),
        description: request.description,
        created_at,
        lifetime_secs: request.lifetime_secs,
        min_lock_secs: request.min_lock_secs,
        quote: None,
    };
    let invoice = Invoice::sign(&terms, &state.terms.key)?;
    let expected = Expected {
        payment_hash,
        preimage: Some(preimage),
        secret: terms.secret.clone(),
        asset,
        amount: terms.amount,
        expires_at: invoice.expires_at(),
        min_lock_secs: terms.min_lock_secs,
    };
    state.node.command(SwitchInput::Expect(expected)).await??;
    let view = InvoiceView {
        payment_hash: payment_hash.to_string(),
        invoice: Some(invoice.as_str().to_owned()),
        state: "open".to_owned(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Tells how an invoice stands.
#[utoipa::path(
    get,
    path = "/v1/invoices/{payment_hash}",
    responses((status = 200, body = InvoiceView), (status = 404))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Path(hash): Path<String>,
) -> Result<Json<InvoiceView>, ApiRefusal> {
    let hash = payment_hash(&hash)?;
    let stands = state.node.look(move |switch| {
        switch.expected(&hash).map(|expected| match expected.state {
            ExpectedState::Open => "open",
            ExpectedState::Held { .. } => "held",
            ExpectedState::Claimed { .. } => "claimed",
            ExpectedState::Received { .. } => "received",
        })
    });
    let stands = stands.await?.ok_or(ApiRefusal::Unknown)?;
    let (payment_hash, state) = (hash.to_string(), stands.to_owned());
    Ok(Json(InvoiceView { payment_hash, invoice: None, state }))
}

pub(super) fn payment_hash(text: &str) -> Result<PaymentHash, ApiRefusal> {
    let hash: B256 =
        text.parse().map_err(|_| ApiRefusal::Malformed { what: "the payment hash" })?;
    Ok(PaymentHash::new(hash.0))
}

pub(super) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
