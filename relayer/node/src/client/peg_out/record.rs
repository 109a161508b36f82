//! A redemption as the side chain tells it: the log has its fields, the contract's state vouches for
//! them while it is unpaid.

use farbank_contracts::{
    BlockAt, BlockRange, BridgeEvent, Fault, LineageRecord, LoggedEvent, SideChainClient,
};
use farbank_types::{EvmBlockNumber, Redemption, RedemptionId, B256};

/// Blocks of the side chain that are asked about at once.
const WINDOW: u64 = 2_000;

/// A redemption that was requested once.
#[derive(Clone, Debug)]
pub(super) struct RedemptionRecord {
    /// With the greatest fee as it was raised last.
    pub(super) redemption: Redemption,
    /// Block of the request.
    pub(super) block: EvmBlockNumber,
    /// Transaction of the request.
    pub(super) transaction: B256,
    /// Whether the contract still counts it as unpaid.
    pub(super) is_unpaid: bool,
}

/// A custody transaction that the contract took as proven.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// What the contract keeps of it.
    pub(super) record: LineageRecord,
    /// Transaction that proved it.
    pub(super) transaction: B256,
}

/// Returns a redemption as of block `head`, or `None` when there is none with this id.
pub(super) async fn find(
    client: &SideChainClient,
    id: RedemptionId,
    head: EvmBlockNumber,
) -> Result<Option<RedemptionRecord>, Fault> {
    let at = BlockAt::Number(head);
    if id.get() == 0 || id.get() > client.redemption_count(at).await? {
        return Ok(None);
    }
    let range = BlockRange { first: client.contracts().deployed_at, last: head };
    let events = client.redemption_events(id, range).await?;
    let stored = client.redemption(id, at).await?;
    let record = read(events, stored).ok_or(Fault::Contradiction {
        method: "eth_getLogs",
        expected: "the logs of a redemption that the contract has counted",
    })?;
    Ok(Some(record))
}

fn read(events: Vec<LoggedEvent>, stored: Option<B256>) -> Option<RedemptionRecord> {
    let mut events = events.into_iter();
    let LoggedEvent { event, block, transaction, .. } = events.next()?;
    let BridgeEvent::RedemptionRequested(mut redemption) = event else { return None };
    for logged in events {
        if let BridgeEvent::MaxFeeRaised { max_fee, .. } = logged.event {
            redemption.max_fee = max_fee;
        }
    }
    let vouched = stored.is_none_or(|commitment| commitment == redemption.commitment());
    vouched.then_some(RedemptionRecord {
        redemption,
        block,
        transaction,
        is_unpaid: stored.is_some(),
    })
}

/// Returns the proof by which the contract counts a redemption as paid; asked only about one that is.
pub(super) async fn proof_of(
    client: &SideChainClient,
    record: &RedemptionRecord,
    head: EvmBlockNumber,
) -> Result<Option<Proof>, Fault> {
    let id = record.redemption.id;
    let mut first = record.block.get();
    while first <= head.get() {
        let last = head.get().min(first.saturating_add(WINDOW - 1));
        let range =
            BlockRange { first: EvmBlockNumber::new(first), last: EvmBlockNumber::new(last) };
        if let Some(found) = standing(client.events_between(range).await?, id) {
            return Ok(Some(found));
        }
        first = last.saturating_add(1);
    }
    Ok(None)
}

/// Returns the proof that pays a redemption and was not undone since.
fn standing(events: Vec<LoggedEvent>, id: RedemptionId) -> Option<Proof> {
    let mut found: Option<Proof> = None;
    for LoggedEvent { event, transaction, .. } in events {
        if let BridgeEvent::CustodyProven(record) = event {
            if record.paid.iter().any(|paid| paid.id == id) {
                found = Some(Proof { record: *record, transaction });
            }
        } else if let BridgeEvent::CustodyUndone { txid } = event {
            found = found.filter(|proof| proof.record.txid != txid);
        }
    }
    found
}
