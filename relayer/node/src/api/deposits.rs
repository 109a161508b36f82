//! Announcing deposits, and asking for them.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::Json;
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use farbank_relayer_core::peg_in::{DescriptorId, PegInState};
use farbank_relayer_core::ports::{DepositRecord, DescriptorRecord, Page, PegInStore as _};
use farbank_types::{BitcoinHeight, BlockCount, UnixTime};
use serde::Deserialize;
use utoipa::IntoParams;

use super::views::{DepositList, DepositView, OutputView, RefusalView, WaitView};
use super::{ApiRefusal, ApiState};
use crate::pipeline::{LedgerError, Memory};

/// A client's node may be ahead of this relayer's by a day of blocks, not by more.
const MAX_BIRTH_AHEAD: BlockCount = BlockCount::new(144);
/// Entries of one page at most.
const MAX_PAGE: u32 = 100;

/// Which part of the list.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// Entries left out at the beginning.
    #[serde(default)]
    offset: u32,
    /// Entries at most, up to 100.
    #[serde(default = "max_page")]
    limit: u32,
}

impl Paging {
    pub(super) fn page(self) -> Page {
        Page { offset: self.offset, limit: self.limit.min(MAX_PAGE) }
    }
}

const fn max_page() -> u32 {
    MAX_PAGE
}

/// Has a deposit watched. The body is the public part of a deposit file. Repeating it is harmless:
/// the same descriptor is the same deposit.
#[utoipa::path(
    post,
    path = "/v1/deposits",
    responses(
        (status = 200, body = DepositView, description = "It is watched"),
        (status = 401, body = RefusalView),
        (status = 422, body = RefusalView, description = "Of another network or bridge, or damaged"),
        (status = 429, body = RefusalView, description = "Enough are watched")
    )
)]
pub(super) async fn announce(
    State(state): State<ApiState>,
    headers: HeaderMap,
    body: Result<Json<DepositAnnouncement>, JsonRejection>,
) -> Result<Json<DepositView>, ApiRefusal> {
    state.authorize(&headers)?;
    let Json(announcement) = body.map_err(|rejection| malformed_body(&rejection))?;
    announcement.checked_address(&*state.secp)?;
    announcement.check_against(state.ledger.deployment())?;
    let tweak = announcement.descriptor.tweak_hash();
    let id = DescriptorId::new(tweak.map_err(|rejection| ApiRefusal::Deposit(rejection.into()))?);
    let scanned_to = first_cursor(&state, &announcement).await?;
    let record = DescriptorRecord { id, announcement, scanned_to };
    if !state.ledger.watch(record, state.max_descriptors).await? {
        return Err(ApiRefusal::TooManyDeposits { max: state.max_descriptors });
    }
    tracing::info!(descriptor = %id, "a deposit was announced");
    find(&state, id).await.map(Json)
}

/// Lists announced deposits in the order of their arrival.
#[utoipa::path(
    get,
    path = "/v1/deposits",
    params(Paging),
    responses((status = 200, body = DepositList))
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<DepositList>, ApiRefusal> {
    let Query(paging) = paging.map_err(|rejection| malformed(&rejection.body_text()))?;
    let store = state.ledger.store();
    let records = store.descriptors(paging.page()).await.map_err(LedgerError::new)?;
    let total = store.descriptor_count().await.map_err(LedgerError::new)?;
    let mut deposits = Vec::with_capacity(records.len());
    for record in records {
        deposits.push(find(&state, record.id).await?);
    }
    Ok(Json(DepositList { total, deposits }))
}

/// Shows one announced deposit by its name.
#[utoipa::path(
    get,
    path = "/v1/deposits/{id}",
    params(("id" = String, Path, description = "The name that the announcement returned")),
    responses((status = 200, body = DepositView), (status = 404, body = RefusalView))
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<DepositView>, ApiRefusal> {
    let Path(id) = id.map_err(|rejection| malformed(&rejection.body_text()))?;
    let id = id.parse::<DescriptorId>().map_err(|_| ApiRefusal::UnknownDeposit)?;
    find(&state, id).await.map(Json)
}

