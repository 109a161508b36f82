//! The one place where the record changes: computed, written, and only then known.

use std::sync::Arc;

use farbank_relayer_core::header_relay::{
    HeaderRelayContext, HeaderRelayEvent, HeaderRelayParameters,
};
use farbank_relayer_core::peg_in::{DepositId, PegInEvent};
use farbank_relayer_core::ports::{Changes, DescriptorRecord, PegInStore};
use farbank_types::{Deployment, UnixTime};
use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard, Notify};

use super::draft::Draft;
use super::memory::Memory;
use crate::clock::Clock;

/// What the parts of the relayer share.
#[derive(Debug)]
pub struct Ledger<U, C> {
    store: U,
    clock: C,
    deployment: Arc<Deployment>,
    header_relay: HeaderRelayParameters,
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
        header_relay: HeaderRelayParameters,
    ) -> Result<Self, LedgerError> {
        let snapshot = store.snapshot().await.map_err(LedgerError::new)?;
        tracing::info!(
            descriptors = snapshot.descriptors.len(),
            deposits = snapshot.deposits.len(),
            intents = snapshot.intents.len(),
            "continuing from the record"
        );
        let memory = Mutex::new(Memory::new(deployment.parameters, snapshot));
        Ok(Self { store, clock, deployment, header_relay, memory, changed: Notify::new() })
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
                    parameters: &self.header_relay,
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

    /// Returns what makes headers worth their gas.
    #[must_use]
    pub const fn header_relay_parameters(&self) -> &HeaderRelayParameters {
        &self.header_relay
    }

    /// Waits until something is written.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}
