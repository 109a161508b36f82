//! A change that is asked for again gets the answer that it got before.
//!
//! Kept in memory, the newest thousands: behind a restart the state itself refuses what was done, by
//! the payment's hash, the quote's or the channel's id.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{to_bytes, Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use farbank_types::{keccak256, B256};
use tokio::sync::OnceCell;

use super::{ApiRefusal, ApiState, MAX_BODY};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 128;
/// Answers that are remembered.
const KEPT: usize = 10_000;

/// The answers that were given.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_key: BTreeMap<String, Arc<Asked>>,
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Asked {
    /// Hash of path and body.
    request: B256,
    answer: OnceCell<Answer>,
}

#[derive(Clone, Debug)]
struct Answer {
    status: StatusCode,
    kind: Option<HeaderValue>,
    body: Bytes,
}

impl Answers {
    fn of(&self, key: &str, request: B256) -> Arc<Asked> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = kept.by_key.get(key) {
            return Arc::clone(asked);
        }
        if kept.order.len() >= KEPT {
            if let Some(oldest) = kept.order.pop_front() {
                kept.by_key.remove(&oldest);
            }
        }
        let asked = Arc::new(Asked { request, answer: OnceCell::new() });
        kept.by_key.insert(key.to_owned(), Arc::clone(&asked));
        kept.order.push_back(key.to_owned());
        asked
    }

    fn forget(&self, key: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_key.remove(key);
        kept.order.retain(|other| other != key);
    }
}

/// Lets a change through once for each key; two at the same time wait for one answer.
pub(super) async fn once(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiRefusal> {
    state.authorize(request.headers())?;
    let key = key(request.headers())?;
    let (parts, body) = request.into_parts();
    let body =
        to_bytes(body, MAX_BODY).await.map_err(|_| ApiRefusal::Malformed { what: "the body" })?;
    let hash = keccak256([parts.uri.path().as_bytes(), b"\0", &body].concat());
    let asked = state.answers.of(&key, hash);
    if asked.request != hash {
        return Err(ApiRefusal::KeyReused);
    }
    let answering = async {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Answer { status: parts.status, kind: parts.headers.get(CONTENT_TYPE).cloned(), body }
    };
    let answer = asked.answer.get_or_init(|| answering).await.clone();
    if answer.status.is_server_error() {
        // Nothing was decided: the same request may be tried again.
        state.answers.forget(&key);
    }
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    if let Some(kind) = answer.kind {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Ok(response)
}

fn key(headers: &HeaderMap) -> Result<String, ApiRefusal> {
    let key = headers.get(HEADER).and_then(|value| value.to_str().ok());
    match key {
        Some(key) if (1..=LONGEST).contains(&key.len()) => Ok(key.to_owned()),
        Some(_) | None => Err(ApiRefusal::KeyMissing),
    }
}
