//! What the handlers share.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use farbank_channels::signature::NodeKey;
use farbank_types::UnixTime;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::idempotency::Answers;
use super::{ApiRefusal, InvoiceNetwork};
use crate::clock::Clock;
use crate::node::NodeHandle;

/// Time that listeners get when the node stops.
pub(super) const FAREWELL: Duration = Duration::from_millis(200);

/// What the interface needs beside the node.
#[derive(Debug)]
pub struct ApiTerms {
    /// Signs invoices and quotes.
    pub key: NodeKey,
    /// Whoever has it may use the interface.
    pub token: Zeroizing<String>,
    /// Prefix of invoices.
    pub network: InvoiceNetwork,
}

/// What the handlers share.
#[derive(Clone)]
pub struct ApiState {
    pub(super) node: NodeHandle,
    pub(super) terms: Arc<ApiTerms>,
    pub(super) answers: Arc<Answers>,
    clock: Arc<dyn Clock>,
}

impl ApiState {
    /// Puts it together.
    #[must_use]
    pub fn new(node: NodeHandle, terms: ApiTerms, clock: impl Clock) -> Self {
        let (terms, answers) = (Arc::new(terms), Arc::default());
        Self { node, terms, answers, clock: Arc::new(clock) }
    }

    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Checks the bearer token (RFC 6750), in a time that tells nothing about it.
    pub(super) fn authorize(&self, headers: &HeaderMap) -> Result<(), ApiRefusal> {
        let given = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .ok_or(ApiRefusal::Unauthorized)?;
        if bool::from(given.ct_eq(self.terms.token.as_bytes())) {
            Ok(())
        } else {
            Err(ApiRefusal::Unauthorized)
        }
    }
}

/// Lets nobody through without the token: what a node holds and pays is nobody else's business.
pub(super) async fn authorized(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiRefusal> {
    state.authorize(request.headers())?;
    Ok(next.run(request).await)
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("node", &self.node).finish_non_exhaustive()
    }
}
