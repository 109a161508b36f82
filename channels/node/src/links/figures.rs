//! What is counted about links.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What is counted about links since the process started.
#[derive(Debug, Default)]
pub struct LinkFigures {
    frames_in: AtomicU64,
    frames_out: AtomicU64,
    links: AtomicU64,
    cut_off: Mutex<BTreeMap<&'static str, u64>>,
}

impl LinkFigures {
    pub(super) fn received(&self) {
        self.frames_in.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn sent(&self) {
        self.frames_out.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn linked(&self) {
        self.links.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cut_off(&self, reason: &'static str) {
        let mut reasons = self.cut_off.lock().unwrap_or_else(PoisonError::into_inner);
        let count = reasons.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// Returns how many messages came.
    #[must_use]
    pub fn frames_in(&self) -> u64 {
        self.frames_in.load(Ordering::Relaxed)
    }

    /// Returns how many messages went out.
    #[must_use]
    pub fn frames_out(&self) -> u64 {
        self.frames_out.load(Ordering::Relaxed)
    }

    /// Returns how many links were made.
    #[must_use]
    pub fn links(&self) -> u64 {
        self.links.load(Ordering::Relaxed)
    }

    /// Returns how many connections ended for each reason.
    #[must_use]
    pub fn cut_offs(&self) -> BTreeMap<&'static str, u64> {
        self.cut_off.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
