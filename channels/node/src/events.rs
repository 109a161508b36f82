//! What the node tells whoever listens, in the order in which it became durable.

use std::sync::Arc;

use farbank_channels::switch::SwitchOutput;
use tokio::sync::broadcast;

/// Events that a listener may be behind; a slower one misses some and is told so.
const BEHIND: usize = 4_096;

/// Everything but messages to peers, to any number of listeners.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<Arc<SwitchOutput>>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }
}

impl Events {
    /// Returns what happens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<SwitchOutput>> {
        self.0.subscribe()
    }

    pub(crate) fn publish(&self, output: SwitchOutput) {
        // Nobody has to listen.
        let _ = self.0.send(Arc::new(output));
    }
}
