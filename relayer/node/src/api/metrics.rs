//! Figures for Prometheus, read from the present state at each scrape: nothing is counted twice or
//! lost in a restart.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::HeaderName;
use farbank_types::UnixTime;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::ApiState;
use crate::pipeline::Memory;
use crate::relayer::PARTS;

/// Text format of Prometheus.
const FORMAT: &str = "text/plain; version=0.0.4";

/// Tells the figures that alarms watch.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "Prometheus text format", content_type = "text/plain"))
)]
pub(super) async fn metrics(
    State(state): State<ApiState>,
) -> ([(HeaderName, &'static str); 1], String) {
    let balance = state.executor.balance().await;
    // A wei amount beyond 2^53 loses digits that no alarm looks at.
    let balance = balance.and_then(|wei| wei.get().to_string().parse::<f64>().ok());
    let memory = state.ledger.memory().await;
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        if let Some(balance) = balance {
            gauge!("farbank_account_balance_wei").set(balance);
        }
        for part in PARTS {
            let health = state.health.of(part);
            let works = health.last_success.is_some() && health.fault.is_none();
            gauge!("farbank_part_up", "part" => part.name()).set(f64::from(u8::from(works)));
        }
        chains(&memory, state.ledger.now());
        backlog(&memory);
        custody(&memory);
    });
    ([(CONTENT_TYPE, FORMAT)], handle.render())
}

fn chains(memory: &Memory, now: UnixTime) {
    if let Some(chain) = memory.chain() {
        gauge!("farbank_bitcoin_tip_height").set(f64::from(chain.tip().height.get()));
    }
    if memory.look().is_some() {
        let contract = memory.contract_view();
        let age = now.secs_since(contract.tip_time).unwrap_or(0);
        gauge!("farbank_contract_tip_height").set(f64::from(contract.tip_height.get()));
        gauge!("farbank_contract_shared_height").set(f64::from(contract.shared_height.get()));
        gauge!("farbank_contract_tip_age_seconds")
            .set(f64::from(u32::try_from(age).unwrap_or(u32::MAX)));
    }
}

fn backlog(memory: &Memory) {
    let count = |length: usize| f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    gauge!("farbank_descriptors").set(count(memory.descriptors().count()));
    gauge!("farbank_transactions_under_way").set(count(memory.intents().count()));
    for record in memory.deposits() {
        gauge!("farbank_deposits", "state" => record.state.name()).increment(1.0);
    }
}

fn custody(memory: &Memory) {
    let treasury = memory.treasury();
    for record in treasury.redemptions() {
        gauge!("farbank_redemptions", "state" => record.state.name()).increment(1.0);
    }
    gauge!("farbank_custody", "state" => treasury.custody().name()).set(1.0);
    let unswept = treasury.minted().filter(|minted| minted.spent_at.is_none()).count();
    gauge!("farbank_unswept_deposits").set(f64::from(u32::try_from(unswept).unwrap_or(u32::MAX)));
    if let Some(height) = treasury.searched_to() {
        gauge!("farbank_custody_searched_height").set(f64::from(height.get()));
    }
}
