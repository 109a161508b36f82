//! What both chains together mean for redemptions and custody.

use bitcoin::{FeeRate, Txid};
use farbank_relayer_core::custody::{
    plan, AttemptFacts, CustodyAttempt, CustodyContext, CustodyEvent, CustodyLook,
    CustodyParameters, CustodyState, SweepCandidate,
};
use farbank_relayer_core::peg_out::{
    identify, OpenRedemption, PegOutEvent, PegOutState, QueueCause, Redemption, RedemptionId,
};
use farbank_relayer_core::ports::{AttemptChange, Changes, MintedDeposit};
use farbank_types::{BitcoinHeight, UnixTime};

use super::draft::Draft;
use super::memory::Memory;
use super::treasury::KEPT_BLOCKS;

/// What there is to pay and to sweep.
pub(super) struct Work {
    redemptions: Vec<Redemption>,
    deposits: Vec<SweepCandidate>,
}

impl Work {
    /// Collects it from what is known, `draft` on top.
    pub(super) fn of(memory: &Memory, draft: &Draft<'_>, now: UnixTime) -> Self {
        let treasury = memory.treasury();
        let records = treasury.redemptions().map(|record| draft.redemption(record));
        let due = |state: &PegOutState| {
            let disputed = state.disputed_until();
            state.is_open() && disputed.is_none_or(|not_before| now >= not_before)
        };
        let open = records.filter(|record| due(&record.state));
        Self {
            redemptions: open.map(|record| record.redemption).collect(),
            deposits: treasury.sweepable(now, |minted| candidate(memory, minted)),
        }
    }

    pub(super) fn context<'a>(
        &'a self,
        memory: &'a Memory,
        parameters: &'a CustodyParameters,
        now: UnixTime,
    ) -> CustodyContext<'a> {
        let treasury = memory.treasury();
        let newest = treasury.look().and_then(|look| look.newest.spend);
        let stands = |block: farbank_bitcoin_light_client::BlockRef| {
            memory.chain().and_then(|chain| chain.hash(block.height)) == Some(block.hash)
        };
        CustodyContext {
            parameters,
            now,
            bitcoin_tip: memory.chain().map(|chain| chain.tip().height).unwrap_or_default(),
            searched_to: searched_to(memory),
            contract: memory.contract_view(),
            // Without own headers nothing can be said of a block.
            custody: memory.chain().and(treasury.look().copied()),
            proven_stands: newest.is_none_or(|spend| stands(spend.block)),
            history: treasury.history(),
            redemptions: &self.redemptions,
            deposits: &self.deposits,
            fee_rate: treasury.fee_rate.unwrap_or(FeeRate::BROADCAST_MIN),
        }
    }
}

/// Returns how far the search for custody transactions got; nowhere while the contract's events are
/// missing, since they may tell that a redemption is paid.
fn searched_to(memory: &Memory) -> BitcoinHeight {
    memory.treasury().searched_to().filter(|_| is_told(memory)).unwrap_or_default()
}

/// Returns whether all events of final blocks are known.
fn is_told(memory: &Memory) -> bool {
    memory.look().is_some_and(|look| memory.treasury().events_read_to() >= Some(look.finalized))
}

fn candidate(memory: &Memory, minted: &MintedDeposit) -> Option<SweepCandidate> {
    let facts = &minted.record.facts;
    let descriptor = &memory.descriptor(&facts.descriptor)?.announcement.descriptor;
    Some(SweepCandidate {
        id: facts.id(),
        outpoint: facts.outpoint,
        value: facts.amount,
        height: minted.record.state.inclusion().height(),
        input: farbank_federation::custody::DepositInput {
            federation_key: descriptor.federation_key,
            leaf_hash: descriptor.leaf_hash().ok()?,
        },
    })
}

