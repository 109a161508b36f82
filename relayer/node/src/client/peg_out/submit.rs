//! Sending the requester's own calls to the bridge.

use farbank_contracts::{
    submit_and_wait, BridgeRefusal, Call, FeePolicy, Receipt, SideChainClient, SubmitError,
    TransactionSender, Wait,
};

use crate::client::error::ClientFault;
use crate::client::key::UserKey;

/// A call that the contract refuses, or that a fault stopped.
pub(super) enum SubmitFailure {
    Refused(BridgeRefusal),
    Fault(ClientFault),
}

/// Simulates, signs and sends a call, and waits for its receipt.
pub(super) async fn submit(
    client: &SideChainClient,
    key: &UserKey,
    call: &Call,
    wait: Wait,
) -> Result<Receipt, SubmitFailure> {
    let chain_id = client.node().chain_id();
    let sender = TransactionSender::new(key.evm_key(), chain_id, FeePolicy::default());
    submit_and_wait(client.node(), &sender, call, wait).await.map_err(|error| {
        if let SubmitError::Refused(refusal) = error {
            return SubmitFailure::Refused(refusal);
        }
        SubmitFailure::Fault(ClientFault::Submit(error))
    })
}
