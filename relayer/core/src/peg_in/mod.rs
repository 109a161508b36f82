//! Peg-in: from a Bitcoin output to its mint on the side chain.
//!
//! The machine decides when a deposit is claimed and what a reorganisation of either chain means
//! for it. It leaves out how blocks are found, proofs are made and transactions are sent.

mod batch;
mod config;
mod context;
pub mod deposit_file;
pub mod descriptor;
mod duties;
mod errors;
mod events;
mod id;
mod machine;
pub mod reclaim;
mod state;
mod transitions;
mod wait;

pub use batch::{plan_claims, Candidate, MAX_CLAIMS};
pub use context::{ContractView, PegInContext};
pub use duties::PegInDuty;
pub use errors::PegInRejection;
pub use events::{ClaimRefusal, PegInEvent};
pub use id::{DepositId, DescriptorId};
pub use machine::{apply, begin, PegInTransition};
pub use state::{ClaimWait, DepositFacts, DepositRefusal, Inclusion, PegInState, Retry};
pub use wait::Wait;
