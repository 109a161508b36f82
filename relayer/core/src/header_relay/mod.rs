//! Header relay: keeping the contract's Bitcoin header chain as new as it is needed.
//!
//! Decides which headers go into the next segment, on which segment they stand, and whether that is
//! worth its gas now. Leaves out verifying headers (the light client did) and sending them.
//!
//! The contract takes a branch only whole, from the segment that it leaves: at most 1,600 headers,
//! and at most 1,000 where nothing is replaced. A branch that leaves *inside* a segment repeats that
//! segment's headers, so segments are kept much smaller than the bound: with at most 144 headers a
//! segment, a reorganisation of some 1,450 blocks can still be carried.

mod config;
mod context;
mod duties;
mod errors;
mod events;
mod machine;
mod plan;
mod state;

pub use config::HeaderRelayParameters;
pub use context::{ContractChain, ContractSegment, HeaderRelayContext};
pub use duties::{HeaderRelayDuty, SegmentPlan};
pub use errors::HeaderRelayRejection;
pub use events::{HeaderRelayEvent, SubmissionRefusal};
pub use machine::{apply, HeaderRelayTransition};
pub use plan::{assess, Assessment};
pub use state::{HeaderRelayState, HeaderWait};
