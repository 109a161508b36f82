//! Blocks of the side chain.

use ethers::types as e;
use farbank_types::{EvmBlockNumber, Gas, UnixTime, Wei, B256};
use serde_json::{json, Value};

use super::SideChainNode;
use crate::convert;
use crate::fault::Fault;

const BY_NUMBER: &str = "eth_getBlockByNumber";
const BY_HASH: &str = "eth_getBlockByHash";

/// The state that a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockAt {
    /// The newest block that the node has.
    Latest,
    /// The canonical block with this number.
    Number(EvmBlockNumber),
    /// The block with this hash, whatever became of its height since (EIP-1898).
    Hash(B256),
    /// The newest block that the node calls final. Clique nodes know none and answer with a fault.
    Finalized,
}

impl BlockAt {
    pub(super) fn to_json(self) -> Value {
        match self {
            Self::Latest => json!("latest"),
            Self::Number(number) => json!(format!("{:#x}", number.get())),
            Self::Hash(hash) => json!({ "blockHash": hash }),
            Self::Finalized => json!("finalized"),
        }
    }

    /// How to ask for the block itself: by hash it is another method.
    pub(super) fn block_request(self) -> (&'static str, Vec<Value>) {
        match self {
            Self::Hash(hash) => (BY_HASH, vec![json!(hash), json!(false)]),
            Self::Latest | Self::Number(_) | Self::Finalized => {
                (BY_NUMBER, vec![self.to_json(), json!(false)])
            }
        }
    }

    /// Tells whether a block of this number and hash answers the question.
    pub(super) fn is_answered_by(self, number: EvmBlockNumber, hash: B256) -> bool {
        match self {
            Self::Number(wanted) => wanted == number,
            Self::Hash(wanted) => wanted == hash,
            Self::Latest | Self::Finalized => true,
        }
    }
}

impl From<EvmBlockNumber> for BlockAt {
    fn from(number: EvmBlockNumber) -> Self {
        Self::Number(number)
    }
}

/// What matters here of a block's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvmBlock {
    /// Its number.
    pub number: EvmBlockNumber,
    /// Its hash.
    pub hash: B256,
    /// Hash of the block before.
    pub parent_hash: B256,
    /// Its time.
    pub time: UnixTime,
    /// Base fee per gas of EIP-1559; `None` before London.
    pub base_fee: Option<Wei>,
    /// Gas that its transactions may use together.
    pub gas_limit: Gas,
}

impl SideChainNode {
    /// Returns the newest block.
    ///
    /// # Errors
    ///
    /// When the node does not answer or its answer contradicts itself.
    pub async fn head(&self) -> Result<EvmBlock, Fault> {
        self.block_at(BlockAt::Latest).await
    }

    /// Returns the canonical block with this number, or `None` above the head.
    ///
    /// # Errors
    ///
    /// When the node does not answer or answers with another block.
    pub async fn block(&self, number: EvmBlockNumber) -> Result<Option<EvmBlock>, Fault> {
        self.find_block(BlockAt::Number(number)).await
    }

    /// Returns the newest block that the node itself calls final, or `None` when it knows none: a
    /// Clique node never does, and finality is then counted in blocks by the caller.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn finalized(&self) -> Result<Option<EvmBlock>, Fault> {
        match self.find_block(BlockAt::Finalized).await {
            // geth: -39001 or -32000 "finalized block not found".
            Err(Fault::Node { error, .. }) if error.message.contains("not found") => Ok(None),
            answer => answer,
        }
    }

    /// Returns the block that `at` names.
    ///
    /// # Errors
    ///
    /// When the node does not answer, has no such block, or answers with another one.
    pub async fn block_at(&self, at: BlockAt) -> Result<EvmBlock, Fault> {
        let (method, _) = at.block_request();
        let expected = "a block";
        self.find_block(at).await?.ok_or(Fault::Contradiction { method, expected })
    }

    async fn find_block(&self, at: BlockAt) -> Result<Option<EvmBlock>, Fault> {
        let (method, parameters) = at.block_request();
        let found: Option<e::Block<e::H256>> = self.rpc.ask(method, parameters).await?;
        let Some(block) = found else { return Ok(None) };
        let expected = "the block asked for, with number and hash";
        let block = read(&block).filter(|block| at.is_answered_by(block.number, block.hash));
        block.map(Some).ok_or(Fault::Contradiction { method, expected })
    }
}

fn read(block: &e::Block<e::H256>) -> Option<EvmBlock> {
    Some(EvmBlock {
        number: EvmBlockNumber::new(block.number?.as_u64()),
        hash: convert::b256(block.hash?),
        parent_hash: convert::b256(block.parent_hash),
        time: UnixTime::new(u64::try_from(block.timestamp).ok()?),
        base_fee: block.base_fee_per_gas.map(|fee| Wei::new(convert::u256(fee))),
        gas_limit: Gas::new(u64::try_from(block.gas_limit).ok()?),
    })
}
