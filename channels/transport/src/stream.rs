//! A connection between two peers that have proved who they are: frames in both directions.

use core::future::{poll_fn, Future as _};
use core::num::NonZeroU32;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use governor::DefaultDirectRateLimiter;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsStream;
use tokio_util::codec::Framed;

use crate::error::Side;
use crate::frame::FrameCodec;
use crate::{PeerError, PeerIdentity, PeerLimits, PeerStep, MAX_FRAME};

/// A connection between two peers that have proved who they are.
#[derive(Debug)]
pub struct PeerStream {
    peer: PeerIdentity,
    framed: Framed<TlsStream<TcpStream>, FrameCodec>,
    limits: PeerLimits,
    rate: Option<Arc<DefaultDirectRateLimiter>>,
    side: Side,
}

impl PeerStream {
    pub(crate) fn new(
        peer: PeerIdentity,
        stream: TlsStream<TcpStream>,
        limits: PeerLimits,
        rate: Option<Arc<DefaultDirectRateLimiter>>,
        side: Side,
    ) -> Self {
        Self { peer, framed: Framed::new(stream, FrameCodec::new()), limits, rate, side }
    }

    /// Returns who is on the other side.
    #[must_use]
    pub const fn peer(&self) -> PeerIdentity {
        self.peer
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn send(&mut self, body: Bytes) -> Result<(), PeerError> {
        let limit = self.limits.write;
        match timeout(limit, self.framed.send(body)).await {
            Ok(sent) => sent.map_err(|error| PeerError::of_stream(error, self.side)),
            Err(_) => Err(PeerError::TimedOut { step: PeerStep::Write, limit }),
        }
    }

    /// Waits for a frame; `None` when the other side closed the connection between two frames.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn receive(&mut self) -> Result<Option<Bytes>, PeerError> {
        let idle = self.limits.idle;
        self.receive_within(PeerStep::Idle, idle).await
    }

    /// Waits for a frame that has to begin within `limit`.
    pub(crate) async fn receive_within(
        &mut self,
        step: PeerStep,
        limit: Duration,
    ) -> Result<Option<Bytes>, PeerError> {
        let read = self.limits.read;
        let (mut waited, mut allowed) = (step, limit);
        let mut end = pin!(sleep(limit));
        let received = poll_fn(|context| {
            if let Poll::Ready(frame) = self.framed.poll_next_unpin(context) {
                return Poll::Ready(Ok(frame));
            }
            if waited == step && !self.framed.read_buffer().is_empty() {
                (waited, allowed) = (PeerStep::Read, read);
                end.set(sleep(read));
            }
            let late = Err(PeerError::TimedOut { step: waited, limit: allowed });
            end.as_mut().poll(context).map(|()| late)
        });
        let Some(frame) = received.await? else { return Ok(None) };
        let body = frame.map_err(|error| PeerError::of_stream(error, self.side))?;
        if let Some(rate) = &self.rate {
            // Fails only for a frame beyond the burst, which `weight` never exceeds.
            let _ = rate.until_n_ready(weight(&body, self.limits.burst_kib)).await;
        }
        Ok(Some(body))
    }

    /// Returns whether the other side has closed the connection or sent what nobody asked for.
    pub(crate) async fn is_spent(&mut self) -> bool {
        poll_fn(|context| Poll::Ready(self.framed.poll_next_unpin(context).is_ready())).await
    }
}

/// What a frame counts against the rate: its size in KiB and one more.
fn weight(body: &Bytes, most: NonZeroU32) -> NonZeroU32 {
    let kib = u32::try_from(body.len().min(MAX_FRAME) / 1024).unwrap_or(u32::MAX);
    NonZeroU32::MIN.saturating_add(kib).min(most)
}
