//! What the handlers share.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::HeaderMap;
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::ApiRefusal;
use crate::config::RelayerConfig;
use crate::relayer::start::{Parts, RelayerExecutor, RelayerLedger};
use crate::relayer::Health;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct ApiState {
    pub(super) ledger: Arc<RelayerLedger>,
    pub(super) executor: Arc<RelayerExecutor>,
    pub(super) health: Arc<Health>,
    pub(super) secp: Arc<Secp256k1<VerifyOnly>>,
    pub(super) max_descriptors: u32,
    token: Arc<Zeroizing<String>>,
    max_body_bytes: u32,
}

impl ApiState {
    pub(crate) fn new(config: &RelayerConfig, parts: &Parts, health: Arc<Health>) -> Self {
        Self {
            ledger: Arc::clone(&parts.ledger),
            executor: Arc::clone(&parts.executor),
            health,
            secp: Arc::new(Secp256k1::verification_only()),
            max_descriptors: config.peg_in.max_descriptors,
            token: Arc::new(parts.token.clone()),
            max_body_bytes: config.api.max_body_bytes,
        }
    }

    pub(super) fn max_body_bytes(&self) -> usize {
        usize::try_from(self.max_body_bytes).unwrap_or(usize::MAX)
    }

    /// Checks the bearer token (RFC 6750), in a time that tells nothing about it.
    pub(super) fn authorize(&self, headers: &HeaderMap) -> Result<(), ApiRefusal> {
        let given = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .ok_or(ApiRefusal::Unauthorized)?;
        if bool::from(given.ct_eq(self.token.as_bytes())) {
            Ok(())
        } else {
            Err(ApiRefusal::Unauthorized)
        }
    }
}