async fn find(state: &ApiState, id: DescriptorId) -> Result<DepositView, ApiRefusal> {
    let found = state.ledger.store().descriptor(id).await.map_err(LedgerError::new)?;
    let (descriptor, deposits) = found.ok_or(ApiRefusal::UnknownDeposit)?;
    let memory = state.ledger.memory().await;
    Ok(view(&descriptor, &deposits, &memory, state.ledger.now()))
}

/// Returns the height below which no block is searched: no block before the birth pays it, and none
/// before the checkpoint can be claimed.
async fn first_cursor(
    state: &ApiState,
    announcement: &DepositAnnouncement,
) -> Result<BitcoinHeight, ApiRefusal> {
    let birth = announcement.birth_height;
    let memory = state.ledger.memory().await;
    if let Some(tip) = memory.chain().map(|chain| chain.tip().height) {
        if tip.checked_add(MAX_BIRTH_AHEAD).is_some_and(|most| birth > most) {
            return Err(ApiRefusal::BirthInFuture { birth, tip });
        }
    }
    let first = birth.max(state.ledger.deployment().checkpoint.height);
    Ok(BitcoinHeight::new(first.get().saturating_sub(1)))
}

fn view(
    descriptor: &DescriptorRecord,
    deposits: &[DepositRecord],
    memory: &Memory,
    now: UnixTime,
) -> DepositView {
    let announcement = &descriptor.announcement;
    let address = announcement.address.clone().assume_checked().to_string();
    let wait = deposits.is_empty().then(|| WaitView {
        subject: address.clone(),
        cause: format!("no payment to it up to Bitcoin block {}", descriptor.scanned_to),
        remedy: "pay the address from any wallet, then wait for a block".to_owned(),
    });
    DepositView {
        id: descriptor.id.to_string(),
        address,
        recipient: announcement.descriptor.recipient.to_string(),
        birth_height: announcement.birth_height.get(),
        scanned_to: descriptor.scanned_to.get(),
        outputs: deposits.iter().map(|record| output(record, memory, now)).collect(),
        wait,
    }
}

fn output(record: &DepositRecord, memory: &Memory, now: UnixTime) -> OutputView {
    let contract = memory.contract_view();
    let context = memory.context(record, contract, now);
    let inclusion = record.state.inclusion();
    let wait = record.state.wait(&context).map(|wait| WaitView {
        subject: record.facts.outpoint.to_string(),
        cause: wait.to_string(),
        remedy: wait.remedy().to_owned(),
    });
    OutputView {
        id: record.facts.id().to_string(),
        outpoint: record.facts.outpoint.to_string(),
        amount_sat: record.facts.amount.to_sat(),
        carrier_fee_sat: record.facts.carrier_fee.to_sat(),
        state: record.state.name().to_owned(),
        height: inclusion.height().get(),
        block: inclusion.block.hash.to_string(),
        confirmations: inclusion.height().confirmations_at(contract.tip_height).get(),
        confirmations_needed: context.confirmations_needed().get(),
        minted_at: match record.state {
            PegInState::Minted { seen_at, .. }
            | PegInState::Orphaned { seen_at, .. }
            | PegInState::Done { seen_at, .. } => Some(seen_at.get()),
            PegInState::Confirming { .. }
            | PegInState::Claimable { .. }
            | PegInState::Claiming { .. }
            | PegInState::Disconnected { .. }
            | PegInState::TooLate { .. }
            | PegInState::Spent { .. }
            | PegInState::Refused { .. }
            | PegInState::Reclaimed { .. } => None,
        },
        refused: refusal(&record.state),
        wait,
    }
}

fn refusal(state: &PegInState) -> Option<String> {
    let PegInState::Refused { reason, .. } = state else { return None };
    Some(reason.to_string())
}

pub(super) fn malformed(text: &str) -> ApiRefusal {
    ApiRefusal::Malformed(text.to_owned())
}

fn malformed_body(rejection: &JsonRejection) -> ApiRefusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiRefusal::TooLarge,
        _ => malformed(&rejection.body_text()),
    }
}
