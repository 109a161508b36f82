//! Channels: which there are, and what is done with them.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::Json;
use farbank_channels::channel::SettleIntent;
use farbank_channels::domain::{ChannelId, ChannelTerms, RawTerms, Sides};
use farbank_channels::objects::VaultFlags;
use farbank_channels::signature::NodeId;
use farbank_channels::switch::SwitchInput;
use farbank_channels::units::{ChallengePeriod, TokenAmount};
use farbank_types::{ChainId, UnixTime, B256};

use super::views::{ChannelList, ChannelView, LeaveRequest, OpenRequest, SettleRequest};
use super::{ApiRefusal, ApiState};

type Body<T> = Result<Json<T>, JsonRejection>;

/// Lists all channels.
#[utoipa::path(get, path = "/v1/channels", responses((status = 200, body = ChannelList)))]
pub(super) async fn list(State(state): State<ApiState>) -> Result<Json<ChannelList>, ApiRefusal> {
    let channels = state.node.look(|switch| {
        let channels = switch.channels();
        channels.map(|(channel, peer, asset)| ChannelView::of(channel, peer, asset)).collect()
    });
    Ok(Json(ChannelList { channels: channels.await? }))
}

/// Follows a channel that exists on chain or is about to.
#[utoipa::path(
    post,
    path = "/v1/channels",
    request_body = OpenRequest,
    responses((status = 201, body = ChannelView), (status = 422, description = "Refused by name"))
)]
pub(super) async fn open(
    State(state): State<ApiState>,
    request: Body<OpenRequest>,
) -> Result<(StatusCode, Json<ChannelView>), ApiRefusal> {
    let Json(request) = request?;
    let peer: NodeId =
        request.peer.parse().map_err(|_| ApiRefusal::Malformed { what: "the peer" })?;
    let (own, other) = (state.node.node().address(), peer.address());
    let terms = ChannelTerms::new(RawTerms {
        chain_id: ChainId::new(request.asset.chain),
        contract: request.asset.contract,
        party_a: own.min(other),
        party_b: own.max(other),
        token: request.asset.token,
        challenge: ChallengePeriod::new(request.challenge_secs),
        salt: request.salt,
    });
    let terms = terms.map_err(|_| ApiRefusal::Malformed { what: "the peer" })?;
    state.node.open_channel(terms, peer).await??;
    let id = terms.id();
    let view = state.node.look(move |switch| {
        let mut channels = switch.channels();
        let found = channels.find(|(channel, ..)| channel.id() == id);
        found.map(|(channel, peer, asset)| ChannelView::of(channel, peer, asset))
    });
    Ok((StatusCode::CREATED, Json(view.await?.ok_or(ApiRefusal::Unknown)?)))
}

/// Proposes a settle to the peer; events tell what comes of it.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/settle",
    request_body = SettleRequest,
    responses((status = 202), (status = 422, description = "Refused by name"))
)]
pub(super) async fn settle(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    request: Body<SettleRequest>,
) -> Result<StatusCode, ApiRefusal> {
    let Json(request) = request?;
    let [a, b] = &request.total_out;
    let intent = SettleIntent {
        total_out: Sides { a: amount(a)?, b: amount(b)? },
        deadline: UnixTime::new(request.deadline),
        to_vault: vault(request.to_vault),
    };
    accepted(&state, SwitchInput::Settle { channel: channel(&id)?, intent }).await
}

/// Proposes a cooperative close to the peer; nothing is paid by this node from then on.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/leave",
    request_body = LeaveRequest,
    responses((status = 202), (status = 422, description = "Refused by name"))
)]
pub(super) async fn leave(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    request: Body<LeaveRequest>,
) -> Result<StatusCode, ApiRefusal> {
    let Json(request) = request?;
    let (channel, deadline) = (channel(&id)?, UnixTime::new(request.deadline));
    let to_vault = vault(request.to_vault);
    accepted(&state, SwitchInput::Leave { channel, deadline, to_vault }).await
}

/// Closes a channel without the peer.
#[utoipa::path(
    post,
    path = "/v1/channels/{id}/close",
    responses((status = 202), (status = 422, description = "Refused by name"))
)]
pub(super) async fn close(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiRefusal> {
    accepted(&state, SwitchInput::Close(channel(&id)?)).await
}

async fn accepted(state: &ApiState, input: SwitchInput) -> Result<StatusCode, ApiRefusal> {
    state.node.command(input).await??;
    Ok(StatusCode::ACCEPTED)
}

fn channel(id: &str) -> Result<ChannelId, ApiRefusal> {
    let id: B256 = id.parse().map_err(|_| ApiRefusal::Malformed { what: "the channel's id" })?;
    Ok(ChannelId::from(id))
}

pub(super) fn amount(text: &str) -> Result<TokenAmount, ApiRefusal> {
    let parsed = text.parse().map_err(|_| ApiRefusal::Malformed { what: "an amount" })?;
    Ok(TokenAmount::new(parsed))
}

const fn vault([a, b]: [bool; 2]) -> VaultFlags {
    VaultFlags { a, b }
}
