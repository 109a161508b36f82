//! Where a channel stands.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::rejection::ChannelRejection;
use crate::domain::Sides;
use crate::objects::CoopClose;
use crate::signature::CompactSignature;
use crate::units::{LockId, TokenAmount};

/// Where a channel stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelPhase {
    /// Payments may flow.
    Open,
    /// Nothing is signed or accepted any more; not yet on chain.
    Frozen {
        /// Why.
        cause: FreezeCause,
    },
    /// A close was published.
    Closing {
        /// End of the challenge period.
        close_at: UnixTime,
    },
    /// Over.
    Closed {
        /// What the close paid.
        paid: Sides<TokenAmount>,
    },
}

/// Why a channel froze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeCause {
    /// The counterparty contradicts itself: a person decides what to do.
    Refused(ChannelRejection),
    /// Both ends know different proofs of one number: closed at once.
    Forked(ChannelRejection),
    /// A lock was revealed on chain in time and its payer does not pay it: closed at once.
    UnpaidReveal(LockId),
    /// The holder closes.
    Wanted,
}

impl FreezeCause {
    /// Whether the channel is to be closed without asking anybody.
    #[must_use]
    pub const fn closes(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

/// The link to the counterparty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Link {
    /// None.
    Down,
    /// The holder said where it stands, the counterparty did not.
    AwaitsResume,
    /// The holder lost data; the counterparty hands it back.
    AwaitsRestore,
    /// Both know.
    Up,
}

/// How far a cooperative close got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leaving {
    /// The holder asked for it: it pays nothing meanwhile.
    pub(super) proposed: Option<CoopClose>,
    /// One of the two signed one: nothing is paid off chain any more, by either. There is no way back,
    /// since the two may see its deadline pass at different times.
    pub(super) is_agreed: bool,
    /// The newest that the holder signed.
    pub(super) signed: Option<SignedClose>,
}

impl Leaving {
    /// Whether the holder may still pay.
    pub(super) const fn may_pay(&self) -> bool {
        self.proposed.is_none() && !self.is_agreed
    }
}

/// A cooperative close that the holder signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignedClose {
    pub(super) close: CoopClose,
    pub(super) ours: CompactSignature,
    pub(super) theirs: Option<CompactSignature>,
}
