//! Sending transactions: what is decided and signed is apart from what is sent.
//!
//! Order of a durable send: choose nonce and fee, [`TransactionSender::prepare`], store the
//! [`TransactionIntent`], and only then [`crate::SideChainNode::broadcast`]. Everything but the
//! broadcast is pure; signatures are deterministic (RFC 6979), so that a replay sends the same bytes.

mod broadcast;
mod fee;
mod intent;
mod nonce;
mod submit;

pub use broadcast::{Broadcast, BroadcastFailure, BroadcastRefusal};
pub use fee::{Fee, FeePolicy, FeeRejection};
pub use intent::{ConfirmedNonces, IntentFate, TransactionIntent};
pub use nonce::next_nonce;
pub(crate) use submit::submit;
pub use submit::{submit_and_wait, SubmitError, Wait};

use ethers::types as e;
use ethers::types::transaction::eip2718::TypedTransaction;
use farbank_types::{keccak256, Bytes, ChainId, EvmAddress, Gas, Nonce, B256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::call::Call;
use crate::convert;
use crate::key::EvmKey;
use crate::node::{FeeMarket, GasEstimate};

/// Signs the transactions of one account on one chain, within the bounds of a [`FeePolicy`].
#[derive(Clone, Debug)]
pub struct TransactionSender {
    key: EvmKey,
    chain_id: ChainId,
    policy: FeePolicy,
}

/// A signed EIP-1559 transaction, ready to be sent any number of times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedTransaction {
    /// Its hash.
    pub hash: B256,
    /// Its sequence number.
    pub nonce: Nonce,
    /// Its serialised form, EIP-2718.
    pub raw: Bytes,
    /// What it offers.
    pub fee: Fee,
    /// Gas that it may use.
    pub gas_limit: Gas,
}

/// Why a transaction is not prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrepareRejection {
    /// It needs more gas than the policy allows.
    #[error("the call needs {estimate} gas, the policy allows {limit}; send less at once")]
    GasAboveLimit {
        /// Gas that the node found.
        estimate: Gas,
        /// [`FeePolicy::max_gas_limit`].
        limit: Gas,
    },
    /// The fee is above the policy's cap.
    #[error(transparent)]
    Fee(#[from] FeeRejection),
}

impl TransactionSender {
    /// Signs with `key` for the chain `chain_id`.
    #[must_use]
    pub const fn new(key: EvmKey, chain_id: ChainId, policy: FeePolicy) -> Self {
        Self { key, chain_id, policy }
    }

    /// Returns the account.
    #[must_use]
    pub fn address(&self) -> EvmAddress {
        self.key.address()
    }

    /// Returns the chain that signatures are valid on.
    #[must_use]
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// Returns the bounds on fees and gas.
    #[must_use]
    pub const fn policy(&self) -> &FeePolicy {
        &self.policy
    }

    /// Signs a call. The gas limit is the estimate and a fifth more, within the policy. Pure and
    /// deterministic: the same arguments give the same bytes.
    ///
    /// # Errors
    ///
    /// When fee or gas exceed the policy.
    pub fn prepare(
        &self,
        call: &Call,
        nonce: Nonce,
        fee: Fee,
        estimate: GasEstimate,
    ) -> Result<PreparedTransaction, PrepareRejection> {
        let gas_limit = self.policy.gas_limit(estimate)?;
        self.policy.check(fee)?;
        Ok(self.sign(call, nonce, fee, gas_limit))
    }

    /// Signs a replacement of a transaction that does not get into a block: the same nonce, both
    /// fees at least an eighth higher (no node asks for more), and not below what the market asks.
    /// `call` is usually the same call; a transfer of nothing to oneself takes the old one back.
    ///
    /// # Errors
    ///
    /// When the higher fee exceeds the policy's cap: keep broadcasting the old one and wait.
    pub fn bump(
        &self,
        call: &Call,
        replaced: &PreparedTransaction,
        market: FeeMarket,
    ) -> Result<PreparedTransaction, FeeRejection> {
        let fee = self.policy.replacement(replaced.fee, market)?;
        Ok(self.sign(call, replaced.nonce, fee, replaced.gas_limit))
    }

    fn sign(&self, call: &Call, nonce: Nonce, fee: Fee, gas_limit: Gas) -> PreparedTransaction {
        let request = e::Eip1559TransactionRequest {
            from: Some(convert::h160(self.address())),
            to: call.to.map(|to| e::NameOrAddress::Address(convert::h160(to))),
            gas: Some(gas_limit.get().into()),
            value: Some(convert::eu256(call.value.get())),
            data: Some(convert::ebytes(call.data.clone())),
            nonce: Some(nonce.get().into()),
            access_list: e::transaction::eip2930::AccessList::default(),
            max_priority_fee_per_gas: Some(convert::eu256(fee.priority_fee_per_gas.get())),
            max_fee_per_gas: Some(convert::eu256(fee.max_fee_per_gas.get())),
            chain_id: Some(self.chain_id.get().into()),
        };
        let transaction = TypedTransaction::Eip1559(request);
        let signature = self
            .key
            .wallet()
            .sign_transaction_sync(&transaction)
            .expect("signing a 32-byte digest by RFC 6979 finds a nonce");
        let raw = convert::bytes(transaction.rlp_signed(&signature));
        PreparedTransaction { hash: keccak256(&raw), nonce, raw, fee, gas_limit }
    }
}
