//! What the scenarios share: the `farbank` command as a user runs it, a devnet that never outlives
//! its test, the nodes' own RPC, and waiting for conditions.
//!
//! Scenarios look from outside: they run the binary and ask the real nodes. No part of the product
//! is switched or mocked for them.

mod devnet;
mod farbank;
mod mined_by_hand;
mod peg_out;
mod processes;
mod rpc;
mod wait;

pub use devnet::{side_chain_choice, Deposit, Devnet};
pub use farbank::{Farbank, Outcome};
pub use mined_by_hand::MinedByHand;
pub use peg_out::Redemption;
pub use processes::{is_alive, processes_naming, send_signal};
pub use rpc::Rpc;
pub use wait::eventually;
