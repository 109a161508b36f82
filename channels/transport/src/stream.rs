//! A connection between two peers that have proved who they are: frames in both directions.

use core::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio::io::{split, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsStream;
use tokio_util::codec::{FramedRead, FramedWrite};

use crate::error::Side;
use crate::frame::FrameCodec;
use crate::quota::Rate;
use crate::receiver::PeerReceiver;
use crate::{Identity, PeerError, PeerIdentity, PeerLimits, PeerStep};

/// A connection between two peers that have proved who they are, for one message at a time.
/// [`PeerStream::split`] makes it a duplex.
#[derive(Debug)]
pub struct PeerStream<I = PeerIdentity> {
    peer: I,
    sender: PeerSender,
    receiver: PeerReceiver,
}

/// The half of a duplex that sends. Says that it is alive where it has nothing to say.
#[derive(Debug)]
pub struct PeerSender {
    framed: FramedWrite<WriteHalf<TlsStream<TcpStream>>, FrameCodec>,
    limits: PeerLimits,
    side: Side,
}

impl<I: Identity> PeerStream<I> {
    pub(crate) fn new(
        peer: I,
        stream: TlsStream<TcpStream>,
        limits: PeerLimits,
        rate: Option<Rate>,
        side: Side,
    ) -> Self {
        let (reading, writing) = split(stream);
        let framed = FramedWrite::new(writing, FrameCodec::new());
        let sender = PeerSender { framed, limits, side };
        let framed = FramedRead::new(reading, FrameCodec::new());
        Self { peer, sender, receiver: PeerReceiver::new(framed, limits, rate, side) }
    }

    /// Returns who is on the other side.
    #[must_use]
    pub const fn peer(&self) -> I {
        self.peer
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn send(&mut self, body: Bytes) -> Result<(), PeerError> {
        self.sender.send(body).await
    }

    /// Waits for a frame; `None` when the other side closed the connection between two frames.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn receive(&mut self) -> Result<Option<Bytes>, PeerError> {
        self.receiver.next_frame().await
    }

    /// Waits for a frame that has to begin within `limit`.
    pub(crate) async fn receive_within(
        &mut self,
        step: PeerStep,
        limit: Duration,
    ) -> Result<Option<Bytes>, PeerError> {
        self.receiver.receive_within(step, limit).await
    }

    /// Returns whether the other side has closed the connection or sent what nobody asked for.
    pub(crate) async fn is_spent(&mut self) -> bool {
        self.receiver.is_spent().await
    }

    /// Returns the two halves of a duplex, in which empty frames say no more than that a side is
    /// alive. Both peers have to use it so.
    #[must_use]
    pub fn split(self) -> (PeerSender, PeerReceiver) {
        (self.sender, self.receiver)
    }
}

impl PeerSender {
    /// Sends a frame, and the ones fed before.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn send(&mut self, body: Bytes) -> Result<(), PeerError> {
        let sending = self.framed.send(body);
        Self::in_time(self.limits.write, self.side, sending).await
    }

    /// Sends what comes through `frames` as it comes, several frames in one write where they are there,
    /// and signs of life between them, until nobody can send into it any more; then says goodbye.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn relay(&mut self, frames: &mut mpsc::Receiver<Bytes>) -> Result<(), PeerError> {
        let (limit, side) = (self.limits.write, self.side);
        loop {
            let mut next = match timeout(self.limits.keep_alive, frames.recv()).await {
                Ok(Some(frame)) => Some(frame),
                Ok(None) => break,
                Err(_) => Some(Bytes::new()),
            };
            while let Some(frame) = next {
                Self::in_time(limit, side, self.framed.feed(frame)).await?;
                next = frames.try_recv().ok();
            }
            Self::in_time(limit, side, self.framed.flush()).await?;
        }
        Self::in_time(limit, side, self.framed.close()).await
    }

    async fn in_time(
        limit: Duration,
        side: Side,
        writing: impl core::future::Future<Output = std::io::Result<()>>,
    ) -> Result<(), PeerError> {
        match timeout(limit, writing).await {
            Ok(written) => written.map_err(|error| PeerError::of_stream(error, side)),
            Err(_) => Err(PeerError::TimedOut { step: PeerStep::Write, limit }),
        }
    }
}
