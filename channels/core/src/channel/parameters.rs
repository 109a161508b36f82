//! What a node decides for all its channels.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use crate::commit::LockRefusal;
use crate::locks::Lock;
use crate::units::{before, ChallengePeriod, Seconds};

/// Most locks of one direction at a time: a sixteenth of what a peer may cost to resolve on chain is
/// its share, and 64 answers within 2 ms make 32,000 payments a second.
pub const MAX_LOCKS: usize = 64;
/// Most commits with operations that a payer makes before the first of them is acknowledged.
pub const MAX_UNACKED: u64 = 8;
/// Most commits of any kind. Acks need no ack, but ride on what the other end sends: an honest end
/// never has more than its own eight and one for each of the counterparty's eight.
pub const MAX_UNACKED_WITH_ACKS: u64 = 32;
/// Most operations that wait for the window to open.
pub const MAX_QUEUED: usize = 4_096;

/// What a node decides for all its channels; the same for the whole life of a channel, since its state
/// is derived again from its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelParameters {
    /// R: what a node needs at most to have a preimage on chain.
    pub reveal_margin: Seconds,
    /// No new lock while the newest final block is older than this.
    pub stale_after: Seconds,
}

impl ChannelParameters {
    /// Production: R = 10 min (DESIGN section 7).
    pub const PRODUCTION: Self =
        Self { reveal_margin: Seconds::new(600), stale_after: Seconds::new(600) };
    /// The devnet: R = 10 s. Blocks are final there about 6 s after their time.
    pub const DEVNET: Self =
        Self { reveal_margin: Seconds::new(10), stale_after: Seconds::new(30) };

    /// Returns the earliest and the latest expiry of a lock that is added now: `now + 2R` and
    /// `now + challenge - 2R`. Then its payee can claim it, and a close never ends before it.
    #[must_use]
    pub fn expiries(&self, challenge: ChallengePeriod, now: UnixTime) -> (UnixTime, UnixTime) {
        let twice = self.reveal_margin.get().saturating_mul(2);
        let longest = u64::from(challenge.get()).saturating_sub(twice);
        (now.saturating_add_secs(twice), now.saturating_add_secs(longest))
    }

    /// Returns the last moment at which a lock is answered off chain: `expiry - R`.
    #[must_use]
    pub const fn reveal_from(&self, expiry: UnixTime) -> UnixTime {
        before(expiry, self.reveal_margin)
    }

    pub(super) fn check_lock(
        &self,
        lock: &Lock,
        challenge: ChallengePeriod,
        head: UnixTime,
        now: UnixTime,
    ) -> Result<(), LockRefusal> {
        let (earliest, latest) = self.expiries(challenge, now);
        if lock.expiry > latest {
            return Err(LockRefusal::LockTooLong { expiry: lock.expiry, limit: latest });
        }
        if lock.expiry < earliest {
            return Err(LockRefusal::LockTooShort { expiry: lock.expiry, limit: earliest });
        }
        if head.saturating_add_secs(self.stale_after.get()) < now {
            return Err(LockRefusal::StaleHead { head });
        }
        Ok(())
    }
}
