//! Redemptions and custody in the contract.

use std::collections::HashMap;

use farbank_contracts::{
    BlockAt, BlockRange, BridgeEvent, LineageRecord, LoggedEvent, SideChainClient,
};
use farbank_relayer_core::custody::{CustodyLook, CustodyOutput, CustodySpend, ProvenCustody};
use farbank_relayer_core::peg_out::RedemptionId;
use farbank_relayer_core::ports::{
    BlockRef, ContractLook, PegOutChain, RedemptionEvent, RedemptionFact, RedemptionsLook,
};
use farbank_types::{EvmBlockNumber, UnixTime, B256};

use super::{EthersSideChain, SideChainError};

/// Blocks below the newest final one that a custody transaction names: attesters that look a little
/// later hold it for final too. They go by their own newest final state for everything else.
const ANCHOR_DEPTH: u64 = 6;

/// Records of custody transactions by their commitment, of which the contract holds the newest one's.
#[derive(Debug, Default)]
pub(super) struct LineageCache {
    records: HashMap<B256, LineageRecord>,
    /// Events up to here were read; above, another branch may come.
    read_to: Option<EvmBlockNumber>,
}

impl EthersSideChain {
    /// Returns the record of the newest custody transaction in the contract's newest state, or
    /// `None` before the first.
    ///
    /// # Errors
    /// When the node does not answer, or hides the record.
    pub async fn newest_record(&self) -> Result<Option<LineageRecord>, SideChainError> {
        let head = self.client().await?.node().head().await?.number;
        let finalized = self.finalized(head).await?;
        self.record(head, finalized).await
    }

    /// Returns the record whose commitment the contract holds as of block `at`.
    async fn record(
        &self,
        at: EvmBlockNumber,
        finalized: EvmBlockNumber,
    ) -> Result<Option<LineageRecord>, SideChainError> {
        let client = self.client().await?;
        let Some(commitment) = client.lineage(BlockAt::Number(at)).await? else { return Ok(None) };
        let mut cache = self.lineage.lock().await;
        if !cache.records.contains_key(&commitment) {
            let first = match cache.read_to {
                Some(read) => EvmBlockNumber::new(read.get().saturating_add(1)),
                None => self.deployment.contracts.deployed_at,
            };
            // A newest state can be looked at after a final one that is above it only in a node that
            // went back; then there is nothing to read.
            if first <= at {
                let events = client.events_between(BlockRange { first, last: at }).await?;
                cache.keep(events);
                cache.read_to = Some(finalized.min(at)).max(cache.read_to);
            }
        }
        let record = cache.records.get(&commitment).cloned();
        record.map(Some).ok_or(SideChainError::MissingRecord { commitment })
    }

    async fn proven(
        &self,
        client: &SideChainClient,
        at: EvmBlockNumber,
        finalized: EvmBlockNumber,
    ) -> Result<ProvenCustody, SideChainError> {
        let key = client.keys(BlockAt::Number(at)).await?.current;
        let output = client.custody(BlockAt::Number(at)).await?;
        let record = self.record(at, finalized).await?;
        Ok(ProvenCustody {
            output: output.map(|held| CustodyOutput {
                outpoint: held.outpoint,
                value: held.value,
                key,
            }),
            spend: record.as_ref().map(spend),
        })
    }
}

impl LineageCache {
    fn keep(&mut self, events: Vec<LoggedEvent>) {
        for logged in events {
            if let BridgeEvent::CustodyProven(record) = logged.event {
                self.records.insert(record.commitment(), *record);
            }
        }
    }
}

fn spend(record: &LineageRecord) -> CustodySpend {
    let block = BlockRef { height: record.height, hash: record.block_hash };
    CustodySpend { txid: record.txid, block }
}

impl PegOutChain for EthersSideChain {
    type Error = SideChainError;

    async fn custody(&self, look: &ContractLook) -> Result<CustodyLook, SideChainError> {
        let client = self.client().await?;
        let finalized = look.finalized.max(self.deployment.contracts.deployed_at);
        let keys = client.keys(BlockAt::Number(finalized)).await?;
        let newest_final = client.node().block_at(BlockAt::Number(finalized)).await?;
        let usable = |(key, from): (_, UnixTime)| (newest_final.time >= from).then_some(key);
        let below = EvmBlockNumber::new(finalized.get().saturating_sub(ANCHOR_DEPTH));
        let anchor = client.node().block_at(BlockAt::Number(below)).await?;
        Ok(CustodyLook {
            newest: self.proven(client, look.head.max(finalized), finalized).await?,
            finalized: self.proven(client, finalized, finalized).await?,
            anchor: anchor.hash,
            key: keys.next.and_then(usable).unwrap_or(keys.current),
        })
    }

    async fn redemptions(
        &self,
        ids: &[RedemptionId],
        at: EvmBlockNumber,
    ) -> Result<RedemptionsLook, SideChainError> {
        // Before the deployment there is no contract to ask, and nothing requested.
        if at < self.deployment.contracts.deployed_at {
            return Ok(RedemptionsLook { count: 0, commitments: vec![None; ids.len()] });
        }
        let (client, at) = (self.client().await?, BlockAt::Number(at));
        let mut commitments = Vec::with_capacity(ids.len());
        for id in ids {
            commitments.push(client.redemption(*id, at).await?);
        }
        Ok(RedemptionsLook { count: client.redemption_count(at).await?, commitments })
    }

    async fn redemption_events(
        &self,
        first: EvmBlockNumber,
        last: EvmBlockNumber,
    ) -> Result<Vec<RedemptionEvent>, SideChainError> {
        let events = self.client().await?.events_between(BlockRange { first, last }).await?;
        Ok(events.into_iter().filter_map(event).collect())
    }
}

fn event(logged: LoggedEvent) -> Option<RedemptionEvent> {
    let fact = match logged.event {
        BridgeEvent::RedemptionRequested(redemption) => RedemptionFact::Requested(redemption),
        BridgeEvent::MaxFeeRaised { id, max_fee } => RedemptionFact::MaxFeeRaised { id, max_fee },
        BridgeEvent::CustodyProven(record) => RedemptionFact::Proven {
            spend: spend(&record),
            ids: record.paid.iter().map(|paid| paid.id).collect(),
        },
        BridgeEvent::CustodyUndone { .. }
        | BridgeEvent::NonConformingSpend { .. }
        | BridgeEvent::DepositDisowned(_)
        | BridgeEvent::DepositRestored(_)
        | BridgeEvent::UnsweptAlarm(_)
        | BridgeEvent::KeyRegistered { .. }
        | BridgeEvent::KeyRotated { .. } => return None,
    };
    Some(RedemptionEvent { block: logged.block, fact })
}
