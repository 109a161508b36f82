//! The side that is connected to.

use core::future::Future;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::error::Side;
use crate::pending::{Pending, Place};
use crate::{
    tls, IdentityKey, PeerError, PeerIdentity, PeerLimits, PeerStep, PeerStream, Protocol,
};

/// Pause after the operating system refuses a connection, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers requests of peers.
pub trait PeerService: Send + Sync + 'static {
    /// Answers one request. `peer` has proved to be admitted; what it asks for is not trusted. Runs
    /// at most once per connection at a time.
    fn answer(&self, peer: PeerIdentity, request: Bytes) -> impl Future<Output = Bytes> + Send;

    /// Learns why a connection was refused or cut off; the listener has logged it.
    fn cut_off(&self, reason: &PeerError);
}

/// The side that is connected to.
#[derive(Debug)]
pub struct PeerListener {
    socket: TcpListener,
    address: SocketAddr,
    door: Arc<Door>,
}

/// What all connections share.
struct Door {
    acceptor: TlsAcceptor,
    protocol: Protocol,
    limits: PeerLimits,
    pending: Arc<Pending>,
    peers: BTreeMap<PeerIdentity, PeerQuota>,
}

/// What is left to a peer.
struct PeerQuota {
    rate: Arc<DefaultDirectRateLimiter>,
    connections: Arc<Semaphore>,
}

impl PeerListener {
    /// Listens on `address` (port 0: a free one) for the peers in `admitted`.
    ///
    /// # Errors
    /// [`PeerError::Listen`].
    pub async fn bind(
        address: SocketAddr,
        key: &IdentityKey,
        protocol: Protocol,
        admitted: impl IntoIterator<Item = PeerIdentity>,
        limits: PeerLimits,
    ) -> Result<Self, PeerError> {
        let socket = TcpListener::bind(address).await;
        let socket = socket.map_err(|source| PeerError::Listen { address, source })?;
        Self::on(socket, key, protocol, admitted, limits)
    }

    /// Serves the peers in `admitted` on a socket that listens already.
    ///
    /// # Errors
    /// [`PeerError::Io`] for a socket without an address, [`PeerError::Tls`] for a key that does not
    /// serve.
    pub fn on(
        socket: TcpListener,
        key: &IdentityKey,
        protocol: Protocol,
        admitted: impl IntoIterator<Item = PeerIdentity>,
        limits: PeerLimits,
    ) -> Result<Self, PeerError> {
        let admitted: BTreeSet<_> = admitted.into_iter().collect();
        let quota = Quota::per_second(limits.kib_per_second).allow_burst(limits.burst_kib);
        let peers = admitted.iter().map(|peer| {
            let rate = Arc::new(RateLimiter::direct(quota));
            let connections = Arc::new(Semaphore::new(limits.connections_per_peer));
            (*peer, PeerQuota { rate, connections })
        });
        let peers = peers.collect();
        let acceptor = TlsAcceptor::from(tls::server(key, protocol, admitted)?);
        let address = socket.local_addr().map_err(PeerError::Io)?;
        let pending = Pending::new(limits.pending);
        let door = Arc::new(Door { acceptor, protocol, limits, pending, peers });
        Ok(Self { socket, address, door })
    }

    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests with `service` until `stop`, then lets the answers under way end.
    pub async fn serve<S: PeerService>(self, service: Arc<S>, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = connections.join_next() => note(&*service, ended),
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, from)) => {
                        let (door, service) = (Arc::clone(&self.door), Arc::clone(&service));
                        let (place, stop) = (self.door.pending.enter(), stop.clone());
                        connections.spawn(async move {
                            let ended = door.converse(stream, place, &*service, &stop).await;
                            (from, ended)
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection of a peer cannot be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.socket);
        while let Some(ended) = connections.join_next().await {
            note(&*service, ended);
        }
    }
}

fn note<S: PeerService>(
    service: &S,
    ended: Result<(SocketAddr, Result<(), PeerError>), JoinError>,
) {
    match ended {
        Ok((_, Ok(()))) => {}
        Ok((from, Err(error))) => {
            if matches!(error, PeerError::TimedOut { step: PeerStep::Idle, .. }) {
                tracing::debug!(%from, %error, "closed a connection");
            } else {
                tracing::warn!(%from, reason = error.name(), %error, "closed a connection");
            }
            service.cut_off(&error);
        }
        Err(error) => tracing::error!(%error, "a connection broke down; please report it"),
    }
}

impl Door {
    async fn converse<S: PeerService>(
        &self,
        stream: TcpStream,
        place: Place,
        service: &S,
        stop: &CancellationToken,
    ) -> Result<(), PeerError> {
        let shaken = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = place.given_up() => Err(PeerError::Crowded),
            shaken = self.shake(stream) => shaken,
        };
        drop(place);
        let (mut stream, _permit) = shaken?;
        loop {
            let received = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                received = stream.receive() => received,
            };
            let request = match received {
                Ok(Some(request)) => request,
                // Gone without a farewell of TLS, as who is killed goes.
                Ok(None) | Err(PeerError::Closed) => return Ok(()),
                Err(error) => return Err(error),
            };
            let answer = service.answer(stream.peer(), request).await;
            stream.send(answer).await?;
        }
    }

    /// Lets the other side prove who it is, and gives it one of its connections.
    async fn shake(
        &self,
        stream: TcpStream,
    ) -> Result<(PeerStream, OwnedSemaphorePermit), PeerError> {
        stream.set_nodelay(true).map_err(PeerError::Io)?;
        let limit = self.limits.handshake;
        let stream = timeout(limit, self.acceptor.accept(stream))
            .await
            .map_err(|_| PeerError::TimedOut { step: PeerStep::Handshake, limit })?
            .map_err(|error| PeerError::of_stream(error, Side::Listener))?;
        let (_, connection) = stream.get_ref();
        self.protocol.check(connection.alpn_protocol())?;
        let shown = connection.peer_certificates().and_then(<[_]>::first);
        let identity = shown
            .map(tls::identity_of)
            .transpose()
            .map_err(PeerError::Tls)?
            .ok_or_else(|| PeerError::Tls(rustls::Error::NoCertificatesPresented))?;
        let quota = self.peers.get(&identity).ok_or(PeerError::UnknownPeer { identity })?;
        let max = self.limits.connections_per_peer;
        let permit = Arc::clone(&quota.connections)
            .try_acquire_owned()
            .map_err(|_| PeerError::TooManyConnections { identity, max })?;
        let rate = Some(Arc::clone(&quota.rate));
        Ok((PeerStream::new(identity, stream.into(), self.limits, rate, Side::Listener), permit))
    }
}

impl core::fmt::Debug for Door {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Door")
            .field("protocol", &self.protocol)
            .field("limits", &self.limits)
            .field("peers", &self.peers.keys())
            .finish_non_exhaustive()
    }
}
