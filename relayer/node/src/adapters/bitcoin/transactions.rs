//! Transactions: broadcast, look-up, fees.

use bitcoin::consensus::encode::serialize_hex;
use bitcoin::{Amount, BlockHash, FeeRate, OutPoint, Transaction, TxOut, Txid};
use farbank_types::BlockCount;

use super::chain::{absent_on, decode, NOT_FOUND};
use super::transport::Params;
use super::wire::{AcceptVerdict, FeeEstimate, TxOutInfo, VerboseTransaction};
use super::{
    BitcoindError, BitcoindNetwork, Broadcast, KnownTransaction, MempoolVerdict, UnspentOutput,
};

/// `RPC_VERIFY_ALREADY_IN_UTXO_SET`: the transaction is in a block.
const ALREADY_IN_CHAIN: i32 = -27;
/// `estimatesmartfee` knows targets of 1 to 1,008 blocks.
const FEE_TARGETS: (u32, u32) = (1, 1_008);

impl BitcoindNetwork {
    /// Broadcasts a transaction. Idempotent: one that the node has already is no error.
    ///
    /// # Errors
    /// [`BitcoindError::Refused`] with the node's reason, or a fault of the way to it.
    pub async fn send_transaction(
        &self,
        transaction: &Transaction,
    ) -> Result<Broadcast, BitcoindError> {
        let params = Params::none().with(serialize_hex(transaction));
        let answer = self.get::<Txid>("sendrawtransaction", params).await;
        match absent_on(answer, &[ALREADY_IN_CHAIN])? {
            Some(_) => Ok(Broadcast::Accepted),
            None => Ok(Broadcast::AlreadyKnown),
        }
    }

    /// Asks whether the node would take a transaction.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn test_mempool_accept(
        &self,
        transaction: &Transaction,
    ) -> Result<MempoolVerdict, BitcoindError> {
        let params = Params::none().with([serialize_hex(transaction)]);
        let verdicts: Vec<AcceptVerdict> = self.get("testmempoolaccept", params).await?;
        let Some(verdict) = verdicts.into_iter().next() else {
            return Err(BitcoindError::IncompleteBatch {
                method: "testmempoolaccept",
                answers: 0,
                questions: 1,
            });
        };
        Ok(match (verdict.allowed, verdict.vsize, verdict.fees) {
            (true, Some(virtual_bytes), Some(fees)) => {
                MempoolVerdict::Accepted { virtual_bytes, fee: fees.base }
            }
            _ => MempoolVerdict::Refused { reason: verdict.reject_reason.unwrap_or_default() },
        })
    }

    /// Returns the fee rate that should confirm within `target` blocks, within the options' bounds.
    ///
    /// # Errors
    /// A fault of the node or of the way to it; a node without an estimate gives the fallback.
    pub async fn fee_rate(&self, target: BlockCount) -> Result<FeeRate, BitcoindError> {
        let params = Params::none().with(target.get().clamp(FEE_TARGETS.0, FEE_TARGETS.1));
        let answer: FeeEstimate = self.get("estimatesmartfee", params).await?;
        Ok(self.transport.options().fees.apply(answer.feerate.map(rate_of)))
    }

    /// Returns an output while nothing spends it: in the chain or, when asked for, in the mempool.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn tx_out(
        &self,
        outpoint: &OutPoint,
        include_mempool: bool,
    ) -> Result<Option<UnspentOutput>, BitcoindError> {
        let params = Params::none().with(outpoint.txid).with(outpoint.vout).with(include_mempool);
        let answer: Option<TxOutInfo> = self.get("gettxout", params).await?;
        Ok(answer.map(|info| UnspentOutput {
            output: TxOut { value: info.value, script_pubkey: info.script_pub_key.hex },
            confirmations: BlockCount::new(info.confirmations),
            coinbase: info.coinbase,
        }))
    }

    /// Returns a transaction, or `None` when the node does not find it. Without `block` it is found
    /// in the mempool, and in the chain only by a node that runs with `txindex`.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn transaction(
        &self,
        txid: &Txid,
        block: Option<&BlockHash>,
    ) -> Result<Option<KnownTransaction>, BitcoindError> {
        let mut params = Params::none().with(txid).with(1);
        if let Some(hash) = block {
            params = params.with(hash);
        }
        let answer = self.get("getrawtransaction", params).await;
        let Some(verbose): Option<VerboseTransaction> = absent_on(answer, &[NOT_FOUND])? else {
            return Ok(None);
        };
        Ok(Some(KnownTransaction {
            transaction: decode("getrawtransaction", &verbose.hex)?,
            block: verbose.blockhash,
            confirmations: BlockCount::new(verbose.confirmations),
        }))
    }
}

/// 1,000 vB are 4,000 weight units; rounded up.
fn rate_of(per_thousand_vb: Amount) -> FeeRate {
    FeeRate::from_sat_per_kwu(per_thousand_vb.to_sat().div_ceil(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fee_per_thousand_virtual_bytes_is_converted_exactly() {
        assert_eq!(rate_of(Amount::from_sat(1_000)), FeeRate::BROADCAST_MIN);
        assert_eq!(rate_of(Amount::from_sat(1_001)).to_sat_per_kwu(), 251);
    }
}
