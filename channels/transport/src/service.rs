//! What is done with a connection once the peer has proved who it is.

use core::fmt;
use core::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::{Identity, PeerError, PeerIdentity, PeerStream};

/// Answers requests of peers.
pub trait PeerService<I: Identity = PeerIdentity>: Send + Sync + 'static {
    /// Answers one request. `peer` has proved to be admitted; what it asks for is not trusted. Runs
    /// at most once per connection at a time.
    fn answer(&self, peer: I, request: Bytes) -> impl Future<Output = Bytes> + Send;

    /// Learns why a connection was refused or cut off; the listener has logged it.
    fn cut_off(&self, reason: &PeerError);
}

/// Speaks with peers, in another way than request and answer.
pub trait PeerHost<I: Identity>: Send + Sync + 'static {
    /// Speaks on a connection until its end, or until `stop` and what is under way then. The peer has
    /// proved to be admitted; what it says is not trusted. Connections of one peer may overlap.
    ///
    /// # Errors
    /// Why the peer is cut off; a connection that it closes between two frames is no error.
    fn converse(
        &self,
        stream: PeerStream<I>,
        stop: &CancellationToken,
    ) -> impl Future<Output = Result<(), PeerError>> + Send;

    /// Learns why a connection was refused or cut off; the listener has logged it.
    fn cut_off(&self, reason: &PeerError);
}

/// Request and answer in turns.
pub(crate) struct Answering<S>(pub(crate) Arc<S>);

impl<I: Identity, S: PeerService<I>> PeerHost<I> for Answering<S> {
    async fn converse(
        &self,
        mut stream: PeerStream<I>,
        stop: &CancellationToken,
    ) -> Result<(), PeerError> {
        loop {
            let received = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                received = stream.receive() => received?,
            };
            let Some(request) = received else { return Ok(()) };
            let answer = self.0.answer(stream.peer(), request).await;
            stream.send(answer).await?;
        }
    }

    fn cut_off(&self, reason: &PeerError) {
        self.0.cut_off(reason);
    }
}

impl<S> fmt::Debug for Answering<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}
