//! Asking for redemptions.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::Json;
use bitcoin::Address;
use farbank_relayer_core::peg_out::{Payout, RedemptionId};
use farbank_relayer_core::ports::{PegOutStore as _, RedemptionRecord};

use super::deposits::{malformed, Paging};
use super::views::{RefusalView, WaitView};
use super::views_peg_out::{PayoutView, RedemptionList, RedemptionView};
use super::{ApiRefusal, ApiState};
use crate::pipeline::{LedgerError, Memory};

/// Lists redemptions, the newest first.
#[utoipa::path(
    get,
    path = "/v1/redemptions",
    params(Paging),
    responses((status = 200, body = RedemptionList))
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<RedemptionList>, ApiRefusal> {
    let Query(paging) = paging.map_err(|rejection| malformed(&rejection.body_text()))?;
    let store = state.ledger.store();
    let records = store.redemptions(paging.page()).await.map_err(LedgerError::new)?;
    let total = store.redemption_count().await.map_err(LedgerError::new)?;
    let memory = state.ledger.memory().await;
    let redemptions = records.iter().map(|record| view(&state, record, &memory)).collect();
    Ok(Json(RedemptionList { total, redemptions }))
}

/// Shows one redemption by the contract's number.
#[utoipa::path(
    get,
    path = "/v1/redemptions/{id}",
    params(("id" = u64, Path, description = "The contract's number of it")),
    responses((status = 200, body = RedemptionView), (status = 404, body = RefusalView))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<RedemptionView>, ApiRefusal> {
    let Path(id) = id.map_err(|rejection| malformed(&rejection.body_text()))?;
    let found = state.ledger.store().redemption(RedemptionId::new(id)).await;
    let record = found.map_err(LedgerError::new)?.ok_or(ApiRefusal::UnknownRedemption)?;
    let memory = state.ledger.memory().await;
    Ok(Json(view(&state, &record, &memory)))
}

fn view(state: &ApiState, record: &RedemptionRecord, memory: &Memory) -> RedemptionView {
    let redemption = memory.treasury().newest(&record.redemption);
    let network = state.ledger.deployment().bitcoin.network;
    RedemptionView {
        id: redemption.id.get(),
        amount_sat: redemption.amount.to_sat(),
        max_fee_sat: redemption.max_fee.to_sat(),
        requested_at: redemption.requested_at.get(),
        requester: redemption.requester.to_string(),
        script: redemption.script.to_hex_string(),
        address: Address::from_script(&redemption.script, network).ok().map(|it| it.to_string()),
        state: record.state.name().to_owned(),
        payout: record.state.payout().map(|payout| paid(payout, memory)),
        wait: wait(record, memory),
    }
}

/// Returns what a redemption waits for.
pub(super) fn wait(record: &RedemptionRecord, memory: &Memory) -> Option<WaitView> {
    let needed = memory.parameters().custody_confirmations;
    let wait = record.state.wait(&memory.peg_out_context(), needed)?;
    Some(WaitView {
        subject: format!("redemption {}", record.redemption.id),
        cause: wait.to_string(),
        remedy: wait.remedy().to_owned(),
    })
}

fn paid(payout: &Payout, memory: &Memory) -> PayoutView {
    let height = payout.block.height;
    let tip = memory.peg_out_context().bitcoin_tip;
    PayoutView {
        txid: payout.txid.to_string(),
        value_sat: payout.value.to_sat(),
        height: height.get(),
        block: payout.block.hash.to_string(),
        confirmations: height.confirmations_at(tip).get(),
    }
}
