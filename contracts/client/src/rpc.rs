//! JSON-RPC over HTTP with a bound on the time and on the size of every answer.

use core::time::Duration;

use ethers::types::Bytes as EthersBytes;
use http_body_util::LengthLimitError;
use jsonrpsee::core::client::{ClientT as _, Error as ClientError};
use jsonrpsee::core::http_helpers::HttpError;
use jsonrpsee::core::BoxError;
use jsonrpsee::http_client::transport::Error as TransportError;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use jsonrpsee::types::ErrorObjectOwned;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::convert;
use crate::fault::{Fault, NodeError};

/// How to reach a side-chain node, and how long and how much to listen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcConfig {
    /// JSON-RPC address, `http://` or `https://`.
    pub url: String,
    /// Bound on each call, from connecting to the last byte.
    pub timeout: Duration,
    /// Bound on the body of each answer in bytes.
    pub max_answer_bytes: u32,
}

impl RpcConfig {
    /// Twice what a busy node needs for the most expensive call here (gas estimate of a batch).
    const TIMEOUT: Duration = Duration::from_secs(10);
    /// The largest honest answers are a transaction of 128 KiB in hexadecimal and a range of logs,
    /// which is split when it does not fit.
    const MAX_ANSWER_BYTES: u32 = 4 * 1024 * 1024;

    /// Returns the bounds for real use: 10 s and 4 MiB.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), timeout: Self::TIMEOUT, max_answer_bytes: Self::MAX_ANSWER_BYTES }
    }
}

/// One node behind one address. Cheap to clone; connections are shared and reopened as needed.
#[derive(Clone, Debug)]
pub(crate) struct Rpc {
    client: HttpClient,
    timeout: Duration,
    max_answer_bytes: u32,
}

impl Rpc {
    pub(crate) fn new(config: &RpcConfig) -> Result<Self, Fault> {
        let client = HttpClientBuilder::default()
            .request_timeout(config.timeout)
            .max_response_size(config.max_answer_bytes)
            .build(&config.url)
            .map_err(|source| Fault::BadAddress {
                url: config.url.as_str().into(),
                source: Box::new(source),
            })?;
        Ok(Self { client, timeout: config.timeout, max_answer_bytes: config.max_answer_bytes })
    }

    /// Asks one question.
    pub(crate) async fn ask<R: DeserializeOwned>(
        &self,
        method: &'static str,
        parameters: Vec<Value>,
    ) -> Result<R, Fault> {
        self.client.request(method, parameters).await.map_err(|error| self.fault(method, error))
    }

    fn fault(&self, method: &'static str, error: ClientError) -> Fault {
        if let ClientError::Call(object) = &error {
            Fault::Node { method, error: node_error(object) }
        } else if matches!(error, ClientError::RequestTimeout) {
            Fault::Timeout { method, after: self.timeout }
        } else if let ClientError::Transport(source) = error {
            self.transport_fault(method, source)
        } else {
            Fault::Unreadable { method, source: Box::new(error) }
        }
    }

    fn transport_fault(&self, method: &'static str, source: BoxError) -> Fault {
        match source.downcast_ref::<TransportError>() {
            Some(TransportError::Rejected { status_code }) => {
                Fault::HttpStatus { method, status: *status_code }
            }
            Some(TransportError::Http(HttpError::TooLarge)) => self.too_large(method),
            Some(TransportError::Http(HttpError::Stream(reason)))
                if reason.is::<LengthLimitError>() =>
            {
                self.too_large(method)
            }
            Some(TransportError::Http(HttpError::Malformed)) => {
                Fault::Unreadable { method, source }
            }
            _ => Fault::Unreachable { method, source },
        }
    }

    const fn too_large(&self, method: &'static str) -> Fault {
        Fault::AnswerTooLarge { method, limit: self.max_answer_bytes }
    }
}

fn node_error(object: &ErrorObjectOwned) -> NodeError {
    NodeError {
        code: object.code(),
        message: object.message().chars().take(NodeError::MAX_MESSAGE).collect(),
        data: object
            .data()
            .and_then(|raw| serde_json::from_str::<EthersBytes>(raw.get()).ok())
            .map(convert::bytes),
    }
}
