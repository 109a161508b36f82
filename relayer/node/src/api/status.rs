//! How the relayer fares, every wait with its cause and remedy.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::Json;
use farbank_relayer_core::header_relay::{HeaderRelayState, HeaderWait};

use super::views::{AccountView, BitcoinView, SideChainView, StatusView, WaitView};
use super::{custody, redemptions, ApiState};
use crate::pipeline::Memory;
use crate::relayer::{Part, PARTS};

/// Waits of deposits that are listed; the others are counted.
const LISTED_WAITS: usize = 100;

/// Tells how the relayer fares.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = StatusView)))]
pub(super) async fn status(State(state): State<ApiState>) -> Json<StatusView> {
    let balance = state.executor.balance().await;
    let deployment = state.ledger.deployment();
    let memory = state.ledger.memory().await;
    let mut outputs = BTreeMap::new();
    for record in memory.deposits() {
        let count: &mut u32 = outputs.entry(record.state.name().to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    let mut open = BTreeMap::new();
    for record in memory.treasury().redemptions() {
        let count: &mut u32 = open.entry(record.state.name().to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    Json(StatusView {
        ready: state.health.is_ready(),
        instance: deployment.instance.to_string(),
        bitcoin: bitcoin(&state, &memory),
        side_chain: side_chain(&state, &memory),
        account: AccountView {
            address: state.executor.account().to_string(),
            balance_wei: balance.map(|wei| wei.get().to_string()),
        },
        descriptors: count(memory.descriptors().count()),
        outputs,
        redemptions: open,
        custody: memory.treasury().custody().name().to_owned(),
        transactions_under_way: count(memory.intents().count()),
        waits: waits(&state, &memory),
    })
}

fn bitcoin(state: &ApiState, memory: &Memory) -> BitcoinView {
    let tip = memory.chain().map(farbank_bitcoin_light_client::HeaderChain::tip);
    BitcoinView {
        network: state.ledger.deployment().bitcoin.network.to_string(),
        height: tip.map(|tip| tip.height.get()),
        tip: tip.map(|tip| tip.hash.to_string()),
        time: tip.map(|tip| tip.time.get()),
        last_success: state.health.of(Part::Bitcoin).last_success.map(Into::into),
    }
}

fn side_chain(state: &ApiState, memory: &Memory) -> SideChainView {
    let look = memory.look();
    let contract = look.map(|_| memory.contract_view());
    SideChainView {
        head: look.map(|look| look.head.get()),
        finalized: look.map(|look| look.finalized.get()),
        contract_height: contract.map(|view| view.tip_height.get()),
        shared_height: contract.map(|view| view.shared_height.get()),
        contract_time: contract.map(|view| view.tip_time.get()),
        header_relay: memory.header_relay().name().to_owned(),
        last_success: state.health.of(Part::SideChain).last_success.map(Into::into),
    }
}

fn waits(state: &ApiState, memory: &Memory) -> Vec<WaitView> {
    let mut waits = Vec::new();
    for part in PARTS {
        if let Some(fault) = state.health.of(part).fault {
            waits.push(WaitView {
                subject: part.name().to_owned(),
                cause: format!("{} (since {}, {} tries)", fault.message, fault.since, fault.tries),
                remedy: part.remedy().to_owned(),
            });
        }
    }
    if let HeaderRelayState::Resting { wait } = memory.header_relay() {
        if !matches!(wait, HeaderWait::Start | HeaderWait::Level | HeaderWait::NotWorthwhile { .. })
        {
            waits.push(WaitView {
                subject: "header-relay".to_owned(),
                cause: wait.to_string(),
                remedy: wait.remedy().to_owned(),
            });
        }
    }
    let (contract, now) = (memory.contract_view(), state.ledger.now());
    let of_deposits = memory.deposits().filter_map(|record| {
        let wait = record.state.wait(&memory.context(record, contract, now))?;
        Some(WaitView {
            subject: record.facts.outpoint.to_string(),
            cause: wait.to_string(),
            remedy: wait.remedy().to_owned(),
        })
    });
    waits.extend(of_deposits.take(LISTED_WAITS));
    waits.extend(custody::wait(memory));
    let of_redemptions =
        memory.treasury().redemptions().filter_map(|record| redemptions::wait(record, memory));
    waits.extend(of_redemptions.take(LISTED_WAITS));
    waits
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
