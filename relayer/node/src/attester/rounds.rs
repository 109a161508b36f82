//! Between the two rounds of a session: nonces, and what they may sign.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bitcoin::secp256k1::rand::rngs::OsRng;
use farbank_federation::signing::{
    Commitments, HeldNonces, OpenSessions, SessionId, SignatureShares, Signer, SigningBatch,
    SigningRefusal, SigningSet, SESSIONS_PER_PEER,
};
use farbank_types::PeerIdentity;
use tokio::time::Instant;

/// How long a judgement is good for: chains move on.
const SESSION_LIFE: Duration = Duration::from_secs(60);

/// Open sessions, each with what was decided about it. Only in memory: a restart drops them all.
#[derive(Debug)]
pub(crate) struct Rounds<T> {
    signer: Signer,
    open: Mutex<Open<T>>,
}

#[derive(Debug)]
struct Open<T> {
    nonces: OpenSessions,
    decided: BTreeMap<PeerIdentity, VecDeque<Decided<T>>>,
}

#[derive(Debug)]
struct Decided<T> {
    session: SessionId,
    until: Instant,
    what: T,
}

impl<T> Rounds<T> {
    pub(crate) fn new(signer: Signer) -> Self {
        let open = Open { nonces: OpenSessions::new(), decided: BTreeMap::new() };
        Self { signer, open: Mutex::new(open) }
    }

    /// First round: draws nonces for a batch that may be signed.
    pub(crate) fn commit(
        &self,
        peer: PeerIdentity,
        session: SessionId,
        batch: SigningBatch,
        what: T,
    ) -> Result<Commitments, SigningRefusal> {
        let (held, commitments) = self.signer.commit(session, batch, &mut OsRng);
        let mut open = self.open();
        open.nonces.open(peer, held)?;
        let decided = open.decided.entry(peer).or_default();
        decided.push_back(Decided { session, until: Instant::now() + SESSION_LIFE, what });
        if decided.len() > SESSIONS_PER_PEER {
            decided.pop_front();
        }
        Ok(commitments)
    }

    /// Second round: signs, and hands out what was decided. The nonces are gone in any case. What is
    /// returned must be durable before the shares leave.
    pub(crate) fn sign(
        &self,
        peer: PeerIdentity,
        set: &SigningSet,
    ) -> Result<(T, SignatureShares), SigningRefusal> {
        let (held, what) = self.take(peer, set.session)?;
        let shares = self.signer.sign(held, set)?;
        Ok((what, shares))
    }

    fn take(
        &self,
        peer: PeerIdentity,
        session: SessionId,
    ) -> Result<(HeldNonces, T), SigningRefusal> {
        let mut open = self.open();
        let held = open.nonces.take(peer, session)?;
        let unknown = SigningRefusal::UnknownSession { session };
        let decided = open.decided.get_mut(&peer).ok_or(unknown)?;
        let place = decided.iter().position(|one| one.session == session).ok_or(unknown)?;
        let Decided { until, what, .. } = decided.remove(place).ok_or(unknown)?;
        if Instant::now() > until {
            return Err(unknown);
        }
        Ok((held, what))
    }

    fn open(&self) -> MutexGuard<'_, Open<T>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
