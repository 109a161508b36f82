//! Sending a call from a tool: a deployer, a faucet, a command. Without a durable record, so never
//! for a service.

use core::time::Duration;

use farbank_types::{Nonce, B256};
use thiserror::Error;

use super::{BroadcastFailure, BroadcastRefusal, PrepareRejection, TransactionSender};
use crate::call::Call;
use crate::fault::Fault;
use crate::node::{BlockAt, CallFailure, ExecutionStatus, Receipt, SideChainNode};
use crate::refusal::BridgeRefusal;

/// How long to wait for a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Time between two questions.
    pub poll: Duration,
    /// When to give up.
    pub timeout: Duration,
}

impl Default for Wait {
    /// Asks twice a second for a minute: many blocks of a side chain.
    fn default() -> Self {
        Self { poll: Duration::from_millis(500), timeout: Duration::from_secs(60) }
    }
}

/// Why a call did not take effect, or may not have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The contract refuses it. Nothing was sent.
    #[error(transparent)]
    Refused(#[from] BridgeRefusal),
    /// It costs more than the policy allows. Nothing was sent.
    #[error(transparent)]
    Prepare(#[from] PrepareRejection),
    /// The node does not take it.
    #[error(transparent)]
    Broadcast(#[from] BroadcastRefusal),
    /// The node does not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// No block took it in time; it may still happen.
    #[error(
        "transaction {hash} is in no block after {} s; look for its receipt later",
        waited.as_secs()
    )]
    NotIncluded {
        /// The transaction.
        hash: B256,
        /// How long it was waited for.
        waited: Duration,
    },
    /// It was included and undone.
    #[error("transaction {hash} was reverted; its fee is spent")]
    Reverted {
        /// The transaction.
        hash: B256,
    },
}

impl From<CallFailure> for SubmitError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Refused(refusal) => refusal.into(),
            CallFailure::Fault(fault) => fault.into(),
        }
    }
}

impl From<BroadcastFailure> for SubmitError {
    fn from(failure: BroadcastFailure) -> Self {
        match failure {
            BroadcastFailure::Refused(refusal) => refusal.into(),
            BroadcastFailure::Fault(fault) => fault.into(),
        }
    }
}

impl SubmitError {
    /// Tells whether the same submission may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Fault(fault) => fault.is_transient(),
            Self::NotIncluded { .. } => true,
            Self::Refused(_) | Self::Prepare(_) | Self::Broadcast(_) | Self::Reverted { .. } => {
                false
            }
        }
    }
}

/// Simulates, signs and sends a call with the account's next nonce, and waits for its receipt. The
/// account must not be used by others meanwhile.
///
/// # Errors
///
/// See [`SubmitError`]: only [`SubmitError::Fault`] and [`SubmitError::NotIncluded`] leave open
/// whether the call takes effect.
pub async fn submit_and_wait(
    node: &SideChainNode,
    sender: &TransactionSender,
    call: &Call,
    wait: Wait,
) -> Result<Receipt, SubmitError> {
    submit(node, sender, call, wait).await.map(|(_, receipt)| receipt)
}

/// Does the same and returns the nonce as well, by which a created contract has its address.
pub(crate) async fn submit(
    node: &SideChainNode,
    sender: &TransactionSender,
    call: &Call,
    wait: Wait,
) -> Result<(Nonce, Receipt), SubmitError> {
    let from = sender.address();
    let estimate = node.simulate(from, call, BlockAt::Latest).await?;
    let fee = sender.policy().choose(node.fee_market().await?).map_err(PrepareRejection::from)?;
    let nonce = node.nonce(from, BlockAt::Latest).await?;
    let prepared = sender.prepare(call, nonce, fee, estimate)?;
    tracing::debug!(hash = %prepared.hash, %nonce, "sending a transaction");
    node.broadcast(&prepared).await?;
    let receipt = node.wait_for_receipt(prepared.hash, wait).await?;
    match receipt.status {
        ExecutionStatus::Succeeded => Ok((nonce, receipt)),
        ExecutionStatus::Reverted => Err(SubmitError::Reverted { hash: prepared.hash }),
    }
}

impl SideChainNode {
    /// Waits until a block holds a transaction. Faults that may pass are waited out.
    ///
    /// # Errors
    ///
    /// [`SubmitError::NotIncluded`] when no block holds it in time, [`SubmitError::Fault`] when the
    /// node's answer is unusable.
    pub async fn wait_for_receipt(&self, hash: B256, wait: Wait) -> Result<Receipt, SubmitError> {
        let found = tokio::time::timeout(wait.timeout, async {
            loop {
                match self.receipt(hash).await {
                    Ok(Some(receipt)) => return Ok(receipt),
                    Ok(None) => {}
                    Err(fault) if fault.is_transient() => {
                        tracing::debug!(%fault, "waiting for a receipt");
                    }
                    Err(fault) => return Err(fault),
                }
                tokio::time::sleep(wait.poll).await;
            }
        });
        match found.await {
            Ok(receipt) => Ok(receipt?),
            Err(_) => Err(SubmitError::NotIncluded { hash, waited: wait.timeout }),
        }
    }
}
