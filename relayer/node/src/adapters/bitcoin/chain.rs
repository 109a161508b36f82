//! The chain: what the node holds, and on regtest what it mines.

use core::time::Duration;

use bitcoin::block::Header;
use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::consensus::Decodable;
use bitcoin::{Address, Block, BlockHash, Network};
use farbank_types::{BitcoinHeight, BlockCount, UnixTime};

use super::transport::{Params, Transport};
use super::wire::{BlockchainInfo, NetworkInfo, VerboseHeader};
use super::{BitcoindError, BitcoindOptions, ChainInfo, HeaderInfo};

/// Bitcoin Core 28.0: the first that speaks JSON-RPC 2.0 and relays TRUC transactions.
const LEAST_VERSION: u32 = 280_000;
/// `RPC_INVALID_ADDRESS_OR_KEY`: no such block or transaction.
pub(super) const NOT_FOUND: i32 = -5;
/// `RPC_INVALID_PARAMETER`: no block at this height.
const OUT_OF_RANGE: i32 = -8;
/// `RPC_MISC_ERROR`: the header is known, the block is not on disk (yet).
const BLOCK_NOT_AVAILABLE: i32 = -1;
/// Mining many regtest blocks takes longer than any question.
const MINING_TIMEOUT_FACTOR: u32 = 10;

/// A Bitcoin Core node of version 28 or newer.
///
/// Cheap to share behind an `Arc`; every call stands alone, so a restart of the node or a new
/// cookie needs no attention. Data from the node is compared with what was asked for.
#[derive(Debug)]
pub struct BitcoindNetwork {
    pub(super) transport: Transport,
}

impl BitcoindNetwork {
    /// Returns a client. Nothing is connected and no file is read yet.
    #[must_use]
    pub fn new(options: BitcoindOptions) -> Self {
        Self { transport: Transport::new(options) }
    }

