//! What could be submitted, and whether it is worth its gas.

use farbank_bitcoin_light_client::segment::{MAX_EXTENSION_HEADERS, MAX_SEGMENT_HEADERS};
use farbank_types::{BitcoinHeight, BlockCount};

use super::context::{ContractSegment, HeaderRelayContext};
use super::duties::SegmentPlan;
use super::state::HeaderWait;

/// What follows from a look at both chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// This segment should be submitted now.
    Submit(SegmentPlan),
    /// Nothing should.
    Rest(HeaderWait),
}

/// Compares both chains.
#[must_use]
pub fn assess(context: &HeaderRelayContext<'_>) -> Assessment {
    let Some(newest) = context.contract.newest() else {
        return Assessment::Rest(HeaderWait::NoCommonSegment);
    };
    let Some(common) = context.contract.common(context.chain) else {
        return Assessment::Rest(HeaderWait::NoCommonSegment);
    };
    let tip = context.chain.tip();
    if common.index == newest.index {
        return extend(context, common);
    }
    if tip.work <= newest.work {
        return Assessment::Rest(HeaderWait::Outweighed);
    }
    replace(context, common, newest)
}

/// The contract's tip is in the best chain: the headers above it follow.
fn extend(context: &HeaderRelayContext<'_>, common: &ContractSegment) -> Assessment {
    let tip = context.chain.tip().height;
    let headers = tip.since(common.last).unwrap_or_default();
    if headers == BlockCount::new(0) {
        return Assessment::Rest(HeaderWait::Level);
    }
    if !is_worthwhile(context, common.last, headers) {
        return Assessment::Rest(HeaderWait::NotWorthwhile { headers });
    }
    let most = context.parameters.max_segment_headers.min(bound(MAX_EXTENSION_HEADERS));
    segment(context, common, headers.min(most))
        .map_or(Assessment::Rest(HeaderWait::Level), Assessment::Submit)
}

/// The contract's tip left the best chain: the branch goes whole, at once, as soon as it wins.
fn replace(
    context: &HeaderRelayContext<'_>,
    common: &ContractSegment,
    newest: &ContractSegment,
) -> Assessment {
    let tip = context.chain.tip().height;
    let headers = tip.since(common.last).unwrap_or_default().min(bound(MAX_SEGMENT_HEADERS));
    let plan = segment(context, common, headers);
    let wins = plan
        .and_then(|plan| context.chain.state_at(plan.last))
        .is_some_and(|end| end.work() > newest.work);
    match plan {
        Some(plan) if wins => Assessment::Submit(plan),
        _ => Assessment::Rest(HeaderWait::BranchTooLong),
    }
}

fn is_worthwhile(
    context: &HeaderRelayContext<'_>,
    contract_tip: BitcoinHeight,
    headers: BlockCount,
) -> bool {
    let tip = context.chain.tip();
    let parameters = context.parameters;
    // Whoever waits for a height is served when the chain has it.
    let demanded =
        context.demand.is_some_and(|height| contract_tip < height && height <= tip.height);
    let old = context
        .now
        .secs_since(context.contract.tip_time)
        .is_some_and(|age| age > parameters.max_tip_age_secs);
    demanded || old || headers >= parameters.min_batch_headers
}

fn segment(
    context: &HeaderRelayContext<'_>,
    parent: &ContractSegment,
    count: BlockCount,
) -> Option<SegmentPlan> {
    let first = parent.last.checked_add(BlockCount::new(1))?;
    let last = parent.last.checked_add(count)?;
    let tip = context.chain.hash(last)?;
    Some(SegmentPlan { parent: parent.index, parent_tip: parent.tip, first, last, tip })
}

fn bound(headers: usize) -> BlockCount {
    BlockCount::new(u32::try_from(headers).unwrap_or(u32::MAX))
}
