//! What happens, as it becomes durable: server-sent events.

use core::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use farbank_channels::switch::{PaymentEnd, SwitchOutput};
use futures_util::stream::{unfold, Stream};
use serde_json::{json, Value};
use tokio::sync::broadcast::error::RecvError;

use super::ApiState;

/// Tells what happens from now on, each with its kind as the event's name. `missed` says how many events
/// a slow listener lost: it should ask for the states that it cares about.
#[utoipa::path(
    get,
    path = "/v1/events",
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream"))
)]
pub(super) async fn events(
    State(state): State<ApiState>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let listening = state.node.events().listen();
    let stream = unfold(listening, |mut listening| async move {
        loop {
            let (kind, data) = match listening.recv().await {
                Ok(output) => match describe(&output) {
                    Some(described) => described,
                    None => continue,
                },
                Err(RecvError::Lagged(missed)) => ("missed", json!({ "events": missed })),
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(Event::default().event(kind).data(data.to_string())), listening));
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Name and content of an event; nothing for what is between the node and a peer.
fn describe(output: &SwitchOutput) -> Option<(&'static str, Value)> {
    Some(match output {
        SwitchOutput::Send { .. } => return None,
        SwitchOutput::Channel { id, output } => {
            let said = format!("{output:?}");
            ("channel", json!({ "id": id.to_string(), "said": said }))
        }
        SwitchOutput::PaymentSent { payment_hash, attempt } => (
            "payment_sent",
            json!({ "payment_hash": payment_hash.to_string(), "attempt": attempt }),
        ),
        SwitchOutput::PaymentEnded { payment_hash, end } => {
            let (state, failure) = match end {
                PaymentEnd::Paid(_) => ("paid", None),
                PaymentEnd::Failed(failure) => ("failed", Some(failure.name().to_owned())),
                PaymentEnd::Unknown => ("unknown", None),
            };
            let hash = payment_hash.to_string();
            ("payment_ended", json!({ "payment_hash": hash, "state": state, "failure": failure }))
        }
        SwitchOutput::PaymentHeld { payment_hash, amount, .. } => {
            ("payment_held", paid(payment_hash, amount))
        }
        SwitchOutput::PaymentClaimed { payment_hash, amount, .. } => {
            ("payment_claimed", paid(payment_hash, amount))
        }
        SwitchOutput::PaymentReceived { payment_hash, amount } => {
            ("payment_received", paid(payment_hash, amount))
        }
        SwitchOutput::ForwardStarted { payment_hash, .. } => {
            ("forward_started", json!({ "payment_hash": payment_hash.to_string() }))
        }
        SwitchOutput::ForwardPaid { payment_hash, taken, given } => (
            "forward_paid",
            json!({
                "payment_hash": payment_hash.to_string(),
                "taken": taken.1.to_string(),
                "given": given.1.to_string(),
            }),
        ),
        SwitchOutput::LockFailed { payment_hash, failure, .. } => {
            let failure = failure.map(|failure| failure.name());
            let hash = payment_hash.to_string();
            ("lock_failed", json!({ "payment_hash": hash, "failure": failure }))
        }
        SwitchOutput::PeerSuspended(peer) => {
            ("peer_suspended", json!({ "peer": peer.to_string() }))
        }
    })
}

fn paid(hash: &impl ToString, amount: &impl ToString) -> Value {
    json!({ "payment_hash": hash.to_string(), "amount": amount.to_string() })
}
