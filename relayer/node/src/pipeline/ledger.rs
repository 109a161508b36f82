//! The one place where the record changes: computed, written, and only then known.

use std::sync::Arc;

use bitcoin::OutPoint;
use farbank_relayer_core::custody::{AttemptFacts, CustodyEvent, CustodyParameters};
use farbank_relayer_core::header_relay::{
    HeaderRelayContext, HeaderRelayEvent, HeaderRelayParameters,
};
use farbank_relayer_core::peg_in::{DepositId, PegInEvent};
use farbank_relayer_core::peg_out::{PegOutEvent, QueueCause, RedemptionId};
use farbank_relayer_core::ports::{
    AttemptChange, Changes, DescriptorRecord, PegInStore, ScanChange,
};
use farbank_types::{Deployment, UnixTime};
use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard, Notify};

use super::custody::{reconcile, Work};
use super::draft::Draft;
use super::memory::Memory;
use crate::clock::Clock;

/// How long a redemption or deposit that attesters dispute is left out of plans. The others are paid
/// meanwhile, and a dispute that only a moment made is soon over.
const DISPUTE_SECS: u64 = 60;

/// What this relayer goes by, beside the bridge's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// When headers are worth their gas.
    pub header_relay: HeaderRelayParameters,
    /// When custody is moved, and what for.
    pub custody: CustodyParameters,
}

/// What the parts of the relayer share.
#[derive(Debug)]
pub struct Ledger<U, C> {
    store: U,
    clock: C,
    deployment: Arc<Deployment>,
    habits: Habits,
    memory: Mutex<Memory>,
    changed: Notify,
}

/// The record cannot be written or read.
#[derive(Debug, Error)]
#[error("the relayer's record failed: {source}")]
pub struct LedgerError {
    source: Box<dyn std::error::Error + Send + Sync>,
    transient: bool,
}

impl LedgerError {
    pub(crate) fn new<E: farbank_relayer_core::ports::PortError>(source: E) -> Self {
        Self { transient: source.is_transient(), source: Box::new(source) }
    }

    /// Returns whether the same call can succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        self.transient
    }
}

