//! How custody fares.

use axum::extract::State;
use axum::Json;
use farbank_relayer_core::custody::CustodyAttempt;

use super::views::WaitView;
use super::views_peg_out::{AttemptView, CustodyView};
use super::ApiState;
use crate::pipeline::Memory;

/// Tells what the contract holds for custody and what is under way.
#[utoipa::path(get, path = "/v1/custody", responses((status = 200, body = CustodyView)))]
pub(super) async fn custody(State(state): State<ApiState>) -> Json<CustodyView> {
    let memory = state.ledger.memory().await;
    let treasury = memory.treasury();
    let output = treasury.look().and_then(|look| look.newest.output);
    let unswept = treasury.minted().filter(|minted| minted.spent_at.is_none()).count();
    Json(CustodyView {
        state: treasury.custody().name().to_owned(),
        wait: wait(&memory),
        outpoint: output.map(|output| output.outpoint.to_string()),
        value_sat: output.map(|output| output.value.to_sat()),
        key: output.map(|output| output.key.to_string()),
        searched_to: treasury.searched_to().map(Into::into),
        fee_rate_sat_per_kwu: treasury.fee_rate().map(bitcoin::FeeRate::to_sat_per_kwu),
        unswept: u32::try_from(unswept).unwrap_or(u32::MAX),
        attempts: treasury.history().iter().map(attempt).collect(),
    })
}

/// Returns what custody waits for.
pub(super) fn wait(memory: &Memory) -> Option<WaitView> {
    let needed = memory.parameters().custody_confirmations;
    let (cause, remedy) = memory.treasury().custody().wait(needed)?;
    Some(WaitView { subject: "custody".to_owned(), cause, remedy: remedy.to_owned() })
}

fn attempt(attempt: &CustodyAttempt) -> AttemptView {
    let facts = attempt.facts();
    let sweeps = attempt.shape().map_or(0, |shape| shape.deposits.len());
    AttemptView {
        txid: attempt.txid().to_string(),
        input: facts.input.to_string(),
        fee_sat: facts.fee.map(bitcoin::Amount::to_sat),
        redemptions: facts.ids.as_ref().map(|ids| ids.iter().map(|id| id.get()).collect()),
        sweeps: u32::try_from(sweeps).unwrap_or(u32::MAX),
        height: facts.block.map(|block| block.height.get()),
    }
}
