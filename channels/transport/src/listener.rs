//! The side that is connected to.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::error::Side;
use crate::pending::{Pending, Place};
use crate::quota::Quotas;
use crate::service::Answering;
use crate::{
    tls, Admission, Credential, Identity, PeerError, PeerHost, PeerId, PeerIdentity, PeerLimits,
    PeerService, PeerStep, PeerStream, Protocol,
};

/// Pause after the operating system refuses a connection, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The side that is connected to.
#[derive(Debug)]
pub struct PeerListener<I = PeerIdentity> {
    socket: TcpListener,
    address: SocketAddr,
    door: Arc<Door<I>>,
}

/// What all connections share.
struct Door<I> {
    acceptor: TlsAcceptor,
    protocol: Protocol,
    limits: PeerLimits,
    pending: Arc<Pending>,
    admission: Admission<I>,
    quotas: Quotas<I>,
}

/// How a connection ended, and whose it was where that is known.
struct Ended {
    from: SocketAddr,
    peer: Option<PeerId>,
    result: Result<(), PeerError>,
}

impl<I: Identity> PeerListener<I> {
    /// Listens on `address` (port 0: a free one) for whom `admission` lets in.
    ///
    /// # Errors
    /// [`PeerError::Listen`].
    pub async fn bind(
        address: SocketAddr,
        key: &impl Credential<Identity = I>,
        protocol: Protocol,
        admission: Admission<I>,
        limits: PeerLimits,
    ) -> Result<Self, PeerError> {
        let socket = TcpListener::bind(address).await;
        let socket = socket.map_err(|source| PeerError::Listen { address, source })?;
        Self::on(socket, key, protocol, admission, limits)
    }

    /// Serves whom `admission` lets in on a socket that listens already.
    ///
    /// # Errors
    /// [`PeerError::Io`] for a socket without an address, [`PeerError::Tls`] for a key that does not
    /// serve.
    pub fn on(
        socket: TcpListener,
        key: &impl Credential<Identity = I>,
        protocol: Protocol,
        admission: Admission<I>,
        limits: PeerLimits,
    ) -> Result<Self, PeerError> {
        let acceptor = TlsAcceptor::from(tls::server(key, protocol, admission.clone())?);
        let address = socket.local_addr().map_err(PeerError::Io)?;
        let (pending, quotas) = (Pending::new(limits.pending), Quotas::new(limits));
        let door = Arc::new(Door { acceptor, protocol, limits, pending, admission, quotas });
        Ok(Self { socket, address, door })
    }

    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests with `service` until `stop`, then lets the answers under way end.
    pub async fn serve<S: PeerService<I>>(self, service: Arc<S>, stop: CancellationToken) {
        self.host(Arc::new(Answering(service)), stop).await;
    }

    /// Lets `host` speak with peers until `stop`, then lets the conversations under way end.
    pub async fn host<H: PeerHost<I>>(self, host: Arc<H>, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = connections.join_next() => note(&*host, ended),
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, from)) => {
                        let (door, host) = (Arc::clone(&self.door), Arc::clone(&host));
                        let (place, stop) = (self.door.pending.enter(), stop.clone());
                        connections.spawn(async move {
                            let mut peer = None;
                            let result = door.converse(stream, place, &*host, &stop, &mut peer);
                            let result = result.await;
                            Ended { from, peer, result }
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
            note(&*host, ended);
        }
    }
}

fn note<I: Identity, H: PeerHost<I>>(host: &H, ended: Result<Ended, JoinError>) {
    let Ended { from, peer, result } = match ended {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!(%error, "a connection broke down; please report it");
            return;
        }
    };
    // Gone without a farewell of TLS is how a peer goes that is killed.
    let Err(error) = result else { return };
    if matches!(error, PeerError::Closed) && peer.is_some() {
        return;
    }
    let peer = peer.map(tracing::field::display);
    if matches!(error, PeerError::TimedOut { step: PeerStep::Idle, .. }) {
        tracing::debug!(%from, peer, %error, "closed a connection");
    } else {
        tracing::warn!(%from, peer, reason = error.name(), %error, "closed a connection");
    }
    host.cut_off(&error);
}

impl<I: Identity> Door<I> {
    async fn converse<H: PeerHost<I>>(
        &self,
        stream: TcpStream,
        place: Place,
        host: &H,
        stop: &CancellationToken,
        peer: &mut Option<PeerId>,
    ) -> Result<(), PeerError> {
        let shaken = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = place.given_up() => Err(PeerError::Crowded),
            shaken = self.shake(stream) => shaken,
        };
        drop(place);
        let (stream, _permit) = shaken?;
        *peer = Some(stream.peer().into());
        host.converse(stream, stop).await
    }

    /// Lets the other side prove who it is, and gives it one of its connections.
    async fn shake(
        &self,
        stream: TcpStream,
    ) -> Result<(PeerStream<I>, OwnedSemaphorePermit), PeerError> {
        stream.set_nodelay(true).map_err(PeerError::Io)?;
        let limit = self.limits.handshake;
        let stream = timeout(limit, self.acceptor.accept(stream))
            .await
            .map_err(|_| PeerError::TimedOut { step: PeerStep::Handshake, limit })?
            .map_err(|error| PeerError::of_stream(error, Side::Listener))?;
        let (_, connection) = stream.get_ref();
        self.protocol.check(connection.alpn_protocol())?;
        let shown = connection.peer_certificates().and_then(<[_]>::first);
        let shown = shown.ok_or(PeerError::Tls(rustls::Error::NoCertificatesPresented))?;
        let identity =
            I::of_certificate(shown).map_err(|error| PeerError::of_tls(error, Side::Listener))?;
        let (permit, rate) = self.quotas.enter(identity, self.admission.standing(identity))?;
        let stream =
            PeerStream::new(identity, stream.into(), self.limits, Some(rate), Side::Listener);
        Ok((stream, permit))
    }
}

impl<I: core::fmt::Debug> core::fmt::Debug for Door<I> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Door")
            .field("protocol", &self.protocol)
            .field("limits", &self.limits)
            .field("quotas", &self.quotas)
            .finish_non_exhaustive()
    }
}
