//! The side that connects.

use core::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use bytes::Bytes;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::error::Side;
use crate::quota::{rate, Rate};
use crate::{
    tls, Credential, Identity, PeerAddress, PeerError, PeerIdentity, PeerLimits, PeerStep,
    PeerStream, Protocol,
};

/// Shortest and longest pause between two tries to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));
/// TLS wants a name; it is neither sent nor looked at.
const NAME: &str = "farbank-peer";

/// Asks one peer, over one connection that is kept and made again when it is gone. Requests follow
/// each other; a request is sent at most once.
#[derive(Debug)]
pub struct PeerClient<I = PeerIdentity> {
    address: PeerAddress,
    expected: I,
    own: I,
    protocol: Protocol,
    limits: PeerLimits,
    connector: Connector,
    kept: Mutex<Option<PeerStream<I>>>,
    rate: Rate,
}

struct Connector(TlsConnector);

impl<I: Identity> PeerClient<I> {
    /// Returns a client of the peer `expected` at `address`; nothing is sent yet.
    ///
    /// # Errors
    /// [`PeerError::Tls`] when the own key does not serve.
    pub fn new(
        key: &impl Credential<Identity = I>,
        protocol: Protocol,
        address: PeerAddress,
        expected: I,
        limits: PeerLimits,
    ) -> Result<Self, PeerError> {
        let connector = Connector(TlsConnector::from(tls::client(key, protocol, expected)?));
        let (own, kept) = (key.identity(), Mutex::default());
        let rate = rate(&limits);
        Ok(Self { address, expected, own, protocol, limits, connector, kept, rate })
    }

    /// Returns who is asked.
    #[must_use]
    pub const fn peer(&self) -> I {
        self.expected
    }

    /// Returns where it is asked.
    #[must_use]
    pub const fn address(&self) -> &PeerAddress {
        &self.address
    }

    /// Sends a request and waits for its answer. While nobody listens, connecting is tried again
    /// until [`PeerLimits::connect`] is over. After a fault the request may have been served or
    /// not.
    ///
    /// # Errors
    /// [`PeerError`].
    pub async fn request(&self, body: Bytes) -> Result<Bytes, PeerError> {
        let mut kept = self.kept.lock().await;
        // Taken out: whoever drops this future, or meets a fault, leaves no half-read connection.
        let mut stream = match Self::usable(kept.take()).await {
            Some(stream) => stream,
            None => self.reach(None).await?,
        };
        stream.send(body).await?;
        let answer = stream.receive_within(PeerStep::Answer, self.limits.answer).await?;
        let answer = answer.ok_or(PeerError::Closed)?;
        *kept = Some(stream);
        Ok(answer)
    }

    async fn usable(kept: Option<PeerStream<I>>) -> Option<PeerStream<I>> {
        let mut stream = kept?;
        (!stream.is_spent().await).then_some(stream)
    }

    /// Makes a connection of its own, for whoever speaks in another way than request and answer. The
    /// peer's rate holds for it as it does for a listener.
    ///
    /// # Errors
    /// [`PeerError`].
    pub async fn connect(&self) -> Result<PeerStream<I>, PeerError> {
        self.reach(Some(&self.rate)).await
    }

    async fn reach(&self, rate: Option<&Rate>) -> Result<PeerStream<I>, PeerError> {
        let (least, most) = PAUSES;
        let pauses = ExponentialBuilder::default()
            .with_min_delay(least)
            .with_max_delay(most)
            .with_jitter()
            .without_max_times()
            .with_total_delay(Some(self.limits.connect));
        (|| self.try_connect(rate)).retry(pauses).when(PeerError::is_transient).await
    }

    async fn try_connect(&self, rate: Option<&Rate>) -> Result<PeerStream<I>, PeerError> {
        let limit = self.limits.handshake;
        timeout(limit, self.shake(rate))
            .await
            .unwrap_or(Err(PeerError::TimedOut { step: PeerStep::Handshake, limit }))
    }

    async fn shake(&self, rate: Option<&Rate>) -> Result<PeerStream<I>, PeerError> {
        let unreachable = |source| PeerError::Unreachable { address: self.address.clone(), source };
        let stream = TcpStream::connect(self.address.as_str()).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(PeerError::Io)?;
        let side = Side::Dialer { expected: self.expected.into(), own: self.own.into() };
        let name = ServerName::try_from(NAME)
            .map_err(|_| PeerError::Tls(rustls::Error::General(NAME.to_owned())))?;
        let connected = self.connector.0.connect(name, stream).await;
        let stream = connected.map_err(|error| PeerError::of_stream(error, side))?;
        self.protocol.check(stream.get_ref().1.alpn_protocol())?;
        Ok(PeerStream::new(self.expected, stream.into(), self.limits, rate.cloned(), side))
    }
}

impl core::fmt::Debug for Connector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Connector")
    }
}
