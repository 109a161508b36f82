//! Observe, verify, apply, persist, and only then act.
//!
//! Two observers look at one chain each and turn what they see into events; the machines of
//! `farbank-relayer-core` say what follows; [`Ledger`] writes states and duties in one transaction
//! before anybody else sees them. What the duties ask for is done by [`crate::executor`]. Nothing is
//! remembered between two looks that the record does not hold, so a restart is a look like any other.

mod bitcoin;
mod contract;
mod custody;
mod draft;
mod draft_peg_out;
mod headers;
mod ledger;
mod memory;
mod redemptions;
mod scan;
mod treasury;

pub use bitcoin::{BitcoinObserver, ObserveError};
pub use contract::ContractObserver;
pub(crate) use headers::{follow, open as open_headers, HeaderSink};
pub use ledger::{Habits, Ledger, LedgerError};
pub use memory::{ChainFile, Memory};
pub use treasury::Treasury;
