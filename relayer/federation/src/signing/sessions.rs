//! Where an attester keeps nonces between the two rounds.

use std::collections::{BTreeMap, VecDeque};

use farbank_types::PeerIdentity;

use super::errors::SigningRefusal;
use super::round::SessionId;
use super::signer::HeldNonces;

/// Sessions that one peer may hold open. A relayer signs one transaction at a time; the rest is room for
/// attempts that were given up, the oldest of which make way.
pub const SESSIONS_PER_PEER: usize = 8;

/// Open sessions by the peer that proposed them: nobody else can sign with, or push out, its nonces.
/// Bounded, so it needs no clock; a restart drops every round.
#[derive(Debug, Default)]
pub struct OpenSessions {
    by_peer: BTreeMap<PeerIdentity, VecDeque<HeldNonces>>,
}

impl OpenSessions {
    /// Returns a table without sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the nonces of a session that `peer` proposed. Its oldest session goes when it has more than
    /// [`SESSIONS_PER_PEER`].
    ///
    /// # Errors
    /// [`SigningRefusal::SessionInUse`]: the earlier nonces stay.
    pub fn open(&mut self, peer: PeerIdentity, held: HeldNonces) -> Result<(), SigningRefusal> {
        let session = held.session();
        let sessions = self.by_peer.entry(peer).or_default();
        if sessions.iter().any(|open| open.session() == session) {
            return Err(SigningRefusal::SessionInUse { session });
        }
        if sessions.len() >= SESSIONS_PER_PEER {
            sessions.pop_front();
        }
        sessions.push_back(held);
        Ok(())
    }

    /// Takes the nonces out, for good.
    ///
    /// # Errors
    /// [`SigningRefusal::UnknownSession`].
    pub fn take(
        &mut self,
        peer: PeerIdentity,
        session: SessionId,
    ) -> Result<HeldNonces, SigningRefusal> {
        let unknown = SigningRefusal::UnknownSession { session };
        let sessions = self.by_peer.get_mut(&peer).ok_or(unknown)?;
        let position = sessions.iter().position(|open| open.session() == session).ok_or(unknown)?;
        sessions.remove(position).ok_or(unknown)
    }

    /// Returns how many sessions are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_peer.values().map(VecDeque::len).sum()
    }

    /// Whether no session is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
