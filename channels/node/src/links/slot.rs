//! Which of the connections to one peer lives.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Who made a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialer {
    Own,
    Peer,
}

/// The place of a peer's live link.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Held by the live link until the machine has heard that it is down.
    pub(super) live: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Number of the newest connection that may live.
    newest: u64,
    current: Option<Current>,
}

/// The live link.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub(super) frames: mpsc::Sender<Bytes>,
    pub(super) cut: CancellationToken,
    pub(super) dialer: Dialer,
}

impl Slot {
    /// Decides whether a new connection replaces the live one, which is then ended. Of two that crossed,
    /// both ends keep the one that the smaller key made; otherwise the newer one counts, since a peer
    /// that connects again has lost the one before.
    pub(super) fn claim(&self, dialer: Dialer, own_is_smaller: bool) -> Option<u64> {
        let mut state = self.state();
        if let Some(current) = &state.current {
            let crossed = current.dialer != dialer;
            let preferred = (dialer == Dialer::Own) == own_is_smaller;
            if crossed && !preferred && !current.cut.is_cancelled() {
                return None;
            }
            current.cut.cancel();
        }
        state.newest = state.newest.wrapping_add(1);
        Some(state.newest)
    }

    /// Makes a link the live one, unless a newer connection waits. Asked by whoever holds `live`.
    pub(super) fn begin(&self, claim: u64, link: Current) -> bool {
        let mut state = self.state();
        let newest = state.newest == claim;
        if newest {
            state.current = Some(link);
        }
        newest
    }

    /// Takes the live link away. Asked by whoever holds `live`.
    pub(super) fn end(&self) {
        self.state().current = None;
    }

    /// Returns the live link.
    pub(super) fn current(&self) -> Option<Current> {
        self.state().current.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(dialer: Dialer) -> Current {
        Current { frames: mpsc::channel(1).0, cut: CancellationToken::new(), dialer }
    }

    #[test]
    fn both_ends_keep_the_same_one_of_two_that_crossed() {
        for own_is_smaller in [true, false] {
            // What one end dialed, the other one accepted; in either order.
            for order in [[Dialer::Own, Dialer::Peer], [Dialer::Peer, Dialer::Own]] {
                let slot = Slot::default();
                let mut kept = None;
                for dialer in order {
                    if let Some(claim) = slot.claim(dialer, own_is_smaller) {
                        assert!(slot.begin(claim, link(dialer)));
                        kept = Some(dialer);
                    }
                }
                let expected = if own_is_smaller { Dialer::Own } else { Dialer::Peer };
                assert_eq!(kept, Some(expected), "{order:?}");
            }
        }
    }

    #[test]
    fn peer_that_connects_again_replaces_its_own_link() {
        let slot = Slot::default();
        let first = slot.claim(Dialer::Peer, true).unwrap();
        let old = link(Dialer::Peer);
        assert!(slot.begin(first, old.clone()));
        let second = slot.claim(Dialer::Peer, true).unwrap();
        let third = slot.claim(Dialer::Peer, true).unwrap();
        assert!(old.cut.is_cancelled());
        slot.end();
        assert!(!slot.begin(second, link(Dialer::Peer)), "an older one must not live");
        assert!(slot.begin(third, link(Dialer::Peer)));
    }

    #[test]
    fn link_that_is_ending_gives_way_to_anybody() {
        let slot = Slot::default();
        let claim = slot.claim(Dialer::Own, true).unwrap();
        let old = link(Dialer::Own);
        assert!(slot.begin(claim, old.clone()));
        assert_eq!(slot.claim(Dialer::Peer, true), None);
        old.cut.cancel();
        assert!(slot.claim(Dialer::Peer, true).is_some());
    }
}
