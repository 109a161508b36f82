//! A relayer's HTTP interface, as its users see it: told of deposits, asked how it is.

use core::time::Duration;
use std::path::{Path, PathBuf};

use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

/// A relayer on the other side of the world answers well within it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a relayer was of no use. Nothing depends on one: another may be asked, or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayerError {
    /// No connection, or none in time.
    #[error("the relayer at {url} cannot be reached: {source}; ask another one, or run one")]
    Unreachable {
        /// Its address.
        url: String,
        /// Reason of the HTTP library.
        #[source]
        source: reqwest::Error,
    },
    /// It refuses the token.
    #[error("the relayer at {url} refuses the token in {}; ask its operator", path.display())]
    Unauthorized {
        /// Its address.
        url: String,
        /// The token file.
        path: PathBuf,
    },
    /// It refuses the deposit, with a name.
    #[error("the relayer at {url} refuses: {message}")]
    Refused {
        /// Its address.
        url: String,
        /// Name of the reason.
        name: String,
        /// Its words.
        message: String,
    },
    /// It answers something that is no answer of a relayer.
    #[error(
        "{url} answers with HTTP status {status}, which no relayer does here; check the address"
    )]
    NoRelayer {
        /// Its address.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The token file cannot be read.
    #[error("cannot read the relayer's token in {}: {source}", path.display())]
    TokenUnreadable {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        #[source]
        source: std::io::Error,
    },
}

impl RelayerError {
    /// Tells whether the same call may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::NoRelayer { status, .. } => *status >= 500,
            Self::Refused { .. } | Self::Unauthorized { .. } | Self::TokenUnreadable { .. } => {
                false
            }
        }
    }
}

/// A relayer's address.
#[derive(Clone, Debug)]
pub struct RelayerClient {
    http: Client,
    url: String,
}

/// What a relayer says when it refuses.
#[derive(Deserialize)]
struct Refusal {
    refused: String,
    message: String,
}

/// Longest answer of a relayer that is repeated in an error.
const MAX_ANSWER: usize = 300;

impl RelayerClient {
    /// Returns a client. Nothing is connected yet.
    ///
    /// # Errors
    /// [`RelayerError::Unreachable`] when the HTTP library cannot be set up.
    pub fn new(url: &str) -> Result<Self, RelayerError> {
        let url = url.trim_end_matches('/').to_owned();
        let http = Client::builder()
            .timeout(TIMEOUT)
            .build()
            .map_err(|source| RelayerError::Unreachable { url: url.clone(), source })?;
        Ok(Self { http, url })
    }

    /// Announces a deposit. Repeating it changes nothing: the idempotency key is the address.
    ///
    /// # Errors
    /// [`RelayerError`].
    pub async fn announce(
        &self,
        deposit: &DepositAnnouncement,
        token_file: &Path,
    ) -> Result<(), RelayerError> {
        let token = std::fs::read_to_string(token_file).map(Zeroizing::new).map_err(|source| {
            RelayerError::TokenUnreadable { path: token_file.to_owned(), source }
        })?;
        let answer = self
            .http
            .post(format!("{}/v1/deposits", self.url))
            .bearer_auth(token.trim())
            .header("Idempotency-Key", deposit.address.clone().assume_checked().to_string())
            .json(deposit)
            .send()
            .await
            .map_err(|source| self.unreachable(source))?;
        match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(RelayerError::Unauthorized {
                url: self.url.clone(),
                path: token_file.to_owned(),
            }),
            _ => self.accepted(answer).await.map(drop),
        }
    }

    /// Returns what the relayer says of itself (`GET /v1/status`). Nobody has to believe it.
    ///
    /// # Errors
    /// [`RelayerError`].
    pub async fn status(&self) -> Result<Value, RelayerError> {
        let url = format!("{}/v1/status", self.url);
        let answer = self.http.get(url).send().await.map_err(|source| self.unreachable(source))?;
        let answer = self.accepted(answer).await?;
        answer.json().await.map_err(|source| self.unreachable(source))
    }

    async fn accepted(&self, answer: Response) -> Result<Response, RelayerError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let url = self.url.clone();
        let text = answer.text().await.unwrap_or_default();
        let shorter = |text: String| text.chars().take(MAX_ANSWER).collect();
        Err(match serde_json::from_str::<Refusal>(&text) {
            Ok(Refusal { refused, message }) => {
                RelayerError::Refused { url, name: shorter(refused), message: shorter(message) }
            }
            Err(_) => RelayerError::NoRelayer { url, status: status.as_u16() },
        })
    }

    fn unreachable(&self, source: reqwest::Error) -> RelayerError {
        RelayerError::Unreachable { url: self.url.clone(), source: source.without_url() }
    }
}
