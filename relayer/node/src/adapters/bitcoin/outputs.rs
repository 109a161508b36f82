//! Outputs and blocks by script: what a wallet asks that keeps no state of its own.

use core::time::Duration;

use bitcoin::{Amount, BlockHash, OutPoint, ScriptBuf, TxOut, Txid};
use farbank_types::BitcoinHeight;
use serde::{Deserialize, Serialize};

use super::transport::Params;
use super::{BitcoindError, BitcoindNetwork};

/// The whole set of unspent outputs is read: minutes on mainnet.
const SCAN_TIMEOUT: Duration = Duration::from_secs(600);
/// A node runs one scan at a time; this many further ones are waited for.
const SCAN_ATTEMPTS: u32 = 60;
/// Between two attempts.
const SCAN_PAUSE: Duration = Duration::from_millis(500);
/// `RPC_INVALID_PARAMETER`: "Scan already in progress".
const SCAN_BUSY: i32 = -8;
/// `RPC_MISC_ERROR`: "Index is not enabled for filtertype basic".
const NO_FILTER_INDEX: i32 = -1;

/// The unspent outputs of some scripts at one block, from `scantxoutset`. The mempool is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnspentScan {
    /// Height of that block.
    pub height: BitcoinHeight,
    /// Its hash.
    pub best_block: BlockHash,
    /// The outputs, in no order.
    pub outputs: Vec<ScannedOutput>,
}

/// An unspent output with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedOutput {
    /// Its outpoint.
    pub outpoint: OutPoint,
    /// Value and script.
    pub output: TxOut,
    /// Height of its block.
    pub height: BitcoinHeight,
}

#[derive(Deserialize)]
struct ScanAnswer {
    height: u32,
    bestblock: BlockHash,
    unspents: Vec<ScanEntry>,
}

#[derive(Deserialize)]
struct ScanEntry {
    txid: Txid,
    vout: u32,
    #[serde(rename = "scriptPubKey")]
    script: ScriptBuf,
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    amount: Amount,
    height: u32,
}

#[derive(Serialize)]
struct OutPointQuestion {
    txid: Txid,
    vout: u32,
}

#[derive(Deserialize)]
struct SpenderAnswer {
    txid: Txid,
    vout: u32,
    spendingtxid: Option<Txid>,
}

#[derive(Deserialize)]
struct BlocksAnswer {
    relevant_blocks: Vec<BlockHash>,
}

impl BitcoindNetwork {
    /// Reads all unspent outputs of the chain that pay one of `scripts`.
    ///
    /// # Errors
    /// [`BitcoindError::Refused`] when other scans occupy the node for half a minute, or a fault of
    /// the node or of the way to it.
    pub async fn scan_unspent(&self, scripts: &[ScriptBuf]) -> Result<UnspentScan, BitcoindError> {
        let mut attempt = 1;
        let answer: ScanAnswer = loop {
            let params = Params::none().with("start").with(descriptors(scripts));
            match self.transport.call("scantxoutset", params, Some(SCAN_TIMEOUT)).await {
                Err(BitcoindError::Refused { code: SCAN_BUSY, .. }) if attempt < SCAN_ATTEMPTS => {
                    attempt += 1;
                    tokio::time::sleep(SCAN_PAUSE).await;
                }
                answer => break answer?,
            }
        };
        let outputs = answer.unspents.into_iter().map(|entry| ScannedOutput {
            outpoint: OutPoint::new(entry.txid, entry.vout),
            output: TxOut { value: entry.amount, script_pubkey: entry.script },
            height: BitcoinHeight::new(entry.height),
        });
        Ok(UnspentScan {
            height: BitcoinHeight::new(answer.height),
            best_block: answer.bestblock,
            outputs: outputs
                .filter(|found| scripts.contains(&found.output.script_pubkey))
                .collect(),
        })
    }

    /// Returns those of `outpoints` that a transaction in the mempool spends, with that
    /// transaction.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn mempool_spenders(
        &self,
        outpoints: &[OutPoint],
    ) -> Result<Vec<(OutPoint, Txid)>, BitcoindError> {
        if outpoints.is_empty() {
            return Ok(Vec::new());
        }
        let questions: Vec<OutPointQuestion> = outpoints
            .iter()
            .map(|outpoint| OutPointQuestion { txid: outpoint.txid, vout: outpoint.vout })
            .collect();
        let answers: Vec<SpenderAnswer> =
            self.get("gettxspendingprevout", Params::none().with(questions)).await?;
        Ok(answers
            .into_iter()
            .filter_map(|answer| {
                let outpoint = OutPoint::new(answer.txid, answer.vout);
                answer.spendingtxid.map(|spender| (outpoint, spender))
            })
            .collect())
    }

    /// Returns the transactions that wait in the node's mempool.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn mempool(&self) -> Result<Vec<Txid>, BitcoindError> {
        self.get("getrawmempool", Params::none()).await
    }

    /// Returns the blocks from `first` to `last` that may pay or spend one of `scripts`, or `None`
    /// when the node keeps no block filters (BIP-0158). Filters have false positives and no false
    /// negatives.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn blocks_by_filter(
        &self,
        scripts: &[ScriptBuf],
        first: BitcoinHeight,
        last: BitcoinHeight,
    ) -> Result<Option<Vec<BlockHash>>, BitcoindError> {
        let params = Params::none()
            .with("start")
            .with(descriptors(scripts))
            .with(first.get())
            .with(last.get());
        match self.transport.call("scanblocks", params, Some(SCAN_TIMEOUT)).await {
            Ok(BlocksAnswer { relevant_blocks }) => Ok(Some(relevant_blocks)),
            // Without the index, or with another scan running, blocks can still be read one by one.
            Err(BitcoindError::Refused { code: NO_FILTER_INDEX | SCAN_BUSY, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Writes scripts as output descriptors (BIP-0386 `raw`).
fn descriptors(scripts: &[ScriptBuf]) -> Vec<String> {
    scripts.iter().map(|script| format!("raw({})", script.to_hex_string())).collect()
}
