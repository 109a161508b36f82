//! Refusals and faults as HTTP answers: a status and `{"refused", "message"}`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::Json;
use farbank_relayer_core::peg_in::deposit_file::DepositFileRejection;
use farbank_types::BitcoinHeight;
use thiserror::Error;

use super::views::RefusalView;
use crate::pipeline::LedgerError;

/// Why a request is not served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApiRefusal {
    /// No token, or another one.
    #[error("the bearer token is missing or wrong; take it from the relayer's api.token_file")]
    Unauthorized,
    /// The body or a parameter is not what the call takes.
    #[error("the request is not understood: {0}")]
    Malformed(String),
    /// The body is larger than allowed.
    #[error("the request is larger than this relayer takes")]
    TooLarge,
    /// The announcement belongs elsewhere, or is damaged.
    #[error(transparent)]
    Deposit(#[from] DepositFileRejection),
    /// No block can pay it for a long time.
    #[error(
        "the deposit's birth height is {birth}, the Bitcoin tip is at {tip}; correct the file"
    )]
    BirthInFuture {
        /// What the announcement says.
        birth: BitcoinHeight,
        /// Tip of the verified chain.
        tip: BitcoinHeight,
    },
    /// Enough is watched.
    #[error("this relayer watches {max} deposits already; announce it to another one")]
    TooManyDeposits {
        /// The configured bound.
        max: u32,
    },
    /// Nothing under that name.
    #[error("no deposit of this name was announced here")]
    UnknownDeposit,
    /// Nothing under that number.
    #[error("this relayer knows no redemption of this number; it may not be in a block yet")]
    UnknownRedemption,
    /// The record failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ApiRefusal {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::Malformed(_) => "Malformed",
            Self::TooLarge => "TooLarge",
            Self::Deposit(rejection) => deposit_name(rejection),
            Self::BirthInFuture { .. } => "BirthInFuture",
            Self::TooManyDeposits { .. } => "TooManyDeposits",
            Self::UnknownDeposit => "UnknownDeposit",
            Self::UnknownRedemption => "UnknownRedemption",
            Self::Ledger(_) => "Unavailable",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Deposit(_) | Self::BirthInFuture { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyDeposits { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownDeposit | Self::UnknownRedemption => StatusCode::NOT_FOUND,
            Self::Ledger(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

const fn deposit_name(rejection: &DepositFileRejection) -> &'static str {
    match rejection {
        DepositFileRejection::WrongNetwork { .. } => "WrongNetwork",
        DepositFileRejection::WrongInstance { .. } => "WrongInstance",
        DepositFileRejection::ForeignTerms => "ForeignTerms",
        DepositFileRejection::AddressMismatch { .. } => "AddressMismatch",
        DepositFileRejection::UnknownVersion { .. } => "UnknownVersion",
        DepositFileRejection::ReclaimSecretMismatch => "ReclaimSecretMismatch",
        DepositFileRejection::DamagedDepositFile { .. } => "DamagedDepositFile",
        DepositFileRejection::Descriptor(_) => "InvalidDescriptor",
        #[allow(clippy::wildcard_enum_match_arm, reason = "the enum of another crate may grow")]
        _ => "DamagedDeposit",
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        if let Self::Ledger(error) = &self {
            tracing::error!(%error, "a request met a failing record");
        }
        let view = RefusalView { refused: self.name().to_owned(), message: self.to_string() };
        (self.status(), Json(view)).into_response()
    }
}
