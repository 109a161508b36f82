//! An anvil whose blocks a test mines, so that moments between two blocks can be looked into.

use std::time::Duration;

use farbank_types::keccak256;
use serde_json::{json, Value};

use crate::{eventually, Devnet, Rpc};

/// Longest wait for something that takes some blocks.
const PATIENCE: Duration = Duration::from_secs(120);

/// A devnet's anvil that mines nothing by itself.
#[derive(Debug)]
pub struct MinedByHand {
    rpc: Rpc,
    bridge: String,
    relayer: String,
    claim: String,
}

impl MinedByHand {
    /// Stops anvil's own mining.
    ///
    /// # Panics
    /// When the devnet's side chain is no anvil.
    #[must_use]
    pub fn new(devnet: &Devnet) -> Self {
        let rpc = devnet.side_chain();
        let _ = rpc.get("evm_setIntervalMining", &[json!(0)]);
        let status = devnet.relayer_get("/v1/status").expect("a relayer");
        let text = |value: &Value| value.as_str().expect("an address").to_lowercase();
        let signature = "claim((bytes,uint256,uint256,bytes32,bytes32,bytes32,bytes32[],bytes32,\
                         bytes32[],bytes32[],bytes)[])";
        Self {
            rpc,
            bridge: text(&devnet.deployment()["contracts"]["bridge"]),
            relayer: text(&status["account"]["address"]),
            claim: keccak256(signature).to_string()[..10].to_owned(),
        }
    }

    /// Mines one block.
    pub fn mine_block(&self) {
        let _ = self.rpc.get("evm_mine", &[]);
    }

    /// Replaces the newest blocks by empty ones; what they held is gone.
    pub fn reorg(&self, blocks: u32) {
        let _ = self.rpc.get("anvil_reorg", &[json!(blocks), json!([])]);
    }

    /// Forgets every transaction that waits.
    pub fn drop_mempool(&self) {
        let _ = self.rpc.get("anvil_dropAllTransactions", &[]);
    }

    /// Mines until a claim waits for the next block.
    pub fn mine_until_a_claim_waits(&self) {
        eventually("a claim waits in the mempool", PATIENCE, || {
            let waits = self.claim_waits();
            if !waits {
                self.mine_block();
            }
            waits.then_some(())
        });
    }

    /// Mines until something holds.
    pub fn mine_until(&self, what: &str, holds: impl Fn() -> bool) {
        eventually(what, PATIENCE, || {
            let done = holds();
            if !done {
                self.mine_block();
            }
            done.then_some(())
        });
    }

    /// Returns how many transactions of the relayer are in blocks.
    ///
    /// # Panics
    /// When anvil answers nonsense.
    #[must_use]
    pub fn transactions_of_the_relayer(&self) -> u64 {
        number(&self.rpc.get("eth_getTransactionCount", &[json!(self.relayer), json!("latest")]))
    }

    /// Returns how many claims the relayer has in blocks or the mempool beyond its first `nonces`
    /// transactions.
    ///
    /// # Panics
    /// When anvil answers nonsense.
    #[must_use]
    pub fn claims_since(&self, nonces: u64) -> usize {
        let head = number(&self.rpc.get("eth_blockNumber", &[]));
        let mined = (0..=head).flat_map(|block| {
            let block =
                self.rpc.get("eth_getBlockByNumber", &[json!(format!("{block:#x}")), json!(true)]);
            block["transactions"].as_array().cloned().unwrap_or_default()
        });
        mined
            .chain(self.waiting())
            .filter(|transaction| {
                self.is_claim(transaction) && number(&transaction["nonce"]) >= nonces
            })
            .count()
    }

    fn claim_waits(&self) -> bool {
        self.waiting().iter().any(|transaction| self.is_claim(transaction))
    }

    fn waiting(&self) -> Vec<Value> {
        let content = self.rpc.get("txpool_content", &[]);
        let senders = content["pending"].as_object().into_iter().flat_map(|map| map.values());
        senders.filter_map(Value::as_object).flat_map(|nonces| nonces.values().cloned()).collect()
    }

    fn is_claim(&self, transaction: &Value) -> bool {
        let field = |name: &str| transaction[name].as_str().unwrap_or_default().to_lowercase();
        field("from") == self.relayer
            && field("to") == self.bridge
            && field("input").starts_with(&self.claim)
    }
}

/// Reads a number as Ethereum's JSON-RPC writes it.
fn number(value: &Value) -> u64 {
    let text = value.as_str().expect("a quantity");
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("a hexadecimal number")
}