impl<U: PegInStore, C: Clock> Ledger<U, C> {
    /// Continues from the record.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open(
        store: U,
        clock: C,
        deployment: Arc<Deployment>,
        habits: Habits,
    ) -> Result<Self, LedgerError> {
        // Custody cannot have moved before the contract's header chain starts: nobody could prove it.
        let start = ScanChange::CustodyStart(deployment.checkpoint.height);
        let changes = Changes { scans: vec![start], ..Changes::default() };
        store.commit(&changes).await.map_err(LedgerError::new)?;
        let snapshot = store.snapshot().await.map_err(LedgerError::new)?;
        tracing::info!(
            descriptors = snapshot.descriptors.len(),
            deposits = snapshot.deposits.len(),
            redemptions = snapshot.redemptions.len(),
            custody = snapshot.custody.name(),
            intents = snapshot.intents.len(),
            "continuing from the record"
        );
        let memory = Memory::new(deployment.parameters, deployment.custody, snapshot);
        let memory = Mutex::new(memory);
        Ok(Self { store, clock, deployment, habits, memory, changed: Notify::new() })
    }

    /// Returns the present time.
    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Returns the bridge.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Returns the record itself, for reading.
    #[must_use]
    pub const fn store(&self) -> &U {
        &self.store
    }

    /// Returns what is known, locked: hold it for a moment, never over a question to a node.
    pub async fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().await
    }

    /// Computes changes from what is known, writes them in one transaction, and takes them over.
    /// When the write fails nothing is known to have changed.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn write(
        &self,
        make: impl FnOnce(&Memory) -> Changes + Send,
    ) -> Result<(), LedgerError> {
        let mut memory = self.memory.lock().await;
        let changes = make(&memory);
        self.commit(&mut memory, &changes).await
    }

    pub(super) async fn commit(
        &self,
        memory: &mut Memory,
        changes: &Changes,
    ) -> Result<(), LedgerError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store.commit(changes).await.map_err(LedgerError::new)?;
        memory.absorb(changes);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Watches a descriptor, unless `max` others are watched. Returns whether it is watched now;
    /// one that was before stays as it is.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn watch(&self, record: DescriptorRecord, max: u32) -> Result<bool, LedgerError> {
        let mut memory = self.memory.lock().await;
        if memory.descriptor(&record.id).is_some() {
            return Ok(true);
        }
        if memory.descriptors().count() >= usize::try_from(max).unwrap_or(usize::MAX) {
            return Ok(false);
        }
        let changes = Changes { descriptors: vec![record], ..Changes::default() };
        self.commit(&mut memory, &changes).await?;
        Ok(true)
    }

    /// Applies outcomes to deposits and writes what follows.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn feed_back(&self, events: &[(DepositId, PegInEvent)]) -> Result<(), LedgerError> {
        let now = self.now();
        self.write(|memory| {
            let mut draft = Draft::new(memory, now);
            events.iter().for_each(|(id, event)| draft.event(*id, *event));
            draft.finish()
        })
        .await
    }

    /// Applies an event to the header relay and writes what follows. Nothing happens before both
    /// chains were looked at.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn feed_back_headers(&self, event: HeaderRelayEvent) -> Result<(), LedgerError> {
        let now = self.now();
        self.write(|memory| {
            let mut draft = Draft::new(memory, now);
            if let (Some(chain), Some(look)) = (memory.chain(), memory.look()) {
                let context = HeaderRelayContext {
                    parameters: &self.habits.header_relay,
                    chain,
                    contract: &look.chain,
                    demand: memory.demanded_tip(now),
                    now,
                };
                draft.header_relay(event, &context);
            }
            draft.finish()
        })
        .await
    }

    /// Applies what both chains together mean for redemptions and custody; `thorough` when the
    /// transactions of others are to be identified.
    pub(super) async fn reconcile(&self, thorough: bool) -> Result<(), LedgerError> {
        let now = self.now();
        self.write(|memory| reconcile(memory, &self.habits.custody, now, thorough)).await
    }

    /// Applies an outcome to custody and writes what follows, together with the signed transaction
    /// if there is one: it is durable before anybody broadcasts it. One that nobody waits for any
    /// more is not written.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn feed_back_custody(
        &self,
        event: CustodyEvent,
        signed: Option<AttemptFacts>,
    ) -> Result<(), LedgerError> {
        let now = self.now();
        self.write(|memory| {
            let mut draft = Draft::new(memory, now);
            let work = Work::of(memory, &draft, now);
            let context = work.context(memory, &self.habits.custody, now);
            if draft.custody(event, &context) {
                signed.into_iter().for_each(|facts| draft.attempt(AttemptChange::Put(facts)));
            }
            draft.finish()
        })
        .await
    }

    /// Leaves out of the next plans what attesters dispute.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn dispute(
        &self,
        redemptions: &[RedemptionId],
        deposits: &[OutPoint],
    ) -> Result<(), LedgerError> {
        let now = self.now();
        let not_before = now.saturating_add_secs(DISPUTE_SECS);
        let mut memory = self.memory.lock().await;
        let disputed = &mut memory.treasury_mut().disputed;
        disputed.retain(|_, until| now < *until);
        disputed.extend(deposits.iter().map(|outpoint| (*outpoint, not_before)));
        let changes = {
            let mut draft = Draft::new(&memory, now);
            for id in redemptions {
                let event = PegOutEvent::Passed(QueueCause::Disputed { not_before });
                draft.redemption_event(*id, event);
            }
            draft.finish()
        };
        self.commit(&mut memory, &changes).await
    }

    /// Returns what this relayer goes by.
    #[must_use]
    pub const fn habits(&self) -> &Habits {
        &self.habits
    }

    /// Waits until something is written.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}
