//! The port of the machines' surroundings.

use bitcoin::block::Header;
use bitcoin::{Block, BlockHash};
use farbank_bitcoin_light_client::BlockRef;
use farbank_relayer_core::ports::{BitcoinNetwork, PortError};
use farbank_types::{BitcoinHeight, BlockCount};

use super::{BitcoindError, BitcoindNetwork};

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
}
