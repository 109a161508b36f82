//! What is left to each peer: connections, connects and volume.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Identity, PeerError, PeerLimits, Standing};

/// What a peer may still send.
pub(crate) type Rate = Arc<DefaultDirectRateLimiter>;

/// Returns a full rate.
pub(crate) fn rate(limits: &PeerLimits) -> Rate {
    let quota = Quota::per_second(limits.kib_per_second).allow_burst(limits.burst_kib);
    Arc::new(RateLimiter::direct(quota))
}

/// What is left to each peer. There is an entry for each known peer that ever connected, and one for
/// all strangers, so that made-up keys take no memory.
#[derive(Debug)]
pub(crate) struct Quotas<I> {
    limits: PeerLimits,
    known: Mutex<BTreeMap<I, Arc<PeerQuota>>>,
    strangers: PeerQuota,
}

#[derive(Debug)]
struct PeerQuota {
    connections: Arc<Semaphore>,
    connects: DefaultDirectRateLimiter,
    rate: Rate,
}

impl PeerQuota {
    fn new(limits: &PeerLimits, connections: usize) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            connects: RateLimiter::direct(Quota::per_minute(limits.connects_per_minute)),
            rate: rate(limits),
        }
    }
}

impl<I: Identity> Quotas<I> {
    pub(crate) fn new(limits: PeerLimits) -> Self {
        let strangers = PeerQuota::new(&limits, limits.strangers);
        Self { limits, known: Mutex::default(), strangers }
    }

    /// Gives a peer one of its connections, and the rate that it has.
    pub(crate) fn enter(
        &self,
        peer: I,
        standing: Standing,
    ) -> Result<(OwnedSemaphorePermit, Rate), PeerError> {
        let identity = peer.into();
        match standing {
            Standing::Refused => Err(PeerError::UnknownPeer { identity }),
            Standing::Known => {
                let quota = self.of(peer);
                let max = self.limits.connections_per_peer;
                self.admit(&quota, peer, PeerError::TooManyConnections { identity, max })
                    .map(|permit| (permit, Arc::clone(&quota.rate)))
            }
            Standing::Stranger => {
                let max = self.limits.strangers;
                self.admit(&self.strangers, peer, PeerError::TooManyStrangers { max })
                    .map(|permit| (permit, rate(&self.limits)))
            }
        }
    }

    fn admit(
        &self,
        quota: &PeerQuota,
        peer: I,
        full: PeerError,
    ) -> Result<OwnedSemaphorePermit, PeerError> {
        let per_minute = self.limits.connects_per_minute;
        quota
            .connects
            .check()
            .map_err(|_| PeerError::ReconnectsTooOften { identity: peer.into(), per_minute })?;
        Arc::clone(&quota.connections).try_acquire_owned().map_err(|_| full)
    }

    fn of(&self, peer: I) -> Arc<PeerQuota> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = known.entry(peer).or_insert_with(|| {
            Arc::new(PeerQuota::new(&self.limits, self.limits.connections_per_peer))
        });
        Arc::clone(quota)
    }
}
