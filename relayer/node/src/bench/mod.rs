//! Measurements of this machine.
//!
//! Signing: separate processes make a key and sign over the real transport with the attester's own
//! rounds. They are no attesters: they speak another protocol, hold a key of their own that is gone
//! with them, and sign only the items that every one of them derives itself from a count.

mod signer;
mod signing;
mod wire;

pub use signer::{signer, SignerError};
pub use signing::{signing, SigningBench, SigningBenchError, SIGNERS, THRESHOLD};
