//! Clique, proof of authority by EIP-225, as geth 1.13 follows it, from London on.
//!
//! Decides which headers belong to the chain, which chain has the most difficulty, and which blocks
//! are final. Leaves out transactions and state: a header's roots are what its signers sealed.

mod chain;
mod check;
mod finality;
mod genesis;
mod outcome;
mod rejection;
mod seal;
mod side;
mod snapshot;
pub mod verify;

use serde::{Deserialize, Serialize};

pub use chain::{CliqueChain, MAX_KEPT_HEADERS};
pub use check::MAX_FUTURE_SECS;
pub use genesis::{Genesis, GenesisRejection};
pub use outcome::{BlockRef, ImportOutcome, Tip};
pub use rejection::CliqueRejection;
pub use side::MAX_SIDE_HEADERS;

/// Most signers that a chain may have: bounds a header's extra data.
pub const MAX_SIGNERS: usize = 512;

/// Blocks between two checkpoints when the genesis file does not say (geth's default).
pub const DEFAULT_EPOCH: u64 = 30_000;

/// What chains with Clique do differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliqueRules {
    /// Least seconds between a block and its parent.
    pub period_secs: u64,
    /// Blocks between two checkpoints, which list the signers and void all votes; at least 1.
    pub epoch: u64,
}

impl CliqueRules {
    /// Tells whether the block `number` is a checkpoint.
    #[must_use]
    pub const fn is_checkpoint(&self, number: u64) -> bool {
        number.is_multiple_of(self.epoch)
    }
}
