//! What the bridge logged about redemptions, custody, deposits and keys.
//!
//! A node can leave out what it likes: what matters is compared with the contract's state.

use ethers::abi::RawLog;
use ethers::contract::EthEvent as _;
use ethers::types as e;
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{Amount, ScriptBuf, Txid, XOnlyPublicKey};
use farbank_types::{
    BitcoinHeight, DepositId, EvmBlockNumber, Redemption, RedemptionId, UnixTime, B256,
};

use super::{SideChainClient, INVENTED};
use crate::bindings::{
    self, event, CustodyProvenFilter, CustodyUndoneFilter, DepositDisownedFilter,
    DepositRestoredFilter, KeyRegisteredFilter, KeyRotatedFilter, MaxFeeRaisedFilter,
    NonConformingSpendFilter, RedemptionRequestedFilter, UnsweptAlarmFilter,
};
use crate::convert;
use crate::custody::LineageRecord;
use crate::fault::Fault;
use crate::node::{BlockRange, LogQuery, Receipt};

/// An event of the bridge, mints and segments apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BridgeEvent {
    /// fBTC was burnt, and bitcoins are owed.
    RedemptionRequested(Redemption),
    /// The requester allows its payout to cost more.
    MaxFeeRaised {
        /// The redemption.
        id: RedemptionId,
        /// Most that the payout may stay below the amount now.
        max_fee: Amount,
    },
    /// A spend of the custody outpoint was proven, and this is its record.
    CustodyProven(Box<LineageRecord>),
    /// The newest record was undone: its block left the best chain.
    CustodyUndone {
        /// The transaction of the record.
        txid: Txid,
    },
    /// The spend that was just proven is no custody transaction.
    NonConformingSpend {
        /// The transaction.
        txid: Txid,
    },
    /// A deposit no longer backs the supply.
    DepositDisowned(DepositId),
    /// A disowned deposit backs the supply again.
    DepositRestored(DepositId),
    /// A deposit is unswept too close to its reclaim; the bridge is paused.
    UnsweptAlarm(DepositId),
    /// Governance registered the key that custody may move to.
    KeyRegistered {
        /// The key.
        key: XOnlyPublicKey,
        /// The side chain's time from which it may.
        usable_from: UnixTime,
    },
    /// The custody transaction that was just proven moved custody to another key.
    KeyRotated {
        /// The key.
        key: XOnlyPublicKey,
        /// Height of the transaction's block.
        height: BitcoinHeight,
    },
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// What happened.
    pub event: BridgeEvent,
    /// Block of the side chain that holds it.
    pub block: EvmBlockNumber,
    /// Hash of that block.
    pub block_hash: B256,
    /// Transaction that holds it.
    pub transaction: B256,
}

impl SideChainClient {
    /// Returns the events in a range of blocks, oldest first, those of one block in their order. Long
    /// ranges are asked for in parts.
    ///
    /// # Errors
    ///
    /// When the node does not answer or sends logs that the bridge cannot have written.
    pub async fn events_between(&self, range: BlockRange) -> Result<Vec<LoggedEvent>, Fault> {
        let events = READERS.map(|(signature, _)| signature());
        let query = LogQuery { contract: self.contracts().bridge, events: &events, topic: None };
        self.logged(query, range).await
    }

    /// Returns the request of a redemption in a range of blocks and every rise of its greatest fee
    /// since, oldest first; nothing when the range does not hold the request. Searches from the newest
    /// block back.
    ///
    /// # Errors
    ///
    /// When the node does not answer or sends logs that the bridge cannot have written.
    pub async fn redemption_events(
        &self,
        id: RedemptionId,
        range: BlockRange,
    ) -> Result<Vec<LoggedEvent>, Fault> {
        let events = [RedemptionRequestedFilter::signature(), MaxFeeRaisedFilter::signature()];
        let contract = self.contracts().bridge;
        let query = LogQuery { contract, events: &events, topic: Some(id.word()) };
        let (mut newer, mut remaining) = (Vec::new(), Some(range));
        while let Some(range) = remaining {
            let (newest, older) = range.newest();
            let mut found = self.logged(query, newest).await?;
            found.append(&mut newer);
            let is_request =
                |logged: &LoggedEvent| matches!(logged.event, BridgeEvent::RedemptionRequested(_));
            if found.first().is_some_and(is_request) {
                return Ok(found);
            }
            (newer, remaining) = (found, older);
        }
        Ok(Vec::new())
    }

