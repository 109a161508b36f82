//! Mints, as the bridge logged them.

use ethers::abi::RawLog;
use ethers::contract::EthEvent as _;
use ethers::types as e;
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{Amount, OutPoint, Txid};
use farbank_types::{BitcoinHeight, DepositId, EvmAddress, EvmBlockNumber, B256};

use super::{SideChainClient, INVENTED};
use crate::bindings::{event, MintedFilter};
use crate::convert;
use crate::fault::Fault;
use crate::node::{BlockRange, LogQuery, Receipt};

/// A mint. Its id is that of its outpoint: a log where they differ is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintedLog {
    /// The deposit.
    pub outpoint: OutPoint,
    /// Who received the amount less the carrier fee.
    pub recipient: EvmAddress,
    /// Value of the whole deposit.
    pub amount: Amount,
    /// Part of it that whoever carried the claim received.
    pub carrier_fee: Amount,
    /// Height of the deposit's block.
    pub height: BitcoinHeight,
    /// Block of the side chain that holds the mint.
    pub block: EvmBlockNumber,
    /// Hash of that block.
    pub block_hash: B256,
    /// Transaction that holds the mint.
    pub transaction: B256,
}

impl SideChainClient {
    /// Returns the mints in a range of blocks, oldest first. A node can leave out what it likes: what
    /// a deposit became is said by [`SideChainClient::deposit`].
    ///
    /// # Errors
    ///
    /// When the node does not answer or sends logs that the bridge cannot have written.
    pub async fn minted_between(&self, range: BlockRange) -> Result<Vec<MintedLog>, Fault> {
        self.minted(None, range).await
    }

    /// Returns the mint of one deposit in a range of blocks, or `None` when there is none. Searches
    /// from the newest block back.
    ///
    /// # Errors
    ///
    /// When the node does not answer or sends logs that the bridge cannot have written.
    pub async fn minted_deposit(
        &self,
        outpoint: OutPoint,
        range: BlockRange,
    ) -> Result<Option<MintedLog>, Fault> {
        let mut remaining = Some(range);
        while let Some(range) = remaining {
            let (newest, older) = range.newest();
            if let Some(log) = self.minted(Some(outpoint), newest).await?.pop() {
                return Ok(Some(log));
            }
            remaining = older;
        }
        Ok(None)
    }

    /// Returns the mints of a transaction by its receipt, in order.
    #[must_use]
    pub fn minted_in(&self, receipt: &Receipt) -> Vec<MintedLog> {
        let bridge = self.contracts().bridge;
        let logs = receipt.logs.iter().filter(|log| log.contract == bridge);
        logs.filter_map(|log| {
            let topics = log.topics.iter().copied().map(convert::h256).collect();
            let place = (receipt.block, receipt.block_hash, receipt.hash);
            read(&RawLog { topics, data: log.data.to_vec() }, place)
        })
        .collect()
    }

    async fn minted(
        &self,
        outpoint: Option<OutPoint>,
        range: BlockRange,
    ) -> Result<Vec<MintedLog>, Fault> {
        let query = LogQuery {
            contract: self.contracts().bridge,
            events: &[MintedFilter::signature()],
            topic: outpoint.map(|outpoint| DepositId::of(&outpoint).get()),
        };
        let logs = self.node().logs(query, range).await?;
        logs.into_iter()
            .map(|log| {
                let place = place(&log)?;
                read(&RawLog { topics: log.topics, data: log.data.to_vec() }, place)
            })
            .collect::<Option<_>>()
            .ok_or(INVENTED)
    }
}

type Place = (EvmBlockNumber, B256, B256);

fn place(log: &e::Log) -> Option<Place> {
    let number = EvmBlockNumber::new(log.block_number?.as_u64());
    Some((number, convert::b256(log.block_hash?), convert::b256(log.transaction_hash?)))
}

fn read(log: &RawLog, place: Place) -> Option<MintedLog> {
    let minted: MintedFilter = event(log)?;
    let outpoint = OutPoint { txid: Txid::from_byte_array(minted.txid), vout: minted.vout };
    if DepositId::of(&outpoint).get() != B256::from(minted.id) {
        return None;
    }
    let (block, block_hash, transaction) = place;
    Some(MintedLog {
        outpoint,
        recipient: convert::address(minted.recipient),
        amount: Amount::from_sat(minted.amount),
        carrier_fee: Amount::from_sat(minted.carrier_fee),
        height: BitcoinHeight::new(minted.height),
        block,
        block_hash,
        transaction,
    })
}