    /// Returns the node's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.transport.options().url
    }

    /// Checks that the node answers, is of version 28 or newer and serves `network`.
    ///
    /// # Errors
    /// [`BitcoindError::WrongNetwork`], [`BitcoindError::TooOld`], or a fault of the way to it.
    pub async fn check(&self, network: Network) -> Result<ChainInfo, BitcoindError> {
        let info: NetworkInfo = self.get("getnetworkinfo", Params::none()).await?;
        if info.version < LEAST_VERSION {
            return Err(BitcoindError::TooOld {
                url: self.url().to_owned(),
                version: info.version,
                needed: LEAST_VERSION,
            });
        }
        let chain = self.chain_info().await?;
        if chain.network != network {
            return Err(BitcoindError::WrongNetwork {
                url: self.url().to_owned(),
                expected: network,
                actual: chain.network,
            });
        }
        Ok(chain)
    }

    /// Returns the node's view of the chain.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn chain_info(&self) -> Result<ChainInfo, BitcoindError> {
        let info: BlockchainInfo = self.get("getblockchaininfo", Params::none()).await?;
        Ok(ChainInfo {
            network: info.chain,
            height: BitcoinHeight::new(info.blocks),
            best_block: info.bestblockhash,
            headers: BitcoinHeight::new(info.headers),
            initial_block_download: info.initialblockdownload,
        })
    }

    /// Returns the hash of the node's best-chain block at `height`, or `None` above its tip.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn block_hash(
        &self,
        height: BitcoinHeight,
    ) -> Result<Option<BlockHash>, BitcoindError> {
        let answer = self.get("getblockhash", Params::none().with(height.get())).await;
        absent_on(answer, &[OUT_OF_RANGE])
    }

    /// Returns the node's best-chain headers from height `first` on, at most `count`, in order.
    ///
    /// The list ends early at the node's tip. Each header links to the one before it: when a
    /// reorganisation runs between the questions, the list is cut before the first that does not.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn headers(
        &self,
        first: BitcoinHeight,
        count: BlockCount,
    ) -> Result<Vec<Header>, BitcoindError> {
        let tip = self.chain_info().await?.height;
        let Some(above) = tip.since(first) else { return Ok(Vec::new()) };
        let count = count.get().min(above.get().saturating_add(1));
        let heights: Vec<Params> = (0..count)
            .filter_map(|offset| first.checked_add(BlockCount::new(offset)))
            .map(|height| Params::none().with(height.get()))
            .collect();
        let hashes: Vec<BlockHash> = match self.transport.batch("getblockhash", &heights).await {
            // The chain became shorter since its tip was asked for.
            Err(BitcoindError::Refused { code: OUT_OF_RANGE, .. }) => return Ok(Vec::new()),
            answer => answer?,
        };
        let questions: Vec<Params> =
            hashes.iter().map(|hash| Params::none().with(hash).with(false)).collect();
        let texts: Vec<String> = self.transport.batch("getblockheader", &questions).await?;
        let mut headers: Vec<Header> = Vec::with_capacity(texts.len());
        for (text, hash) in texts.iter().zip(&hashes) {
            let header = decode_header(text, hash)?;
            if headers.last().is_some_and(|last| last.block_hash() != header.prev_blockhash) {
                break;
            }
            headers.push(header);
        }
        Ok(headers)
    }

    /// Returns the header of a block in any branch, or `None` when the node does not know it.
    ///
    /// # Errors
    /// [`BitcoindError::WrongBlock`], or a fault of the node or of the way to it.
    pub async fn header(&self, hash: &BlockHash) -> Result<Option<HeaderInfo>, BitcoindError> {
        let answer = self.get("getblockheader", Params::none().with(hash).with(true)).await;
        let Some(verbose): Option<VerboseHeader> = absent_on(answer, &[NOT_FOUND])? else {
            return Ok(None);
        };
        let text: String =
            self.get("getblockheader", Params::none().with(hash).with(false)).await?;
        Ok(Some(HeaderInfo {
            header: decode_header(&text, hash)?,
            height: BitcoinHeight::new(verbose.height),
            confirmations: u32::try_from(verbose.confirmations).ok().map(BlockCount::new),
            median_time: UnixTime::new(verbose.mediantime),
        }))
    }

    /// Returns a whole block, or `None` when the node does not have it (unknown, or pruned).
    ///
    /// The block hashes to `hash` and its transactions give its Merkle root; nothing else is
    /// verified. A root alone does not exclude doubled transactions (CVE-2012-2459), so blocks with
    /// an ambiguous list are refused as well.
    ///
    /// # Errors
    /// [`BitcoindError::WrongBlock`], [`BitcoindError::WrongMerkleRoot`], or a fault of the node or
    /// of the way to it.
    pub async fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoindError> {
        let answer = self.get("getblock", Params::none().with(hash).with(0)).await;
        let text: Option<String> = absent_on(answer, &[NOT_FOUND, BLOCK_NOT_AVAILABLE])?;
        let Some(text) = text else { return Ok(None) };
        let block: Block = decode("getblock", &text)?;
        let received = block.block_hash();
        if received != *hash {
            return Err(BitcoindError::WrongBlock { asked: *hash, received });
        }
        if !block.check_merkle_root() || has_doubled_transactions(&block) {
            return Err(BitcoindError::WrongMerkleRoot { hash: *hash });
        }
        Ok(Some(block))
    }

    /// Returns the serialised proof that the block holds a transaction (`gettxoutproof`), or `None`
    /// when it does not.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn txout_proof(
        &self,
        txid: &bitcoin::Txid,
        block: &BlockHash,
    ) -> Result<Option<String>, BitcoindError> {
        let params = Params::none().with([txid]).with(block);
        absent_on(self.get("gettxoutproof", params).await, &[NOT_FOUND])
    }

    /// Mines `count` blocks that pay `address` (regtest only) and returns their hashes in order.
    ///
    /// # Errors
    /// A fault of the node or of the way to it; not repeatable without mining more.
    pub async fn generate_to_address(
        &self,
        count: BlockCount,
        address: &Address,
    ) -> Result<Vec<BlockHash>, BitcoindError> {
        let params = Params::none().with(count.get()).with(address.to_string());
        let timeout = self.mining_timeout();
        self.transport.call("generatetoaddress", params, Some(timeout)).await
    }

    /// Marks a block and all after it as invalid, so that the node leaves that branch.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn invalidate_block(&self, hash: &BlockHash) -> Result<(), BitcoindError> {
        let params = Params::none().with(hash);
        self.transport.call("invalidateblock", params, Some(self.mining_timeout())).await
    }

    /// Takes back [`Self::invalidate_block`].
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn reconsider_block(&self, hash: &BlockHash) -> Result<(), BitcoindError> {
        let params = Params::none().with(hash);
        self.transport.call("reconsiderblock", params, Some(self.mining_timeout())).await
    }

    /// Asks the node to stop. It answers before it has.
    ///
    /// # Errors
    /// A fault of the node or of the way to it.
    pub async fn stop(&self) -> Result<(), BitcoindError> {
        let _farewell: String = self.get("stop", Params::none()).await?;
        Ok(())
    }

    pub(super) async fn get<R: serde::de::DeserializeOwned>(
        &self,
        method: &'static str,
        params: Params,
    ) -> Result<R, BitcoindError> {
        self.transport.call(method, params, None).await
    }

    fn mining_timeout(&self) -> Duration {
        self.transport.options().timeout.saturating_mul(MINING_TIMEOUT_FACTOR)
    }
}

/// Turns the node's answer that something does not exist into `None`.
pub(super) fn absent_on<R>(
    answer: Result<R, BitcoindError>,
    codes: &[i32],
) -> Result<Option<R>, BitcoindError> {
    match answer {
        Err(BitcoindError::Refused { code, .. }) if codes.contains(&code) => Ok(None),
        answer => answer.map(Some),
    }
}

pub(super) fn decode<T: Decodable>(method: &'static str, text: &str) -> Result<T, BitcoindError> {
    deserialize_hex(text).map_err(|source| BitcoindError::Undecodable { method, source })
}

fn decode_header(text: &str, asked: &BlockHash) -> Result<Header, BitcoindError> {
    let header: Header = decode("getblockheader", text)?;
    let received = header.block_hash();
    if received == *asked {
        Ok(header)
    } else {
        Err(BitcoindError::WrongBlock { asked: *asked, received })
    }
}

fn has_doubled_transactions(block: &Block) -> bool {
    let mut seen = std::collections::HashSet::with_capacity(block.txdata.len());
    !block.txdata.iter().all(|tx| seen.insert(tx.compute_txid()))
}
