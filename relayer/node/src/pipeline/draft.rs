//! Changes in the making: events applied on top of what is known, nothing written yet.

use std::collections::BTreeMap;

use farbank_relayer_core::header_relay::{self, HeaderRelayContext, HeaderRelayEvent};
use farbank_relayer_core::peg_in::{
    apply, begin, ContractView, DepositFacts, DepositId, Inclusion, PegInEvent, PegInState,
    PegInTransition,
};
use farbank_relayer_core::peg_out::RedemptionId;
use farbank_relayer_core::ports::{
    Changes, DepositChange, DepositRecord, HeaderRelayChange, RedemptionRecord, ScanChange,
    SweepChange,
};
use farbank_types::UnixTime;

use super::memory::Memory;

/// Changes in the making.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(super) memory: &'a Memory,
    contract: ContractView,
    now: UnixTime,
    deposits: BTreeMap<DepositId, DepositChange>,
    pub(super) redemptions: BTreeMap<RedemptionId, RedemptionRecord>,
    pub(super) changes: Changes,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(memory: &'a Memory, now: UnixTime) -> Self {
        Self {
            memory,
            contract: memory.contract_view(),
            now,
            deposits: BTreeMap::new(),
            redemptions: BTreeMap::new(),
            changes: Changes::default(),
        }
    }

    /// Applies an event to a live deposit. A rejection is no fault: events repeat.
    pub(crate) fn event(&mut self, id: DepositId, event: PegInEvent) {
        let drafted = self.deposits.get(&id).map(|change| change.record);
        let Some(record) = drafted.or_else(|| self.memory.deposit(&id).copied()) else { return };
        let context = self.memory.context(&record, self.contract, self.now);
        match apply(&record.state, event, &context) {
            Ok(PegInTransition { next, duties }) => {
                tracing::info!(
                    deposit = %record.facts.outpoint, amount = %record.facts.amount,
                    from = record.state.name(), to = next.name(), event = event.name(),
                    "a deposit changed its state"
                );
                let record = DepositRecord { facts: record.facts, state: next };
                self.deposits.insert(id, DepositChange { record, duties });
                if matches!(next, PegInState::Done { .. }) {
                    self.minted(&record);
                }
            }
            Err(rejection) => {
                tracing::trace!(deposit = %id, event = event.name(), %rejection, "nothing new")
            }
        }
    }

    /// A mint became final; its output may be swept already.
    fn minted(&mut self, record: &DepositRecord) {
        let swept = self.memory.treasury().swept_at(&record.facts.outpoint);
        if let Some(spent_at) = swept {
            self.changes.sweeps.push(SweepChange { id: record.facts.id(), spent_at });
        }
    }

    /// Applies an event to every live deposit.
    pub(crate) fn event_for_all(&mut self, event: PegInEvent) {
        let ids: Vec<_> = self.memory.deposits().map(|record| record.facts.id()).collect();
        ids.into_iter().for_each(|id| self.event(id, event));
    }

    /// A deposit was found in a block: its story begins, or it learns where it is.
    pub(crate) fn found(&mut self, facts: DepositFacts, inclusion: Inclusion) {
        let id = facts.id();
        if self.memory.deposit(&id).is_some() || self.deposits.contains_key(&id) {
            return self.event(id, PegInEvent::Included(inclusion));
        }
        let provisional = DepositRecord { facts, state: PegInState::Confirming { inclusion } };
        let context = self.memory.context(&provisional, self.contract, self.now);
        let PegInTransition { next, duties } = begin(inclusion, &context);
        tracing::info!(
            deposit = %facts.outpoint, amount = %facts.amount, height = %inclusion.height(),
            state = next.name(), "a deposit was found"
        );
        let record = DepositRecord { facts, state: next };
        self.deposits.insert(id, DepositChange { record, duties });
    }

    pub(crate) fn scan(&mut self, scan: ScanChange) {
        self.changes.scans.push(scan);
    }

    pub(crate) fn header_relay(
        &mut self,
        event: HeaderRelayEvent,
        context: &HeaderRelayContext<'_>,
    ) {
        let state = self.memory.header_relay();
        match header_relay::apply(state, event, context) {
            Ok(transition) => {
                tracing::debug!(from = ?state, to = ?transition.next, "the header relay moved");
                let (state, duties) = (transition.next, transition.duties);
                self.changes.header_relay = Some(HeaderRelayChange { state, duties });
            }
            Err(rejection) => tracing::trace!(%rejection, "nothing new for the header relay"),
        }
    }

    pub(crate) fn finish(self) -> Changes {
        let deposits = self.deposits.into_values().collect();
        let redemptions = self.redemptions.into_values().collect();
        Changes { deposits, redemptions, ..self.changes }
    }
}
