//! Who is let in.

use core::fmt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How a peer stands with a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Has connections and a rate of its own.
    Known,
    /// Shares a bounded number of connections with all other strangers.
    Stranger,
    /// Is turned away in the handshake.
    Refused,
}

/// A listener's policy: tells how a peer that has proved who it is stands. Asked at each connection,
/// so what it answers may change.
pub struct Admission<I>(Arc<dyn Fn(I) -> Standing + Send + Sync>);

impl<I: Ord + Send + Sync + 'static> Admission<I> {
    /// Lets in the listed ones and nobody else.
    pub fn only(listed: impl IntoIterator<Item = I>) -> Self {
        let listed: BTreeSet<I> = listed.into_iter().collect();
        Self::by(
            move |peer| {
                if listed.contains(&peer) {
                    Standing::Known
                } else {
                    Standing::Refused
                }
            },
        )
    }

    /// Asks `policy`, which answers at once.
    pub fn by(policy: impl Fn(I) -> Standing + Send + Sync + 'static) -> Self {
        Self(Arc::new(policy))
    }

    /// Returns how a peer stands.
    pub fn standing(&self, peer: I) -> Standing {
        (self.0)(peer)
    }
}

impl<I> Clone for Admission<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I> fmt::Debug for Admission<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admission")
    }
}
