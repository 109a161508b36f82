//! The port of the machines' surroundings.

use bitcoin::block::Header;
use bitcoin::{Block, BlockHash, FeeRate, Transaction};
use farbank_bitcoin_light_client::BlockRef;
use farbank_relayer_core::ports::{BitcoinNetwork, Pool, PortError};
use farbank_types::{BitcoinHeight, BlockCount};

use super::{BitcoindError, BitcoindNetwork};

/// `RPC_VERIFY_ERROR`: an input is unknown or spent.
const VERIFY_ERROR: i32 = -25;
/// `RPC_VERIFY_REJECTED`: a rule of consensus or of the pool.
const VERIFY_REJECTED: i32 = -26;

impl PortError for BitcoindError {
    fn is_transient(&self) -> bool {
        Self::is_transient(self)
    }
}

impl BitcoinNetwork for BitcoindNetwork {
    type Error = BitcoindError;

    async fn best_block(&self) -> Result<BlockRef, BitcoindError> {
        let info = self.chain_info().await?;
        Ok(BlockRef { height: info.height, hash: info.best_block })
    }

    async fn headers(
        &self,
        first: BitcoinHeight,
        count: BlockCount,
    ) -> Result<Vec<Header>, BitcoindError> {
        Self::headers(self, first, count).await
    }

    async fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoindError> {
        Self::block(self, hash).await
    }

    async fn broadcast(&self, transaction: &Transaction) -> Result<Pool, BitcoindError> {
        match self.send_transaction(transaction).await {
            Ok(_) => Ok(Pool::Taken),
            Err(BitcoindError::Refused {
                code: VERIFY_ERROR | VERIFY_REJECTED, message, ..
            }) => Ok(Pool::Refused { reason: message.into() }),
            Err(fault) => Err(fault),
        }
    }

    async fn fee_rate(&self, target: BlockCount) -> Result<FeeRate, BitcoindError> {
        Self::fee_rate(self, target).await
    }
}
