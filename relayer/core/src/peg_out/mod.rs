//! Peg-out: from a burn on the side chain to its payout in Bitcoin.
//!
//! The machine decides what a redemption waits for and what a reorganisation of either chain means
//! for it. It leaves out how payouts are batched, signed and proven: [`crate::custody`] does that for
//! all redemptions at once, so a redemption has no duties of its own.

mod context;
mod errors;
mod events;
mod identify;
mod machine;
mod state;
mod transitions;
mod wait;

pub use context::PegOutContext;
pub use errors::PegOutRejection;
pub use events::PegOutEvent;
pub use identify::{identify, OpenRedemption};
pub use machine::{apply, begin};
pub use state::{Payout, PegOutState, QueueCause};
pub use wait::PegOutWait;

pub use farbank_federation::custody::{Redemption, RedemptionId};
