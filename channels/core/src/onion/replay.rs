//! Which packets were here before.

use std::collections::{BTreeMap, BTreeSet};

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::errors::OnionRejection;
use super::keys::{HopSecret, KeyKind};

/// Remembers each peeled packet until the expiry that its own payload names: after that a repetition
/// is refused for being late. A packet says the same expiry each time, so one second's packets are all
/// that has to be searched.
///
/// Bounded: a full cache refuses new packets, it never forgets one that could still come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayCache {
    capacity: usize,
    len: usize,
    seen: BTreeMap<UnixTime, BTreeSet<[u8; 16]>>,
}

impl ReplayCache {
    /// Makes a cache for `capacity` packets, about 40 bytes each.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, len: 0, seen: BTreeMap::new() }
    }

    /// Remembers a packet by the secret that it was peeled with.
    ///
    /// # Errors
    /// [`OnionRejection::Replayed`], [`OnionRejection::ReplayCacheFull`].
    pub fn remember(
        &mut self,
        secret: &HopSecret,
        expiry: UnixTime,
        now: UnixTime,
    ) -> Result<(), OnionRejection> {
        self.forget_before(now);
        let key = secret.key(KeyKind::Seen);
        let (name, _) = key.bytes().split_first_chunk().ok_or(OnionRejection::BadKey)?;
        let known = self.seen.get(&expiry).is_some_and(|names| names.contains(name));
        if known {
            return Err(OnionRejection::Replayed);
        }
        if self.len >= self.capacity {
            return Err(OnionRejection::ReplayCacheFull { capacity: self.capacity });
        }
        self.seen.entry(expiry).or_default().insert(*name);
        self.len += 1;
        Ok(())
    }

    /// Returns how many packets are remembered.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether none is remembered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn forget_before(&mut self, now: UnixTime) {
        while let Some(oldest) = self.seen.first_entry() {
            if *oldest.key() >= now {
                return;
            }
            self.len = self.len.saturating_sub(oldest.remove().len());
        }
    }
}
