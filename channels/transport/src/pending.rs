//! Handshakes under way. Whoever connects without being anybody takes the place of the oldest, so
//! that strangers cannot shut out a peer: its handshake takes milliseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// The handshakes under way.
#[derive(Debug)]
pub(crate) struct Pending {
    most: usize,
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    next: u64,
    taken: BTreeMap<u64, CancellationToken>,
}

/// A place among them, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pending: Arc<Pending>,
    number: u64,
    given_up: CancellationToken,
}

impl Pending {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), places: Mutex::default() })
    }

    /// Takes a place, the oldest one's when all are taken.
    pub(crate) fn enter(self: &Arc<Self>) -> Place {
        let given_up = CancellationToken::new();
        let mut places = self.places();
        while places.taken.len() >= self.most {
            if let Some((_, oldest)) = places.taken.pop_first() {
                oldest.cancel();
            }
        }
        let number = places.next;
        places.next = number.wrapping_add(1);
        places.taken.insert(number, given_up.clone());
        drop(places);
        Place { pending: Arc::clone(self), number, given_up }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until the place is given to somebody else.
    pub(crate) async fn given_up(&self) {
        self.given_up.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pending.places().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_gives_way_and_places_become_free() {
        let pending = Pending::new(2);
        let places: Vec<_> = (0..3).map(|_| pending.enter()).collect();
        let given_up: Vec<_> = places.iter().map(|place| place.given_up.is_cancelled()).collect();
        assert_eq!(given_up, [true, false, false]);
        drop(places);
        assert!(pending.places().taken.is_empty());
    }
}
