//! Peers that this node connects to.

use core::time::Duration;
use std::sync::Arc;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use farbank_transport::{NodeCredential, PeerAddress, PeerClient, PeerError, Protocol};
use farbank_types::bitcoin::secp256k1::PublicKey;
use tokio::time::{sleep, Instant};
use tokio_util::sync::CancellationToken;

use super::slot::Dialer;
use super::{Links, Wire};
use crate::engine::Machine;

/// A link that lasted so long was a good one: the next pause is a short one again.
const GOOD: Duration = Duration::from_secs(10);

impl<M: Machine, W: Wire<M>> Links<M, W> {
    /// Keeps a link to a peer until `stop`: connects whenever there is none, with growing pauses.
    ///
    /// # Errors
    /// [`PeerError::Tls`] when the own credential does not serve; nothing else ends it.
    pub async fn keep(
        self: Arc<Self>,
        credential: Arc<NodeCredential>,
        (peer, address): (PublicKey, PeerAddress),
        stop: CancellationToken,
    ) -> Result<(), PeerError> {
        let limits = self.options.peer;
        let client = PeerClient::new(&*credential, Protocol::CHANNELS, address, peer, limits)?;
        let keeping = async {
            let mut pauses = self.pauses();
            loop {
                // The peer may have connected.
                drop(self.slot(peer).live.lock().await);
                let began = Instant::now();
                match client.connect().await {
                    Ok(stream) => {
                        if let Err(error) = self.live(stream, Dialer::Own, &stop).await {
                            self.told(peer, &error);
                        }
                    }
                    Err(error) => self.told(peer, &error),
                }
                if began.elapsed() > GOOD {
                    pauses = self.pauses();
                }
                sleep(pauses.next().unwrap_or(self.options.pauses.1)).await;
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = keeping => {}
        }
        Ok(())
    }

    fn told(&self, peer: PublicKey, error: &PeerError) {
        tracing::info!(%peer, reason = error.name(), %error, "no link to the peer");
        self.figures().cut_off(error.name());
    }

    fn pauses(&self) -> ExponentialBackoff {
        let (least, most) = self.options.pauses;
        ExponentialBuilder::default()
            .with_min_delay(least)
            .with_max_delay(most)
            .with_jitter()
            .without_max_times()
            .build()
    }
}
