//! The half of a connection that receives: bounded in time and volume.

use core::future::{poll_fn, Future as _};
use core::num::NonZeroU32;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::io::ReadHalf;
use tokio::net::TcpStream;
use tokio::time::{sleep, Instant};
use tokio_rustls::TlsStream;
use tokio_util::codec::FramedRead;

use crate::error::Side;
use crate::frame::FrameCodec;
use crate::quota::Rate;
use crate::{PeerError, PeerLimits, PeerStep, MAX_FRAME};

/// The half of a duplex that receives.
#[derive(Debug)]
pub struct PeerReceiver {
    framed: FramedRead<ReadHalf<TlsStream<TcpStream>>, FrameCodec>,
    limits: PeerLimits,
    rate: Option<Rate>,
    /// Since when each frame was over the rate.
    flooding: Option<Instant>,
    side: Side,
}

impl PeerReceiver {
    pub(crate) fn new(
        framed: FramedRead<ReadHalf<TlsStream<TcpStream>>, FrameCodec>,
        limits: PeerLimits,
        rate: Option<Rate>,
        side: Side,
    ) -> Self {
        Self { framed, limits, rate, flooding: None, side }
    }

    /// Waits for a frame; `None` when the other side closed the connection between two frames. Signs of
    /// life are not told.
    ///
    /// # Errors
    /// [`PeerError`]; after one the connection is of no use.
    pub async fn receive(&mut self) -> Result<Option<Bytes>, PeerError> {
        loop {
            match self.next_frame().await? {
                Some(body) if body.is_empty() => {}
                received => return Ok(received),
            }
        }
    }

    /// Waits for a frame, empty or not.
    pub(crate) async fn next_frame(&mut self) -> Result<Option<Bytes>, PeerError> {
        self.receive_within(PeerStep::Idle, self.limits.idle).await
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
        self.charge(&body).await?;
        Ok(Some(body))
    }

    /// Waits until the rate has room for the frame.
    async fn charge(&mut self, body: &Bytes) -> Result<(), PeerError> {
        let Some(rate) = &self.rate else { return Ok(()) };
        let weight = weight(body, self.limits.burst_kib);
        // Both fail for good only for a frame beyond the burst, which `weight` never exceeds.
        if matches!(rate.check_n(weight), Ok(Ok(()))) {
            self.flooding = None;
            return Ok(());
        }
        let since = *self.flooding.get_or_insert_with(Instant::now);
        match self.limits.flood {
            Some(limit) if since.elapsed() > limit => Err(PeerError::Flooded { limit }),
            Some(_) | None => {
                let _ = rate.until_n_ready(weight).await;
                Ok(())
            }
        }
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
