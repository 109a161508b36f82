//! The node's JSON, only the fields that are read.

use bitcoin::{Amount, BlockHash, Network, ScriptBuf};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct BlockchainInfo {
    #[serde(deserialize_with = "network")]
    pub(super) chain: Network,
    pub(super) blocks: u32,
    pub(super) headers: u32,
    pub(super) bestblockhash: BlockHash,
    pub(super) initialblockdownload: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct NetworkInfo {
    pub(super) version: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct VerboseHeader {
    pub(super) height: u32,
    /// -1 outside the best chain.
    pub(super) confirmations: i64,
    pub(super) mediantime: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct TxOutInfo {
    pub(super) confirmations: u32,
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    pub(super) value: Amount,
    #[serde(rename = "scriptPubKey")]
    pub(super) script_pub_key: ScriptPubKey,
    pub(super) coinbase: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct ScriptPubKey {
    pub(super) hex: ScriptBuf,
}

#[derive(Debug, Deserialize)]
pub(super) struct VerboseTransaction {
    pub(super) hex: String,
    pub(super) blockhash: Option<BlockHash>,
    #[serde(default)]
    pub(super) confirmations: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct AcceptVerdict {
    pub(super) allowed: bool,
    pub(super) vsize: Option<u64>,
    pub(super) fees: Option<Fees>,
    #[serde(rename = "reject-reason")]
    pub(super) reject_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Fees {
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    pub(super) base: Amount,
}

#[derive(Debug, Deserialize)]
pub(super) struct FeeEstimate {
    /// BTC per 1,000 vB; absent without history.
    #[serde(default, with = "bitcoin::amount::serde::as_btc::opt")]
    pub(super) feerate: Option<Amount>,
}

/// Reads the names of BIP-0070, which Bitcoin Core calls chains by.
fn network<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Network, D::Error> {
    let name = String::deserialize(deserializer)?;
    Network::from_core_arg(&name).map_err(serde::de::Error::custom)
}
