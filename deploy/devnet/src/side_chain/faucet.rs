//! Ether for whoever asks.

use farbank_contracts::{
    submit_and_wait, Call, EvmKey, FeePolicy, SideChainNode, TransactionSender, Wait,
};
use farbank_types::{EvmAddress, Wei, B256};
use tokio::sync::Mutex;

use super::SideChain;
use crate::failure::{Error, Failure};

/// The faucet's account. One transfer at a time: each takes the next nonce.
#[derive(Debug)]
pub(crate) struct Faucet(Mutex<EvmKey>);

impl Faucet {
    pub(crate) const fn new(key: EvmKey) -> Self {
        Self(Mutex::const_new(key))
    }

    /// Pays an account; the transfer is in a block when this returns.
    pub(crate) async fn fund(
        &self,
        side_chain: &SideChain,
        account: EvmAddress,
        amount: Wei,
    ) -> Result<B256, Failure> {
        let key = self.0.lock().await;
        let node = SideChainNode::connect_any(&side_chain.first.rpc).await?;
        let sender = TransactionSender::new(key.clone(), side_chain.chain_id, FeePolicy::default());
        let transfer = Call::transfer(account, amount);
        let receipt = submit_and_wait(&node, &sender, &transfer, Wait::default()).await;
        Ok(receipt.map_err(Error::Submit)?.hash)
    }
}
