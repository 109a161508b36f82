//! Custody: the one output that holds the bridge's coins, and the transactions that move it.
//!
//! The machine decides when redemptions are paid and deposits swept, what is proposed to the
//! attesters, when an attempt is replaced by one with a higher fee, and when the contract learns of a
//! custody transaction or has one undone. It leaves out how attesters sign, how blocks are searched
//! and how transactions are sent.
//!
//! Whoever made a custody transaction, once a block holds it, it decides: any relayer proves any of
//! them, and attempts that lost are only kept for the case that the block leaves the best chain.

mod attempt;
mod config;
mod context;
mod duties;
mod errors;
mod events;
mod history;
mod machine;
mod plan;
mod state;
mod transitions;
mod wait;

pub use attempt::{AttemptFacts, CustodyAttempt};
pub use config::CustodyParameters;
pub use context::{CustodyContext, CustodyLook, ProvenCustody, SweepCandidate};
pub use duties::{CustodyDuty, Proposal};
pub use errors::CustodyRejection;
pub use events::{CustodyEvent, SigningRefusal, SubmissionRefusal};
pub use history::CustodyHistory;
pub use machine::{apply, CustodyTransition};
pub use plan::{plan, Plan, Replaced};
pub use state::{CustodySpend, CustodyState, CustodyWait, Submission};

pub use farbank_federation::custody::CustodyOutput;
