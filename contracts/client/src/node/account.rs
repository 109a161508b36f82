//! Accounts and fees.

use ethers::types as e;
use farbank_types::{keccak256, EvmAddress, Nonce, Wei, B256};
use serde_json::{json, Value};

use super::{BlockAt, SideChainNode};
use crate::convert;
use crate::fault::Fault;

/// What a transaction costs at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeMarket {
    /// Base fee per gas of the newest block; zero where there is none.
    pub base_fee: Wei,
    /// Priority fee per gas that the node suggests.
    pub priority_fee: Wei,
}

impl SideChainNode {
    /// Returns the ether of an account.
    ///
    /// # Errors
    ///
    /// When the node does not answer or does not have that state.
    pub async fn ether_balance(&self, account: EvmAddress, at: BlockAt) -> Result<Wei, Fault> {
        let balance: e::U256 =
            self.rpc.ask("eth_getBalance", vec![json!(account), at.to_json()]).await?;
        Ok(Wei::new(convert::u256(balance)))
    }

    /// Returns the nonce that the next transaction of an account must have after the block `at`.
    ///
    /// # Errors
    ///
    /// When the node does not answer or does not have that state.
    pub async fn nonce(&self, account: EvmAddress, at: BlockAt) -> Result<Nonce, Fault> {
        self.nonce_at(account, at.to_json()).await
    }

    /// Returns the same with what the node holds in its pool. A report only: pools forget, so the
    /// sender goes by its own records ([`crate::next_nonce`]).
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn pending_nonce(&self, account: EvmAddress) -> Result<Nonce, Fault> {
        self.nonce_at(account, json!("pending")).await
    }

    /// Returns keccak256 of the code at an address, or `None` when there is none.
    ///
    /// # Errors
    ///
    /// When the node does not answer or does not have that state.
    pub async fn code_hash(&self, account: EvmAddress, at: BlockAt) -> Result<Option<B256>, Fault> {
        let code: e::Bytes =
            self.rpc.ask("eth_getCode", vec![json!(account), at.to_json()]).await?;
        Ok((!code.is_empty()).then(|| keccak256(&code)))
    }

    /// Returns the price of gas that the node suggests for transactions without EIP-1559.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn gas_price(&self) -> Result<Wei, Fault> {
        let price: e::U256 = self.rpc.ask("eth_gasPrice", vec![]).await?;
        Ok(Wei::new(convert::u256(price)))
    }

    /// Returns what EIP-1559 transactions cost at the moment.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn fee_market(&self) -> Result<FeeMarket, Fault> {
        let priority: e::U256 = self.rpc.ask("eth_maxPriorityFeePerGas", vec![]).await?;
        let base_fee = self.head().await?.base_fee.unwrap_or(Wei::ZERO);
        Ok(FeeMarket { base_fee, priority_fee: Wei::new(convert::u256(priority)) })
    }

    async fn nonce_at(&self, account: EvmAddress, at: Value) -> Result<Nonce, Fault> {
        const METHOD: &str = "eth_getTransactionCount";
        let count: e::U256 = self.rpc.ask(METHOD, vec![json!(account), at]).await?;
        let expected = "a nonce below 2^64";
        let count =
            u64::try_from(count).map_err(|_| Fault::Contradiction { method: METHOD, expected })?;
        Ok(Nonce::new(count))
    }
}
