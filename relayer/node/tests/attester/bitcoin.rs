//! A scripted Bitcoin node.

use std::sync::Mutex;

use bitcoin::absolute::LockTime;
use bitcoin::block::{Header, Version};
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version as TxVersion;
use bitcoin::{
    Amount, Block, BlockHash, FeeRate, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn,
    TxMerkleNode, TxOut, Witness,
};
use farbank_bitcoin_light_client::BlockRef;
use farbank_relayer_core::ports::{BitcoinNetwork, Pool, PortError};
use farbank_types::{BitcoinHeight, BlockCount};

/// A node's fault; which one does not matter.
#[derive(Debug, thiserror::Error)]
#[error("the scripted node is away")]
pub(crate) struct Away;

impl PortError for Away {
    fn is_transient(&self) -> bool {
        true
    }
}

/// A chain on regtest, mined here.
#[derive(Debug)]
pub(crate) struct FakeBitcoin(Mutex<Vec<Block>>);

impl FakeBitcoin {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(vec![bitcoin::constants::genesis_block(Network::Regtest)]))
    }

    pub(crate) fn tip(&self) -> Header {
        self.0.lock().unwrap().last().unwrap().header
    }

    /// Mines a block with these transactions; `branch` makes it differ from others at its height.
    pub(crate) fn mine(&self, branch: u8, transactions: &[Transaction]) {
        let mut blocks = self.0.lock().unwrap();
        let height = u8::try_from(blocks.len()).unwrap();
        let parent = blocks.last().unwrap().header;
        let mut txdata = vec![coinbase(&[height, branch])];
        txdata.extend_from_slice(transactions);
        let mut header = Header {
            version: Version::TWO,
            prev_blockhash: parent.block_hash(),
            merkle_root: TxMerkleNode::all_zeros(),
            time: parent.time + 10,
            bits: parent.bits,
            nonce: 0,
        };
        let mut block = Block { header, txdata };
        header.merkle_root = block.compute_merkle_root().unwrap();
        while header.validate_pow(header.target()).is_err() {
            header.nonce += 1;
        }
        block.header = header;
        blocks.push(block);
    }

    pub(crate) fn mine_empty(&self, count: u32) {
        (0..count).for_each(|_| self.mine(0, &[]));
    }

    /// Drops the blocks above `height`.
    pub(crate) fn truncate(&self, height: usize) {
        self.0.lock().unwrap().truncate(height + 1);
    }

    pub(crate) fn at(&self, height: u32) -> Option<Header> {
        let index = usize::try_from(height).unwrap();
        self.0.lock().unwrap().get(index).map(|block| block.header)
    }
}

fn coinbase(tag: &[u8]) -> Transaction {
    let output = TxOut { value: Amount::ONE_BTC, script_pubkey: ScriptBuf::new() };
    pays(OutPoint::null(), tag, vec![output])
}

/// A transaction that nobody signed, for blocks that nobody validates.
pub(crate) fn pays(previous_output: OutPoint, tag: &[u8], output: Vec<TxOut>) -> Transaction {
    let script_sig = ScriptBuf::from_bytes([tag, b"padding"].concat());
    let input =
        TxIn { previous_output, script_sig, sequence: Sequence::MAX, witness: Witness::new() };
    Transaction { version: TxVersion::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
}

impl BitcoinNetwork for FakeBitcoin {
    type Error = Away;

    async fn best_block(&self) -> Result<BlockRef, Away> {
        let blocks = self.0.lock().unwrap();
        let height = u32::try_from(blocks.len()).unwrap() - 1;
        let hash = blocks.last().unwrap().block_hash();
        Ok(BlockRef { height: BitcoinHeight::new(height), hash })
    }

    async fn headers(&self, first: BitcoinHeight, count: BlockCount) -> Result<Vec<Header>, Away> {
        let heights = first.get()..first.get().saturating_add(count.get());
        Ok(heights.map_while(|height| self.at(height)).collect())
    }

    async fn block(&self, hash: &BlockHash) -> Result<Option<Block>, Away> {
        let blocks = self.0.lock().unwrap();
        Ok(blocks.iter().find(|block| block.block_hash() == *hash).cloned())
    }

    async fn broadcast(&self, _: &Transaction) -> Result<Pool, Away> {
        Ok(Pool::Taken)
    }

    async fn fee_rate(&self, _: BlockCount) -> Result<FeeRate, Away> {
        Ok(FeeRate::BROADCAST_MIN)
    }
}
