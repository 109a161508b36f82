//! Refusals and faults as HTTP answers: a status and `{"refused", "message"}`.

use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::Json;
use farbank_channels::invoice::{InvoiceRejection, TermsRejection};
use farbank_channels::switch::{PlanRejection, SwitchRejection};
use thiserror::Error;

use super::views::RefusalView;
use crate::engine::EngineError;

/// Why a request is not served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApiRefusal {
    /// No token, or another one.
    #[error("the bearer token is missing or wrong; take it from the node's token file")]
    Unauthorized,
    /// A change without a name.
    #[error("a change needs an Idempotency-Key of 1 to 128 visible characters")]
    KeyMissing,
    /// The name was used for something else.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The body is not what the call takes.
    #[error(transparent)]
    Body(#[from] JsonRejection),
    /// A parameter is not what the call takes.
    #[error("{what} is not understood")]
    Malformed {
        /// Which one.
        what: &'static str,
    },
    /// Nothing under that name.
    #[error("nothing of this name is known here; it may be long over")]
    Unknown,
    /// The invoice is not one that can be paid from here.
    #[error(transparent)]
    Invoice(#[from] InvoiceRejection),
    /// No such invoice can be made.
    #[error(transparent)]
    Terms(#[from] TermsRejection),
    /// The route does not work.
    #[error(transparent)]
    Plan(#[from] PlanRejection),
    /// The switch refuses.
    #[error(transparent)]
    Switch(#[from] SwitchRejection),
    /// The node stops.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl ApiRefusal {
    /// Returns the name of the reason.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::KeyMissing => "KeyMissing",
            Self::KeyReused => "KeyReused",
            Self::Body(_) | Self::Malformed { .. } => "Malformed",
            Self::Unknown => "Unknown",
            Self::Invoice(why) => why.into(),
            Self::Terms(_) => "BadTerms",
            Self::Plan(_) => "NoRoute",
            Self::Switch(why) => why.name(),
            Self::Engine(_) => "Unavailable",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::KeyMissing | Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::Body(why) => why.status(),
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::KeyReused
            | Self::Invoice(_)
            | Self::Terms(_)
            | Self::Plan(_)
            | Self::Switch(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Engine(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        let view = RefusalView { refused: self.name().to_owned(), message: self.to_string() };
        (self.status(), Json(view)).into_response()
    }
}
