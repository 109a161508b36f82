//! What the steps see of custody: transactions that three attesters signed, and their proofs.

use core::time::Duration;
use std::collections::BTreeSet;

use bitcoin::OutPoint;
use farbank_contracts::{BlockAt, BlockRange, BridgeEvent, LineageRecord};
use farbank_types::B256;
use tokio::time::{interval, timeout, MissedTickBehavior};

use super::failure::StepFailure;
use super::stage::Stage;
use super::story::Story;

/// A final state of the side chain, a round of signatures, some blocks on both chains.
const LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(250);

/// A custody transaction whose proof the contract took.
#[derive(Debug)]
pub(super) struct ProvenCustody {
    pub(super) record: LineageRecord,
    /// The transaction of the side chain that proved it.
    pub(super) proof: B256,
}

/// Waits for a custody transaction that does what is `wanted`, burying every one that shows up, until
/// the contract has its proof.
pub(super) async fn proven(
    stage: &mut Stage<'_>,
    what: &'static str,
    wanted: impl Fn(&LineageRecord) -> bool,
) -> Result<ProvenCustody, StepFailure> {
    let waited = timeout(LIMIT, follow(stage, wanted)).await;
    let found = waited
        .unwrap_or(Err(StepFailure::NoCustodyTransaction { what, seconds: LIMIT.as_secs() }))?;
    stage.tell(Story::CustodyProven { txid: found.record.txid, transaction: found.proof });
    Ok(found)
}

async fn follow(
    stage: &mut Stage<'_>,
    wanted: impl Fn(&LineageRecord) -> bool,
) -> Result<ProvenCustody, StepFailure> {
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut buried = BTreeSet::new();
    loop {
        poll.tick().await;
        if let Some(found) = search(stage, &wanted).await? {
            return Ok(found);
        }
        if let Some(outpoint) = spent_custody(stage).await? {
            if buried.insert(outpoint) {
                stage.tell(Story::CustodyMoves);
                stage.mine(stage.deployment.parameters.custody_confirmations).await?;
            }
        }
    }
}

/// Returns the proven custody outpoint when a transaction spends it, in a block or not.
async fn spent_custody(stage: &Stage<'_>) -> Result<Option<OutPoint>, StepFailure> {
    let Some(custody) = stage.bridge.custody(BlockAt::Latest).await? else { return Ok(None) };
    let unspent = stage.bitcoin.tx_out(&custody.outpoint, true).await?;
    Ok(unspent.is_none().then_some(custody.outpoint))
}

async fn search(
    stage: &Stage<'_>,
    wanted: impl Fn(&LineageRecord) -> bool,
) -> Result<Option<ProvenCustody>, StepFailure> {
    Ok(all(stage).await?.into_iter().find(|proven| wanted(&proven.record)))
}

/// Returns the records of all custody transactions that were ever proven, oldest first.
pub(super) async fn records(stage: &Stage<'_>) -> Result<Vec<LineageRecord>, StepFailure> {
    Ok(all(stage).await?.into_iter().map(|proven| proven.record).collect())
}

async fn all(stage: &Stage<'_>) -> Result<Vec<ProvenCustody>, StepFailure> {
    let last = stage.bridge.node().head().await?.number;
    let range = BlockRange { first: stage.bridge.contracts().deployed_at, last };
    let events = stage.bridge.events_between(range).await?;
    let proven = events.into_iter().filter_map(|logged| {
        let BridgeEvent::CustodyProven(record) = logged.event else { return None };
        Some(ProvenCustody { record: *record, proof: logged.transaction })
    });
    Ok(proven.collect())
}
