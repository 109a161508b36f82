//! What the node's answers say, in this project's units.

use core::fmt;

use bitcoin::block::Header;
use bitcoin::{Amount, BlockHash, Network, Transaction, TxOut};
use farbank_types::{BitcoinHeight, BlockCount, UnixTime};

/// The node's view of the chain, from `getblockchaininfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainInfo {
    /// The network that the node serves.
    pub network: Network,
    /// Height of the best block that the node verified.
    pub height: BitcoinHeight,
    /// Its hash.
    pub best_block: BlockHash,
    /// Height of the best header that the node knows.
    pub headers: BitcoinHeight,
    /// Whether the node still catches up for the first time.
    pub initial_block_download: bool,
}

/// A header that the node knows, from `getblockheader`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderInfo {
    /// The header; its hash is the one that was asked for.
    pub header: Header,
    /// Its height.
    pub height: BitcoinHeight,
    /// Its confirmations, or `None` when it is not in the node's best chain.
    pub confirmations: Option<BlockCount>,
    /// Median time of this block and up to ten before it.
    pub median_time: UnixTime,
}

/// An output that nothing has spent, from `gettxout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnspentOutput {
    /// Value and script.
    pub output: TxOut,
    /// Confirmations; zero in the mempool.
    pub confirmations: BlockCount,
    /// Whether a coinbase transaction made it.
    pub coinbase: bool,
}

/// A transaction that the node knows, from `getrawtransaction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// The block that holds it, or `None` in the mempool.
    pub block: Option<BlockHash>,
    /// Confirmations; zero in the mempool or outside the best chain.
    pub confirmations: BlockCount,
}

/// The node's answer to whether it would take a transaction, from `testmempoolaccept`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MempoolVerdict {
    /// It would.
    Accepted {
        /// Virtual size in vB (BIP-0141).
        virtual_bytes: u64,
        /// The fee that it pays.
        fee: Amount,
    },
    /// It would not.
    Refused {
        /// The node's reason, such as `insufficient fee`.
        reason: String,
    },
}

/// What became of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broadcast {
    /// The node took it now.
    Accepted,
    /// The node has it already: in its mempool or in the chain.
    AlreadyKnown,
}

impl fmt::Display for MempoolVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { virtual_bytes, fee } => {
                write!(f, "accepted ({virtual_bytes} vB, fee {fee})")
            }
            Self::Refused { reason } => write!(f, "refused: {reason}"),
        }
    }
}
