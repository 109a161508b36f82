//! What goes wrong between this process and bitcoind.

use std::io;
use std::path::PathBuf;

use bitcoin::consensus::encode::FromHexError;
use bitcoin::{BlockHash, Network};
use jsonrpsee::core::ClientError;
use thiserror::Error;

/// Error code of bitcoind while it loads its database.
const IN_WARMUP: i32 = -28;
/// Error code of bitcoind without peers.
const NOT_CONNECTED: i32 = -9;

/// A fault of bitcoind or of the way to it. A node's *answer* that something is not there is not an
/// error but `None`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BitcoindError {
    /// No connection, a cut one, or an HTTP status that is not the node's refusal of credentials.
    #[error("bitcoind at {url} cannot be reached: {source}; start it or correct its address")]
    Unreachable {
        /// The node's address.
        url: String,
        /// What the transport says.
        source: ClientError,
    },
    /// The node took the request and stayed silent.
    #[error("bitcoind at {url} gave no answer to {method} within {seconds} s")]
    TimedOut {
        /// The node's address.
        url: String,
        /// The call.
        method: &'static str,
        /// The configured limit.
        seconds: u64,
    },
    /// The credentials cannot be read, or are not one line `user:password`.
    #[error(
        "credentials of bitcoind in {} cannot be read: {source}; expected one line user:password",
        path.display()
    )]
    CredentialsUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The node refuses the credentials, read anew after its first refusal.
    #[error("bitcoind at {url} refuses the credentials in {}", path.display())]
    Unauthorized {
        /// The node's address.
        url: String,
        /// The file.
        path: PathBuf,
    },
    /// The node answers with an error of its own.
    #[error("bitcoind refuses {method}: {message} (code {code})")]
    Refused {
        /// The call.
        method: &'static str,
        /// Code, as `src/rpc/protocol.h` of Bitcoin Core numbers them.
        code: i32,
        /// The node's words.
        message: String,
    },
    /// The answer is not what the call returns, or larger than allowed.
    #[error("the answer of bitcoind to {method} is not understood: {source}")]
    Malformed {
        /// The call.
        method: &'static str,
        /// What the decoder says.
        source: ClientError,
    },
    /// A block, header or transaction in the answer does not decode.
    #[error("bitcoind sent undecodable data for {method}: {source}")]
    Undecodable {
        /// The call.
        method: &'static str,
        /// What the decoder says.
        source: FromHexError,
    },
    /// Fewer or more answers than questions in a batch.
    #[error("bitcoind answered {answers} of {questions} calls of a {method} batch")]
    IncompleteBatch {
        /// The call.
        method: &'static str,
        /// Answers.
        answers: usize,
        /// Questions.
        questions: usize,
    },
    /// The header of the answer hashes to something else than was asked for.
    #[error("bitcoind sent block {received} when asked for {asked}")]
    WrongBlock {
        /// What was asked for.
        asked: BlockHash,
        /// What came.
        received: BlockHash,
    },
    /// The transactions of the block do not give its Merkle root.
    #[error("bitcoind sent block {hash} with transactions that do not match its Merkle root")]
    WrongMerkleRoot {
        /// The block.
        hash: BlockHash,
    },
    /// The node serves another network.
    #[error("bitcoind at {url} serves {actual}, expected {expected}; correct its address")]
    WrongNetwork {
        /// The node's address.
        url: String,
        /// What was configured.
        expected: Network,
        /// What the node says.
        actual: Network,
    },
    /// The node is older than 28.0.
    #[error("bitcoind at {url} has version {version}, expected at least {needed}; update it")]
    TooOld {
        /// The node's address.
        url: String,
        /// The node's version, 280000 for 28.0.
        version: u32,
        /// The least version.
        needed: u32,
    },
    /// The address is none.
    #[error("{url} is not the address of a JSON-RPC server (http://host:port): {source}")]
    BadUrl {
        /// The address.
        url: String,
        /// What the parser says.
        source: ClientError,
    },
}

impl BitcoindError {
    /// Returns whether the same call can succeed later, without a change of the configuration.
    ///
    /// Wrong data counts as transient: a damaged or lying node is asked again, never believed.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::CredentialsUnreadable { .. }
            | Self::Unauthorized { .. }
            | Self::Malformed { .. }
            | Self::Undecodable { .. }
            | Self::IncompleteBatch { .. }
            | Self::WrongBlock { .. }
            | Self::WrongMerkleRoot { .. } => true,
            Self::Refused { code, .. } => matches!(*code, IN_WARMUP | NOT_CONNECTED),
            Self::WrongNetwork { .. } | Self::TooOld { .. } | Self::BadUrl { .. } => false,
        }
    }

    /// Returns whether the node can never be the right one: another network, too old, no address.
    /// A node that answers nonsense may do better later.
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        matches!(self, Self::WrongNetwork { .. } | Self::TooOld { .. } | Self::BadUrl { .. })
    }
}