    async fn logged(
        &self,
        query: LogQuery<'_>,
        range: BlockRange,
    ) -> Result<Vec<LoggedEvent>, Fault> {
        let logs = self.node().logs(query, range).await?;
        logs.into_iter()
            .map(|log| {
                Some(LoggedEvent {
                    block: EvmBlockNumber::new(log.block_number?.as_u64()),
                    block_hash: convert::b256(log.block_hash?),
                    transaction: convert::b256(log.transaction_hash?),
                    event: read(&RawLog { topics: log.topics, data: log.data.to_vec() })?,
                })
            })
            .collect::<Option<_>>()
            .ok_or(INVENTED)
    }

    /// Returns the events of a transaction by its receipt, in order.
    #[must_use]
    pub fn events_in(&self, receipt: &Receipt) -> Vec<LoggedEvent> {
        let bridge = self.contracts().bridge;
        let logs = receipt.logs.iter().filter(|log| log.contract == bridge);
        let events = logs.filter_map(|log| {
            let topics = log.topics.iter().copied().map(convert::h256).collect();
            read(&RawLog { topics, data: log.data.to_vec() })
        });
        events
            .map(|event| LoggedEvent {
                event,
                block: receipt.block,
                block_hash: receipt.block_hash,
                transaction: receipt.hash,
            })
            .collect()
    }
}

type Reader = fn(&RawLog) -> Option<BridgeEvent>;

/// What is asked for, and how each is read.
const READERS: [(fn() -> e::H256, Reader); 10] = [
    (RedemptionRequestedFilter::signature, requested),
    (MaxFeeRaisedFilter::signature, |log| {
        let MaxFeeRaisedFilter { id, max_fee } = event(log)?;
        Some(BridgeEvent::MaxFeeRaised {
            id: redemption_id(id)?,
            max_fee: Amount::from_sat(max_fee),
        })
    }),
    (CustodyProvenFilter::signature, proven),
    (CustodyUndoneFilter::signature, |log| {
        let CustodyUndoneFilter { txid } = event(log)?;
        Some(BridgeEvent::CustodyUndone { txid: Txid::from_byte_array(txid) })
    }),
    (NonConformingSpendFilter::signature, |log| {
        let NonConformingSpendFilter { txid } = event(log)?;
        Some(BridgeEvent::NonConformingSpend { txid: Txid::from_byte_array(txid) })
    }),
    (DepositDisownedFilter::signature, |log| {
        let DepositDisownedFilter { id } = event(log)?;
        Some(BridgeEvent::DepositDisowned(B256::from(id).into()))
    }),
    (DepositRestoredFilter::signature, |log| {
        let DepositRestoredFilter { id } = event(log)?;
        Some(BridgeEvent::DepositRestored(B256::from(id).into()))
    }),
    (UnsweptAlarmFilter::signature, |log| {
        let UnsweptAlarmFilter { id } = event(log)?;
        Some(BridgeEvent::UnsweptAlarm(B256::from(id).into()))
    }),
    (KeyRegisteredFilter::signature, |log| {
        let KeyRegisteredFilter { key, usable_from } = event(log)?;
        let key = XOnlyPublicKey::from_slice(&key).ok()?;
        Some(BridgeEvent::KeyRegistered { key, usable_from: UnixTime::new(usable_from) })
    }),
    (KeyRotatedFilter::signature, |log| {
        let KeyRotatedFilter { key, height } = event(log)?;
        let key = XOnlyPublicKey::from_slice(&key).ok()?;
        Some(BridgeEvent::KeyRotated { key, height: BitcoinHeight::new(height) })
    }),
];

fn read(log: &RawLog) -> Option<BridgeEvent> {
    let signature = log.topics.first()?;
    let (_, reader) = READERS.iter().find(|(of, _)| of() == *signature)?;
    reader(log)
}

fn requested(log: &RawLog) -> Option<BridgeEvent> {
    let logged: RedemptionRequestedFilter = event(log)?;
    Some(BridgeEvent::RedemptionRequested(Redemption {
        id: redemption_id(logged.id)?,
        amount: Amount::from_sat(logged.amount),
        max_fee: Amount::from_sat(logged.max_fee),
        requested_at: UnixTime::new(logged.requested_at),
        requester: convert::address(logged.requester),
        script: ScriptBuf::from_bytes(logged.script.to_vec()),
    }))
}

fn proven(log: &RawLog) -> Option<BridgeEvent> {
    let logged: CustodyProvenFilter = event(log)?;
    let record: bindings::CustodyRecord = logged.record;
    let record = LineageRecord::from_binding(record)?;
    let fits = record.commitment() == B256::from(logged.commitment)
        && record.txid == Txid::from_byte_array(logged.txid);
    fits.then(|| BridgeEvent::CustodyProven(Box::new(record)))
}

fn redemption_id(id: e::U256) -> Option<RedemptionId> {
    u64::try_from(id).ok().map(RedemptionId::new)
}
