//! Views of redemptions, custody and keys.

use ethers::types as e;
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{Amount, OutPoint, Txid};
use farbank_types::{CustodyRecord, RedemptionId, B256};

use super::{impossible, SideChainClient};
use crate::bindings;
use crate::custody::FederationKeys;
use crate::fault::Fault;
use crate::node::BlockAt;

/// All methods fail when the node does not answer, does not have the state asked about, or answers
/// with an impossible value.
#[allow(clippy::missing_errors_doc, reason = "one sentence on the block says it for all of them")]
impl SideChainClient {
    /// Returns the commitment of an unpaid redemption, or `None` when it was never requested or is
    /// proven paid.
    pub async fn redemption(&self, id: RedemptionId, at: BlockAt) -> Result<Option<B256>, Fault> {
        let word: [u8; 32] = self.read("redemption", e::U256::from(id.get()), at).await?;
        Ok(commitment(word))
    }

    /// Returns the number of redemptions ever requested, which is the newest one's id.
    pub async fn redemption_count(&self, at: BlockAt) -> Result<u64, Fault> {
        self.read("redemptionCount", (), at).await
    }

    /// Returns the proven custody output, or `None` after a spend that does not conform.
    pub async fn custody(&self, at: BlockAt) -> Result<Option<CustodyRecord>, Fault> {
        let custody: bindings::Custody = self.read("custody", (), at).await?;
        if custody == bindings::Custody::default() {
            return Ok(None);
        }
        let txid = Txid::from_byte_array(custody.txid);
        let value = Amount::from_sat(custody.value);
        Ok(Some(CustodyRecord { outpoint: OutPoint { txid, vout: custody.vout }, value }))
    }

    /// Returns the commitment of the newest custody record, or `None` before the first.
    pub async fn lineage(&self, at: BlockAt) -> Result<Option<B256>, Fault> {
        self.read("lineage", (), at).await.map(commitment)
    }

    /// Returns the federation's keys.
    pub async fn keys(&self, at: BlockAt) -> Result<FederationKeys, Fault> {
        let keys: bindings::Keys = self.read("keys", (), at).await?;
        FederationKeys::from_binding(&keys).ok_or(impossible("keys on the curve"))
    }
}

fn commitment(word: [u8; 32]) -> Option<B256> {
    (word != [0; 32]).then(|| B256::from(word))
}
