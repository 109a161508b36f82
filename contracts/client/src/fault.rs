//! What can go wrong between this process and a side-chain node.

use core::time::Duration;

use farbank_types::Bytes;
use thiserror::Error;

/// Why a question to the side-chain node has no usable answer. Never says anything about the bridge
/// itself: what the contracts refuse is a [`crate::BridgeRefusal`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The address is not one that JSON-RPC over HTTP can be spoken to.
    #[error("cannot use {url} as the side-chain node's address: expected http:// or https://")]
    BadAddress {
        /// The address as configured.
        url: Box<str>,
        /// Reason of the HTTP library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer in time.
    #[error(
        "side-chain node did not answer {method} within {} ms; check that it runs and is not \
         overloaded",
        after.as_millis()
    )]
    Timeout {
        /// JSON-RPC method.
        method: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// No connection, or one that broke off.
    #[error("side-chain node cannot be reached for {method}; check its address and that it runs")]
    Unreachable {
        /// JSON-RPC method.
        method: &'static str,
        /// Reason of the HTTP library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that speaks HTTP, but does not serve the request.
    #[error("side-chain node answered {method} with HTTP status {status}, expected 200")]
    HttpStatus {
        /// JSON-RPC method.
        method: &'static str,
        /// HTTP status code.
        status: u16,
    },
    /// The answer exceeds the bound of [`crate::RpcConfig`] and was not read.
    #[error("side-chain node's answer to {method} exceeds {limit} bytes and was not read")]
    AnswerTooLarge {
        /// JSON-RPC method.
        method: &'static str,
        /// The bound in bytes.
        limit: u32,
    },
    /// The answer is not the JSON that the method promises.
    #[error("side-chain node's answer to {method} cannot be read; is this an Ethereum JSON-RPC?")]
    Unreadable {
        /// JSON-RPC method.
        method: &'static str,
        /// What the parser met.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is well formed and contradicts the question or another answer: the node is
    /// broken or lies.
    #[error("side-chain node's answer to {method} is impossible: expected {expected}")]
    Contradiction {
        /// JSON-RPC method.
        method: &'static str,
        /// What an honest node would have said.
        expected: &'static str,
    },
    /// The node says that it cannot answer.
    #[error("side-chain node refused {method} with code {}: {}", error.code, error.message)]
    Node {
        /// JSON-RPC method.
        method: &'static str,
        /// Its words.
        error: NodeError,
    },
}

/// Error object of JSON-RPC 2.0 section 5.1, cut to a bounded size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeError {
    /// Error code.
    pub code: i32,
    /// Message, at most [`NodeError::MAX_MESSAGE`] characters.
    pub message: Box<str>,
    /// The `data` field when it is a hexadecimal string: what an EVM execution returned.
    pub data: Option<Bytes>,
}

impl NodeError {
    /// Greatest length of a kept message in characters: enough for every message of geth and anvil,
    /// too short to flood a log.
    pub const MAX_MESSAGE: usize = 300;

    /// Whether the execution itself failed. geth and anvil report a revert with data by code 3, and
    /// every other failure of the EVM by words alone.
    pub(crate) fn is_execution_failure(&self) -> bool {
        const WORDS: [&str; 5] = [
            "execution reverted",
            "invalid opcode",
            "out of gas",
            "gas required exceeds allowance",
            "evm error",
        ];
        let message = self.message.to_ascii_lowercase();
        self.code == 3 || WORDS.iter().any(|words| message.contains(words))
    }
}

impl Fault {
    /// Tells whether the same question to the same node is likely to be answered later: the
    /// connection, the load or the synchronisation of the node stood in the way, not its nature.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Unreachable { .. } => true,
            Self::HttpStatus { status, .. } => matches!(status, 429 | 500..=599),
            // Server errors (a block not yet there, a busy pool), internal errors and rate limits.
            Self::Node { error, .. } => matches!(error.code, -32_099..=-32_000 | -32_603 | 429),
            Self::BadAddress { .. }
            | Self::AnswerTooLarge { .. }
            | Self::Unreadable { .. }
            | Self::Contradiction { .. } => false,
        }
    }
}
