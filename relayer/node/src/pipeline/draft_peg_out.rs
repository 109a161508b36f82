//! Changes in the making, peg-out's half.

use farbank_relayer_core::custody::{self, CustodyContext, CustodyEvent, CustodyState};
use farbank_relayer_core::peg_out::{
    apply, begin, PegOutEvent, PegOutState, Redemption, RedemptionId,
};
use farbank_relayer_core::ports::{AttemptChange, CustodyChange, RedemptionRecord, SweepChange};
use farbank_types::EvmBlockNumber;

use super::draft::Draft;

impl Draft<'_> {
    /// Returns a redemption as it is now, changes in the making on top.
    pub(super) fn redemption(&self, known: &RedemptionRecord) -> RedemptionRecord {
        self.redemptions.get(&known.redemption.id).unwrap_or(known).clone()
    }

    /// The same by its id; `None` when it is not known, or done with.
    pub(super) fn redemption_by_id(&self, id: &RedemptionId) -> Option<RedemptionRecord> {
        let known = || self.memory.treasury().redemption(id);
        self.redemptions.get(id).or_else(known).cloned()
    }

    /// Applies an event to a live redemption. A rejection is no fault: events repeat.
    pub(crate) fn redemption_event(&mut self, id: RedemptionId, event: PegOutEvent) {
        let Some(record) = self.redemption_by_id(&id) else { return };
        match apply(&record.state, event, &self.memory.peg_out_context()) {
            Ok(state) => {
                tracing::info!(
                    redemption = %id, amount = %record.redemption.amount,
                    from = record.state.name(), to = state.name(), event = event.name(),
                    "a redemption changed its state"
                );
                self.redemptions.insert(id, RedemptionRecord { state, ..record });
            }
            Err(rejection) => {
                tracing::trace!(redemption = %id, event = event.name(), %rejection, "nothing new");
            }
        }
    }

    /// Applies an event to every live redemption.
    pub(super) fn redemption_event_for_all(&mut self, event: PegOutEvent) {
        let memory = self.memory;
        for record in memory.treasury().redemptions() {
            self.redemption_event(record.redemption.id, event);
        }
    }

    /// The side chain holds a request: a new one, or another one than before under the same id.
    pub(super) fn requested(
        &mut self,
        redemption: &Redemption,
        at: EvmBlockNumber,
        is_final: bool,
    ) {
        let known = self.redemption_by_id(&redemption.id);
        let same = known.as_ref().is_some_and(|known| {
            known.state != PegOutState::Vanished
                && Redemption { max_fee: redemption.max_fee, ..known.redemption.clone() }
                    == *redemption
        });
        if same {
            return;
        }
        tracing::info!(
            redemption = %redemption.id, amount = %redemption.amount, is_final,
            "a redemption was requested"
        );
        let record =
            RedemptionRecord { redemption: redemption.clone(), state: begin(at, is_final) };
        self.redemptions.insert(redemption.id, record);
    }

    /// A final block raised a max fee.
    pub(super) fn raised(&mut self, id: RedemptionId, max_fee: bitcoin::Amount) {
        let Some(mut record) = self.redemption_by_id(&id) else { return };
        if max_fee > record.redemption.max_fee {
            record.redemption.max_fee = max_fee;
            self.redemptions.insert(id, record);
            self.redemption_event(id, PegOutEvent::MaxFeeRaised);
        }
    }

    pub(super) fn events_read_to(&mut self, block: Option<EvmBlockNumber>) {
        self.changes.events_read_to = block;
    }

    pub(crate) fn attempt(&mut self, change: AttemptChange) {
        self.changes.attempts.push(change);
    }

    pub(super) fn sweep(&mut self, change: SweepChange) {
        self.changes.sweeps.push(change);
    }

    /// Returns what custody waits for, changes in the making on top.
    pub(super) fn custody_state(&self) -> &CustodyState {
        let drafted = self.changes.custody.as_ref().map(|change| &change.state);
        drafted.unwrap_or_else(|| self.memory.treasury().custody())
    }

    /// Applies an event to custody. Returns whether it was news.
    pub(super) fn custody(&mut self, event: CustodyEvent, context: &CustodyContext<'_>) -> bool {
        let state = self.custody_state();
        match custody::apply(state, event, context) {
            Ok(transition) => {
                let (from, to) = (state.name(), transition.next.name());
                tracing::info!(from, to, event = event.name(), "custody changed its state");
                let (state, duties) = (transition.next, transition.duties);
                self.changes.custody = Some(CustodyChange { state, duties });
                true
            }
            Err(rejection) => {
                tracing::trace!(event = event.name(), %rejection, "nothing new for custody");
                false
            }
        }
    }
}
