//! Executing a call without sending it.

use ethers::types as e;
use farbank_types::{Bytes, EvmAddress, Gas};
use serde_json::{json, Map, Value};
use thiserror::Error;

use super::{BlockAt, SideChainNode};
use crate::call::Call;
use crate::convert;
use crate::fault::Fault;
use crate::refusal::BridgeRefusal;

/// Gas that a call would use, as the node found by executing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GasEstimate(pub Gas);

/// Why a call would not go through.
#[derive(Debug, Error)]
pub enum CallFailure {
    /// The contract refuses it: sending it would only cost gas.
    #[error(transparent)]
    Refused(#[from] BridgeRefusal),
    /// Nobody knows: the node gave no usable answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl CallFailure {
    /// Tells whether the same call may go through later with the same arguments, because the node
    /// was not able to answer now. A refusal is an answer: what time changes about it (depth, a
    /// pause) is the caller's to know.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Fault(fault) => fault.is_transient(),
        }
    }

    fn from_fault(fault: Fault) -> Self {
        if let Fault::Node { error, .. } = &fault {
            if error.is_execution_failure() {
                let data = error.data.clone().unwrap_or_default();
                return Self::Refused(BridgeRefusal::decode(&data));
            }
        }
        Self::Fault(fault)
    }
}

impl SideChainNode {
    /// Executes a call as if `from` sent it in the state `at`, and returns the gas it needs.
    ///
    /// # Errors
    ///
    /// [`CallFailure::Refused`] when the execution reverts, [`CallFailure::Fault`] when the node
    /// does not answer, has no such state, or `from` lacks the ether that the call sends.
    pub async fn simulate(
        &self,
        from: EvmAddress,
        call: &Call,
        at: BlockAt,
    ) -> Result<GasEstimate, CallFailure> {
        const METHOD: &str = "eth_estimateGas";
        let request = vec![request(Some(from), call), at.to_json()];
        let gas: e::U256 = self.rpc.ask(METHOD, request).await.map_err(CallFailure::from_fault)?;
        let expected = "an amount of gas below 2^64";
        let gas =
            u64::try_from(gas).map_err(|_| Fault::Contradiction { method: METHOD, expected })?;
        Ok(GasEstimate(Gas::new(gas)))
    }

    /// Executes a call in the state `at` and returns its output.
    ///
    /// # Errors
    ///
    /// As [`SideChainNode::simulate`].
    pub async fn execute(&self, call: &Call, at: BlockAt) -> Result<Bytes, CallFailure> {
        let output: e::Bytes = self
            .rpc
            .ask("eth_call", vec![request(None, call), at.to_json()])
            .await
            .map_err(CallFailure::from_fault)?;
        Ok(convert::bytes(output))
    }
}

fn request(from: Option<EvmAddress>, call: &Call) -> Value {
    let mut request = Map::new();
    if let Some(from) = from {
        request.insert("from".to_owned(), json!(from));
    }
    if let Some(to) = call.to {
        request.insert("to".to_owned(), json!(to));
    }
    request.insert("data".to_owned(), json!(call.data));
    request.insert("value".to_owned(), json!(call.value));
    Value::Object(request)
}
