//! The side chain's word on redemptions: events first, then what the contract's storage says of them.

use std::collections::BTreeMap;

use farbank_relayer_core::custody::{AttemptFacts, CustodyAttempt, CustodyLook, CustodySpend};
use farbank_relayer_core::peg_out::{Payout, PegOutEvent, PegOutState, Redemption, RedemptionId};
use farbank_relayer_core::ports::{
    AttemptChange, ContractLook, PegOutChain, RedemptionEvent, RedemptionFact, RedemptionRecord,
    RedemptionsLook,
};
use farbank_types::{EvmBlockNumber, B256};

use super::bitcoin::ObserveError;
use super::draft::Draft;
use super::memory::Memory;

/// Blocks whose events are asked for at once: a relayer that starts late catches up in steps.
const EVENT_BLOCKS: u64 = 10_000;
/// Blocks without an event after which the record learns that they were read.
const STORE_EVERY: u64 = 500;

/// What is to be asked.
#[derive(Debug)]
pub(super) struct Questions {
    /// First block whose events are not known.
    pub(super) first: EvmBlockNumber,
    /// Redemptions whose storage matters.
    pub(super) ids: Vec<RedemptionId>,
}

/// What the contract said.
#[derive(Debug)]
pub(super) struct Answers {
    custody: CustodyLook,
    /// Events of final blocks up to `read_to`.
    finals: Vec<RedemptionEvent>,
    read_to: EvmBlockNumber,
    /// Events of blocks that are not final; empty while final ones are missing.
    provisional: Vec<RedemptionEvent>,
    asked: Vec<RedemptionId>,
    newest: RedemptionsLook,
    finalized: RedemptionsLook,
}

/// Returns what is to be asked. All redemptions when `full`; else those that something is about to
/// happen to.
pub(super) fn questions(memory: &Memory, deployed_at: EvmBlockNumber, full: bool) -> Questions {
    let treasury = memory.treasury();
    let next = |read: EvmBlockNumber| EvmBlockNumber::new(read.get().saturating_add(1));
    let expected = |record: &&RedemptionRecord| {
        full || !matches!(record.state, PegOutState::Queued { .. } | PegOutState::InPayout { .. })
    };
    let ids = treasury.redemptions().filter(expected).map(|record| record.redemption.id);
    Questions { first: treasury.events_read_to().map_or(deployed_at, next), ids: ids.collect() }
}

/// Asks.
///
/// # Errors
/// When the node does not answer.
pub(super) async fn ask<S: PegOutChain>(
    chain: &S,
    look: &ContractLook,
    Questions { first, ids }: Questions,
) -> Result<Answers, ObserveError> {
    let custody = chain.custody(look).await.map_err(ObserveError::network)?;
    let end = first.get().saturating_add(EVENT_BLOCKS - 1).min(look.finalized.get());
    let read_to = EvmBlockNumber::new(end.max(first.get().saturating_sub(1)));
    let events = |first: EvmBlockNumber, last: EvmBlockNumber| async move {
        match first <= last {
            true => chain.redemption_events(first, last).await.map_err(ObserveError::network),
            false => Ok(Vec::new()),
        }
    };
    let finals = events(first, read_to).await?;
    let provisional = match read_to >= look.finalized {
        true => events(EvmBlockNumber::new(read_to.get().saturating_add(1)), look.head).await?,
        false => Vec::new(),
    };
    let mut asked = ids;
    for event in finals.iter().chain(&provisional) {
        if let RedemptionFact::Requested(redemption) = &event.fact {
            asked.push(redemption.id);
        }
    }
    asked.sort_unstable();
    asked.dedup();
    let newest = chain.redemptions(&asked, look.head).await.map_err(ObserveError::network)?;
    let finalized =
        chain.redemptions(&asked, look.finalized).await.map_err(ObserveError::network)?;
    Ok(Answers { custody, finals, read_to, provisional, asked, newest, finalized })
}

impl Answers {
    /// Takes over what is remembered of the last look only.
    pub(super) fn note(&self, memory: &mut Memory) {
        let read_to = self.usable_to(memory);
        let treasury = memory.treasury_mut();
        treasury.events_read_to = read_to;
        treasury.look = Some(self.custody);
        treasury.raised = self
            .provisional
            .iter()
            .filter_map(|event| match event.fact {
                RedemptionFact::MaxFeeRaised { id, max_fee } => Some((id, max_fee)),
                RedemptionFact::Requested(_) | RedemptionFact::Proven { .. } => None,
            })
            .collect();
    }

    /// Returns the final block up to which every event can be used. One of a custody transaction that
    /// no searched block holds waits for the blocks, and what follows it waits too.
    fn usable_to(&self, memory: &Memory) -> Option<EvmBlockNumber> {
        let early = self.finals.iter().find(|event| match &event.fact {
            RedemptionFact::Proven { spend, .. } => is_early(memory, spend),
            RedemptionFact::Requested(_) | RedemptionFact::MaxFeeRaised { .. } => false,
        });
        match early {
            Some(event) => event.block.get().checked_sub(1).map(EvmBlockNumber::new),
            None => Some(self.read_to),
        }
    }

