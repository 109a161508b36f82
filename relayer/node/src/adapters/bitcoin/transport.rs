//! JSON-RPC calls and batches, with credentials read again after a refusal.

use core::fmt::Debug;
use core::time::Duration;
use std::sync::Arc;

use jsonrpsee::core::client::{BatchResponse, ClientT as _};
use jsonrpsee::core::params::{ArrayParams, BatchRequestBuilder};
use jsonrpsee::core::{ClientError, DeserializeOwned};
use jsonrpsee::http_client::transport::Error as HttpError;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use serde::Serialize;
use tokio::sync::Mutex;

use super::{BitcoindError, BitcoindOptions};

/// HTTP status of refused credentials.
const UNAUTHORIZED: u16 = 401;
/// Calls in one HTTP request: bounds the size of the answer, not the number of questions.
const BATCH: usize = 500;

/// One node's JSON-RPC interface.
#[derive(Debug)]
pub(super) struct Transport {
    options: BitcoindOptions,
    client: Mutex<Option<Arc<HttpClient>>>,
}

/// The parameters of one call.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<serde_json::Value>);

impl Params {
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Appends one; a value that is no JSON (a map with keys that are no strings) becomes null.
    pub(super) fn with(mut self, value: impl Serialize) -> Self {
        self.0.push(serde_json::to_value(value).unwrap_or_default());
        self
    }

    fn array(&self) -> Result<ArrayParams, serde_json::Error> {
        let mut array = ArrayParams::new();
        for value in &self.0 {
            array.insert(value)?;
        }
        Ok(array)
    }
}

impl Transport {
    pub(super) fn new(options: BitcoindOptions) -> Self {
        Self { options, client: Mutex::new(None) }
    }

    pub(super) const fn options(&self) -> &BitcoindOptions {
        &self.options
    }

    /// Calls `method` once; once more when the node refuses the credentials.
    pub(super) async fn call<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Params,
        timeout: Option<Duration>,
    ) -> Result<R, BitcoindError> {
        let array = || params.array().map_err(|source| malformed(method, source));
        let client = self.client(timeout).await?;
        match client.request::<R, _>(method, array()?).await {
            Err(error) if is_unauthorized(&error) => {
                self.forget().await;
                let client = self.client(timeout).await?;
                client.request(method, array()?).await.map_err(|e| self.classify(method, e))
            }
            answer => answer.map_err(|e| self.classify(method, e)),
        }
    }

    /// Asks the same `method` with each of `calls`; the answers come in the same order.
    pub(super) async fn batch<R: DeserializeOwned + Debug>(
        &self,
        method: &'static str,
        calls: &[Params],
    ) -> Result<Vec<R>, BitcoindError> {
        let mut answers = Vec::with_capacity(calls.len());
        for part in calls.chunks(BATCH) {
            let answer = match self.batch_once::<R>(method, part).await {
                Err(error) if is_unauthorized(&error) => {
                    self.forget().await;
                    self.batch_once::<R>(method, part).await
                }
                answer => answer,
            };
            answers.extend(answer.map_err(|error| self.classify(method, error))?);
        }
        if answers.len() == calls.len() {
            Ok(answers)
        } else {
            Err(BitcoindError::IncompleteBatch {
                method,
                answers: answers.len(),
                questions: calls.len(),
            })
        }
    }

    async fn batch_once<R: DeserializeOwned + Debug>(
        &self,
        method: &'static str,
        calls: &[Params],
    ) -> Result<Vec<R>, ClientError> {
        let mut builder = BatchRequestBuilder::new();
        for params in calls {
            builder.insert(method, params.array()?)?;
        }
        let client =
            self.client(None).await.map_err(|error| ClientError::Transport(error.into()))?;
        let response: BatchResponse<'_, R> = client.batch_request(builder).await?;
        let mut answers = Vec::with_capacity(calls.len());
        for answer in response {
            answers.push(answer.map_err(|error| ClientError::Call(error.into_owned()))?);
        }
        Ok(answers)
    }

    /// Returns the shared client, or one of its own for an unusual timeout.
    async fn client(&self, timeout: Option<Duration>) -> Result<Arc<HttpClient>, BitcoindError> {
        if let Some(timeout) = timeout {
            return self.build(timeout).await;
        }
        let mut slot = self.client.lock().await;
        if let Some(client) = slot.as_ref() {
            return Ok(Arc::clone(client));
        }
        let client = self.build(self.options.timeout).await?;
        *slot = Some(Arc::clone(&client));
        Ok(client)
    }

    async fn build(&self, timeout: Duration) -> Result<Arc<HttpClient>, BitcoindError> {
        let headers = self.options.auth.headers().await?;
        HttpClientBuilder::default()
            .set_headers(headers)
            .request_timeout(timeout)
            .max_response_size(self.options.max_response_bytes)
            .build(&self.options.url)
            .map(Arc::new)
            .map_err(|source| BitcoindError::BadUrl { url: self.options.url.clone(), source })
    }

    async fn forget(&self) {
        *self.client.lock().await = None;
    }

    fn classify(&self, method: &'static str, error: ClientError) -> BitcoindError {
        let url = || self.options.url.clone();
        if is_unauthorized(&error) {
            let path = self.options.auth.path().to_owned();
            return BitcoindError::Unauthorized { url: url(), path };
        }
        if let ClientError::Call(object) = &error {
            let (code, message) = (object.code(), object.message().to_owned());
            return BitcoindError::Refused { method, code, message };
        }
        if matches!(error, ClientError::RequestTimeout) {
            let seconds = self.options.timeout.as_secs();
            return BitcoindError::TimedOut { url: url(), method, seconds };
        }
        let ClientError::Transport(source) = error else {
            return BitcoindError::Malformed { method, source: error };
        };
        match source.downcast::<BitcoindError>() {
            Ok(own) => *own,
            Err(source) => {
                BitcoindError::Unreachable { url: url(), source: ClientError::Transport(source) }
            }
        }
    }
}

fn is_unauthorized(error: &ClientError) -> bool {
    let ClientError::Transport(source) = error else { return false };
    matches!(
        source.downcast_ref::<HttpError>(),
        Some(HttpError::Rejected { status_code: UNAUTHORIZED })
    )
}

fn malformed(method: &'static str, source: serde_json::Error) -> BitcoindError {
    BitcoindError::Malformed { method, source: ClientError::ParseError(source) }
}
