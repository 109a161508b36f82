//! Transactions and what became of them.

use ethers::types as e;
use farbank_types::{Bytes, EvmAddress, EvmBlockNumber, Gas, Nonce, Wei, B256};
use serde_json::json;

use super::SideChainNode;
use crate::convert;
use crate::fault::Fault;

const GET_TRANSACTION: &str = "eth_getTransactionByHash";
const GET_RECEIPT: &str = "eth_getTransactionReceipt";

/// A transaction that the node knows, in a block or in its pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// Its hash.
    pub hash: B256,
    /// Who signed it.
    pub from: EvmAddress,
    /// Whom it calls; `None` when it creates a contract.
    pub to: Option<EvmAddress>,
    /// Its sequence number.
    pub nonce: Nonce,
    /// Ether sent along.
    pub value: Wei,
    /// Calldata.
    pub data: Bytes,
    /// The block that holds it; `None` while it waits.
    pub block: Option<EvmBlockNumber>,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// It took effect.
    Succeeded,
    /// It was undone; only its fee and its nonce are spent.
    Reverted,
}

/// Outcome of a transaction in a block of the canonical chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Hash of the transaction.
    pub hash: B256,
    /// How it ended.
    pub status: ExecutionStatus,
    /// Number of the block that holds it.
    pub block: EvmBlockNumber,
    /// Hash of that block: another one later means a reorganisation.
    pub block_hash: B256,
    /// Gas that it used.
    pub gas_used: Gas,
    /// Price paid for each unit of gas, if the node tells.
    pub gas_price: Option<Wei>,
    /// Contract that it created.
    pub created: Option<EvmAddress>,
    /// What it logged, in order.
    pub logs: Vec<LogRecord>,
}

/// One log of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// The contract that wrote it.
    pub contract: EvmAddress,
    /// Event signature hash and indexed arguments.
    pub topics: Vec<B256>,
    /// The other arguments.
    pub data: Bytes,
}

impl SideChainNode {
    /// Returns a transaction, or `None` when the node does not know it.
    ///
    /// # Errors
    ///
    /// When the node does not answer or answers with another transaction.
    pub async fn transaction(&self, hash: B256) -> Result<Option<TransactionRecord>, Fault> {
        let found: Option<e::Transaction> =
            self.rpc.ask(GET_TRANSACTION, vec![json!(hash)]).await?;
        let Some(transaction) = found else { return Ok(None) };
        let expected = "the transaction asked for";
        let contradiction = || Fault::Contradiction { method: GET_TRANSACTION, expected };
        let nonce = u64::try_from(transaction.nonce).map_err(|_| contradiction())?;
        if transaction.hash.0 != hash.0 {
            return Err(contradiction());
        }
        Ok(Some(TransactionRecord {
            hash,
            from: convert::address(transaction.from),
            to: transaction.to.map(convert::address),
            nonce: Nonce::new(nonce),
            value: Wei::new(convert::u256(transaction.value)),
            data: convert::bytes(transaction.input),
            block: transaction.block_number.map(|number| EvmBlockNumber::new(number.as_u64())),
        }))
    }

    /// Returns the outcome of a transaction, or `None` while no canonical block holds it.
    ///
    /// # Errors
    ///
    /// When the node does not answer or answers with another or an incomplete receipt.
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, Fault> {
        let found: Option<e::TransactionReceipt> =
            self.rpc.ask(GET_RECEIPT, vec![json!(hash)]).await?;
        let Some(receipt) = found else { return Ok(None) };
        let expected = "a complete receipt of the transaction asked for";
        let contradiction = Fault::Contradiction { method: GET_RECEIPT, expected };
        read(hash, receipt).map(Some).ok_or(contradiction)
    }
}

fn read(hash: B256, receipt: e::TransactionReceipt) -> Option<Receipt> {
    if receipt.transaction_hash.0 != hash.0 {
        return None;
    }
    Some(Receipt {
        hash,
        status: match receipt.status?.as_u64() {
            0 => ExecutionStatus::Reverted,
            1 => ExecutionStatus::Succeeded,
            _ => return None,
        },
        block: EvmBlockNumber::new(receipt.block_number?.as_u64()),
        block_hash: convert::b256(receipt.block_hash?),
        gas_used: Gas::new(u64::try_from(receipt.gas_used?).ok()?),
        gas_price: receipt.effective_gas_price.map(|price| Wei::new(convert::u256(price))),
        created: receipt.contract_address.map(convert::address),
        logs: receipt.logs.into_iter().map(read_log).collect(),
    })
}

fn read_log(log: e::Log) -> LogRecord {
    LogRecord {
        contract: convert::address(log.address),
        topics: log.topics.into_iter().map(convert::b256).collect(),
        data: convert::bytes(log.data),
    }
}
