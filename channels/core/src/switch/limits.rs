//! How much may wait with whom: what one peer can cost the node when it stops answering.

use super::failure::HopFailure;
use super::state::{IncomingLock, OutgoingLock, Switch};
use super::LockKey;
use crate::locks::Lock;
use crate::payload::AssetKey;
use crate::signature::NodeId;
use crate::units::TokenAmount;

impl Switch {
    /// Decides whether an incoming lock may wait here at all.
    pub(super) fn check_taken(&self, key: LockKey, lock: &Lock) -> Result<AssetKey, HopFailure> {
        let link = self.links.get(&key.channel).ok_or(HopFailure::NoChannel)?;
        let peer = self.peers.get(&link.peer).ok_or(HopFailure::UnknownNext)?;
        self.check_amount(&link.asset, lock.amount)?;
        if peer.suspended {
            return Err(HopFailure::PeerSuspended);
        }
        if peer.locks_in >= self.config.max_locks_per_peer {
            return Err(HopFailure::TooManyLocks);
        }
        // A count that does not fit is above every limit.
        let waiting = u32::try_from(self.incoming.len()).unwrap_or(u32::MAX);
        if waiting >= self.config.max_incoming_locks {
            return Err(HopFailure::TooManyIncoming);
        }
        self.check_value(&link.peer, &link.asset, lock.amount)?;
        Ok(link.asset)
    }

    /// Decides whether a lock may be offered to a peer.
    pub(super) fn check_offered(
        &self,
        next: &NodeId,
        asset: &AssetKey,
        amount: TokenAmount,
    ) -> Result<(), HopFailure> {
        let peer = self.peers.get(next).ok_or(HopFailure::UnknownNext)?;
        self.check_amount(asset, amount)?;
        if peer.suspended {
            return Err(HopFailure::PeerSuspended);
        }
        if peer.locks_out >= self.config.max_locks_per_peer {
            return Err(HopFailure::TooManyLocks);
        }
        self.check_value(next, asset, amount)
    }

    fn check_amount(&self, asset: &AssetKey, amount: TokenAmount) -> Result<(), HopFailure> {
        let policy = self.config.assets.get(asset).ok_or(HopFailure::NoChannel)?;
        if amount < policy.min_lock {
            return Err(HopFailure::AmountTooSmall);
        }
        Ok(())
    }

    fn check_value(
        &self,
        peer: &NodeId,
        asset: &AssetKey,
        amount: TokenAmount,
    ) -> Result<(), HopFailure> {
        let waiting = self.peers.get(peer).and_then(|peer| peer.locked.get(asset).copied());
        let value = waiting.unwrap_or_default().saturating_add(amount);
        let percent = u128::from(self.config.max_value_percent);
        // In hundredths of what is there, so that nothing is rounded away.
        let funded = self.funded_with(peer, asset).get() / 100;
        if value.get() > funded.saturating_mul(percent) {
            return Err(HopFailure::TooMuchValue);
        }
        Ok(())
    }

    pub(super) fn take_in(&mut self, key: LockKey, incoming: IncomingLock) {
        let amount = incoming.lock.amount;
        if self.incoming.insert(key, incoming).is_none() {
            self.count(key, amount, true, true);
        }
    }

    pub(super) fn take_out(&mut self, key: LockKey, outgoing: OutgoingLock) {
        if self.outgoing.insert(key, outgoing).is_none() {
            self.count(key, outgoing.amount, false, true);
        }
    }

    pub(super) fn drop_in(&mut self, key: LockKey) -> Option<IncomingLock> {
        let incoming = self.incoming.remove(&key)?;
        self.count(key, incoming.lock.amount, true, false);
        Some(incoming)
    }

    pub(super) fn drop_out(&mut self, key: LockKey) -> Option<OutgoingLock> {
        let outgoing = self.outgoing.remove(&key)?;
        self.count(key, outgoing.amount, false, false);
        Some(outgoing)
    }

    fn count(&mut self, key: LockKey, amount: TokenAmount, is_in: bool, comes: bool) {
        let Some((peer, asset)) = self.links.get(&key.channel).map(|link| (link.peer, link.asset))
        else {
            return;
        };
        let peer = self.peers.entry(peer).or_default();
        let count = if is_in { &mut peer.locks_in } else { &mut peer.locks_out };
        let locked = peer.locked.entry(asset).or_default();
        if comes {
            *count = count.saturating_add(1);
            *locked = locked.saturating_add(amount);
        } else {
            *count = count.saturating_sub(1);
            *locked = TokenAmount::new(locked.get().saturating_sub(amount.get()));
        }
    }
}
