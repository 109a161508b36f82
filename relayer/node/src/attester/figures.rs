//! What this process counted since it started.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What this process counted since it started.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<Counts>);

/// The counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Sessions in which a share was given.
    pub(crate) signed: u64,
    /// Refusals by name.
    pub(crate) refusals: BTreeMap<&'static str, u64>,
    /// Connections that were refused or cut off, by the reason's name.
    pub(crate) cut_off: BTreeMap<&'static str, u64>,
}

impl Figures {
    pub(crate) fn signed(&self) {
        let mut counts = self.lock();
        counts.signed = counts.signed.saturating_add(1);
    }

    pub(crate) fn refused(&self, name: &'static str) {
        count(&mut self.lock().refusals, name);
    }

    pub(crate) fn cut_off(&self, name: &'static str) {
        count(&mut self.lock().cut_off, name);
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counts: &mut BTreeMap<&'static str, u64>, name: &'static str) {
    let count = counts.entry(name).or_default();
    *count = count.saturating_add(1);
}
