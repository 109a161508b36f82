//! Handing a signed transaction to a node, and what the node says to it.

use farbank_types::{Bytes, B256};
use serde_json::json;
use thiserror::Error;

use super::PreparedTransaction;
use crate::fault::{Fault, NodeError};
use crate::node::SideChainNode;

const SEND: &str = "eth_sendRawTransaction";

/// How a node took a transaction. Both mean that it holds it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broadcast {
    /// It is new to the node.
    Accepted,
    /// The node had it already: a repetition is no error.
    AlreadyKnown,
}

/// Why a node does not take a transaction. What becomes of it is not decided here: see
/// [`crate::TransactionIntent::fate`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BroadcastRefusal {
    /// The nonce is spent, by this or by another transaction.
    #[error("the nonce is spent already; look for the receipt")]
    NonceTooLow,
    /// The nonce is too far above the account's.
    #[error("earlier nonces are missing; broadcast those first")]
    NonceTooHigh,
    /// The pool holds another transaction with this nonce that offers almost as much or more.
    #[error("the node holds another transaction with this nonce; bump the fee")]
    ReplacementUnderpriced,
    /// It offers less than the base fee or than the node accepts.
    #[error("the fee is below what the node accepts; bump it or wait")]
    FeeTooLow,
    /// The account cannot pay for it.
    #[error("the account lacks the ether for value and gas; fund it")]
    InsufficientFunds,
    /// Its gas limit exceeds the block's.
    #[error("the gas limit exceeds that of a block; send less at once")]
    GasAboveBlockLimit,
    /// The node has no room for it.
    #[error("the node's pool is full; try again later")]
    PoolFull,
    /// Any other reason.
    #[error("the node refuses it with code {}: {}", .0.code, .0.message)]
    Other(NodeError),
}

/// Why a transaction was not handed over.
#[derive(Debug, Error)]
pub enum BroadcastFailure {
    /// The node does not take it.
    #[error(transparent)]
    Refused(#[from] BroadcastRefusal),
    /// Nobody knows whether the node has it: repeat.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl BroadcastRefusal {
    /// Sorts the words of geth, anvil, Besu and Erigon.
    fn from_node(error: NodeError) -> Result<Broadcast, Self> {
        const ALREADY_KNOWN: &[&str] = &["already known", "already imported", "known transaction"];
        const FEE_TOO_LOW: &[&str] = &[
            "transaction underpriced",
            "less than block base fee",
            "fee cap less than",
            "gas price below",
            "gas tip cap",
        ];
        let message = error.message.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(ALREADY_KNOWN) {
            return Ok(Broadcast::AlreadyKnown);
        }
        Err(if says(&["nonce too low", "nonce is too low", "old nonce"]) {
            Self::NonceTooLow
        } else if says(&["nonce too high", "nonce is too high", "nonce too distant"]) {
            Self::NonceTooHigh
        } else if says(&["replacement", "replace existing"]) {
            Self::ReplacementUnderpriced
        } else if says(FEE_TOO_LOW) {
            Self::FeeTooLow
        } else if says(&["insufficient funds", "upfront cost exceeds"]) {
            Self::InsufficientFunds
        } else if says(&["exceeds block gas limit", "exceeds the block gas limit"]) {
            Self::GasAboveBlockLimit
        } else if says(&["pool is full", "pool limit"]) {
            Self::PoolFull
        } else {
            Self::Other(error)
        })
    }
}

impl SideChainNode {
    /// Hands a prepared transaction to the node. Idempotent: a repetition of what the node holds is
    /// [`Broadcast::AlreadyKnown`].
    ///
    /// # Errors
    ///
    /// [`BroadcastFailure::Refused`] when the node does not take it; [`BroadcastFailure::Fault`] when
    /// it does not answer, in which case it may have the transaction all the same.
    pub async fn broadcast(
        &self,
        prepared: &PreparedTransaction,
    ) -> Result<Broadcast, BroadcastFailure> {
        let hash = self.broadcast_raw(&prepared.raw).await?;
        match hash {
            None => Ok(Broadcast::AlreadyKnown),
            Some(hash) if hash == prepared.hash => Ok(Broadcast::Accepted),
            Some(_) => {
                let expected = "the hash of the transaction that was sent";
                Err(Fault::Contradiction { method: SEND, expected }.into())
            }
        }
    }

    /// Returns the hash that the node reports, or `None` when it knew the transaction.
    async fn broadcast_raw(&self, raw: &Bytes) -> Result<Option<B256>, BroadcastFailure> {
        match self.rpc().ask(SEND, vec![json!(raw)]).await {
            Ok(hash) => Ok(Some(hash)),
            Err(Fault::Node { error, .. }) => {
                BroadcastRefusal::from_node(error).map(|_| None).map_err(Into::into)
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