    /// Applies it.
    pub(super) fn apply(&self, memory: &Memory, look: &ContractLook, draft: &mut Draft<'_>) {
        let (read_to, stored) = (self.usable_to(memory), memory.treasury().events_stored_to());
        let mut usable = self.finals.iter().filter(|event| Some(event.block) <= read_to).peekable();
        let far = |at: EvmBlockNumber| {
            stored.is_none_or(|stored| at.get().saturating_sub(stored.get()) >= STORE_EVERY)
        };
        if usable.peek().is_some() || read_to.is_some_and(far) {
            draft.events_read_to(read_to);
        }
        usable.for_each(|event| learn(memory, event, true, draft));
        self.provisional.iter().for_each(|event| learn(memory, event, false, draft));
        let (newest, finalized) =
            (by_id(&self.asked, &self.newest), by_id(&self.asked, &self.finalized));
        for id in &self.asked {
            let Some(record) = draft.redemption_by_id(id) else { continue };
            let held = Held {
                newest: newest.get(id).copied().flatten(),
                finalized: finalized.get(id).copied().flatten(),
            };
            if let Some(event) = self.judge(memory, look, &record, held) {
                draft.redemption_event(*id, event);
            }
        }
    }

    fn judge(
        &self,
        memory: &Memory,
        look: &ContractLook,
        record: &RedemptionRecord,
        held: Held,
    ) -> Option<PegOutEvent> {
        let redemption = &record.redemption;
        let expected = |commitment: B256| {
            commitment == redemption.commitment()
                || commitment == memory.treasury().newest(redemption).commitment()
        };
        let is_new = matches!(record.state, PegOutState::Requested { .. });
        match held.newest {
            Some(commitment) if expected(commitment) => {
                let is_final = is_new && held.finalized.is_some_and(expected);
                Some(if is_final { PegOutEvent::RequestFinal } else { PegOutEvent::ProofVanished })
            }
            // Another request took the id, in another branch; or a raise was not read yet.
            Some(_) => is_new.then_some(PegOutEvent::RequestVanished),
            None if redemption.id.get() > self.newest.count => Some(PegOutEvent::RequestVanished),
            None => {
                let payout = paid_by(memory, redemption)?;
                // While a proof is not final a final state may be one that was undone since.
                let was_final = held.finalized.is_none()
                    && redemption.id.get() <= self.finalized.count
                    && self.custody.newest == self.custody.finalized;
                Some(match was_final {
                    true => PegOutEvent::ProofFinal { payout, at: look.finalized },
                    false => PegOutEvent::ProofObserved { payout, at: look.head },
                })
            }
        }
    }
}

/// Commitments of one redemption.
#[derive(Clone, Copy)]
struct Held {
    newest: Option<B256>,
    finalized: Option<B256>,
}

fn by_id(asked: &[RedemptionId], look: &RedemptionsLook) -> BTreeMap<RedemptionId, Option<B256>> {
    asked.iter().copied().zip(look.commitments.iter().copied()).collect()
}

fn learn(memory: &Memory, event: &RedemptionEvent, is_final: bool, draft: &mut Draft<'_>) {
    match &event.fact {
        RedemptionFact::Requested(redemption) => {
            draft.requested(redemption, event.block, is_final);
        }
        RedemptionFact::MaxFeeRaised { id, max_fee } if is_final => draft.raised(*id, *max_fee),
        RedemptionFact::MaxFeeRaised { .. } => {}
        RedemptionFact::Proven { spend, ids } => {
            // The contract names the redemptions that the transaction pays.
            let known = memory.treasury().history().get(&spend.txid).map(CustodyAttempt::facts);
            if let Some(facts) = known.filter(|facts| facts.ids.as_ref() != Some(ids)) {
                let facts = AttemptFacts { ids: Some(ids.clone()), ..facts.clone() };
                draft.attempt(AttemptChange::Put(facts));
            }
        }
    }
}

/// Returns whether a proven transaction may still be found in a block that was not searched.
fn is_early(memory: &Memory, spend: &CustodySpend) -> bool {
    let treasury = memory.treasury();
    let tip = memory.chain().map(|chain| chain.tip().height);
    let searched = tip.is_some_and(|tip| treasury.searched_to() >= Some(tip));
    treasury.history().get(&spend.txid).is_none() && !searched
}

/// Returns the output that pays a redemption, in a block of the best chain.
fn paid_by(memory: &Memory, redemption: &Redemption) -> Option<Payout> {
    let attempts = memory.treasury().history().iter();
    let mut payouts = attempts.flat_map(CustodyAttempt::confirmed_payouts);
    payouts.find(|(id, _)| *id == redemption.id).map(|(_, payout)| payout)
}