/// Returns what follows from both chains as they are known; `thorough` when transactions of others
/// are to be identified.
pub(super) fn reconcile(
    memory: &Memory,
    parameters: &CustodyParameters,
    now: UnixTime,
    thorough: bool,
) -> Changes {
    let mut draft = Draft::new(memory, now);
    let Some(look) = memory.treasury().look().copied() else { return draft.finish() };
    if thorough {
        identified(memory).into_iter().for_each(|facts| draft.attempt(AttemptChange::Put(facts)));
    }
    settle_payouts(memory, &mut draft, &look);
    let work = Work::of(memory, &draft, now);
    let context = work.context(memory, parameters, now);
    draft.custody(CustodyEvent::Viewed, &context);
    pass_over(memory, &mut draft, &context, &look);
    forgettable(memory, &look)
        .into_iter()
        .for_each(|txid| draft.attempt(AttemptChange::Forget(txid)));
    draft.finish()
}

/// Tells every redemption which transaction pays it.
fn settle_payouts(memory: &Memory, draft: &mut Draft<'_>, look: &CustodyLook) {
    let Some(output) = look.newest.output else { return };
    let payouts = memory.treasury().history().payouts(output.outpoint);
    for record in memory.treasury().redemptions() {
        let id = record.redemption.id;
        draft.redemption_event(id, payouts.get(&id).copied().unwrap_or(PegOutEvent::PayoutDropped));
    }
}

/// Tells those that wait why.
fn pass_over(
    memory: &Memory,
    draft: &mut Draft<'_>,
    context: &CustodyContext<'_>,
    look: &CustodyLook,
) {
    let queued = |id: &RedemptionId| {
        let record = memory.treasury().redemption(id).map(|record| draft.redemption(record));
        record.is_some_and(|record| matches!(record.state, PegOutState::Queued { .. }))
    };
    let waiting: Vec<_> =
        context.redemptions.iter().map(|redemption| redemption.id).filter(queued).collect();
    let planning = matches!(
        draft.custody_state(),
        CustodyState::Idle { .. } | CustodyState::Collecting { .. } | CustodyState::Signing { .. }
    );
    if waiting.is_empty() || !planning {
        return;
    }
    let passed = plan(context, look, None).passed;
    for id in waiting {
        let cause = passed.iter().find(|(other, _)| *other == id).map(|(_, cause)| *cause);
        let event = PegOutEvent::Passed(cause.unwrap_or(QueueCause::NextPayout));
        draft.redemption_event(id, event);
    }
}

/// Returns transactions of others whose redemptions are known now.
fn identified(memory: &Memory) -> Vec<AttemptFacts> {
    let treasury = memory.treasury();
    let unknown = treasury.history().iter().filter(|attempt| attempt.facts().ids.is_none());
    let mut unknown = unknown.peekable();
    if unknown.peek().is_none() {
        return Vec::new();
    }
    let unpaid = treasury.redemptions().filter(|record| record.state.payout().is_none());
    let open: Vec<_> = unpaid
        .map(|record| treasury.newest(&record.redemption))
        .map(|redemption| OpenRedemption {
            id: redemption.id,
            amount: redemption.amount,
            max_fee: redemption.max_fee,
            script: redemption.script,
        })
        .collect();
    let identify = |attempt: &CustodyAttempt| {
        let shape = attempt.shape()?;
        let ids = identify(&shape.payouts, shape.ids_hash, &open)?;
        Some(AttemptFacts { ids: Some(ids), ..attempt.facts().clone() })
    };
    unknown.filter_map(identify).collect()
}

/// Returns attempts that neither chain can bring back and that nobody asks for: a block far below the
/// tip spends their input, the contract knows, and every redemption of theirs is over.
fn forgettable(memory: &Memory, look: &CustodyLook) -> Vec<Txid> {
    if !is_told(memory) {
        return Vec::new();
    }
    let Some(tip) = memory.treasury().searched_to() else { return Vec::new() };
    let Some(proven) = look.finalized.spend else { return Vec::new() };
    let history = memory.treasury().history();
    let old = |height: BitcoinHeight| {
        height.get() <= tip.get().saturating_sub(KEPT_BLOCKS) && height < proven.block.height
    };
    let over = |attempt: &&CustodyAttempt| {
        let winner = history.confirmed(attempt.facts().input);
        let spend = winner.and_then(CustodyAttempt::spend);
        spend.is_some_and(|spend| old(spend.block.height))
            && attempt.payouts().all(|(id, _)| memory.treasury().redemption(&id).is_none())
    };
    history.iter().filter(over).map(CustodyAttempt::txid).collect()
}
