//! The core loop: inputs are applied to a pure machine in one order, and what follows from them leaves
//! the process once they are durable.
//!
//! Whatever waits is taken together. Each input is applied; a refused one leaves no trace; then the
//! machine is told that the batch is complete, one record with all accepted inputs goes into the log,
//! and its outputs wait for the sync. Meanwhile the next batch is applied, so that disk and processor
//! work at the same time, and a slow disk makes batches larger instead of rarer.
//!
//! State is the fold of the records since the last snapshot, by the times that they carry. Outputs of a
//! replay are not released again: what still has to happen follows from the state.
//!
//! Decides order and durability; leaves out what inputs mean and where outputs go ([`Machine`],
//! [`Effects`]).

mod error;
mod handle;
mod record;
mod release;
mod run;
mod start;

use core::fmt::Debug;

use farbank_types::UnixTime;
use serde::de::DeserializeOwned;
use serde::Serialize;

pub use error::EngineError;
pub use handle::Engine;
pub use run::EngineLoop;
pub use start::{start, Started};

/// A pure machine. Deterministic: the same inputs at the same times give the same states and the same
/// outputs, byte for byte.
pub trait Machine: Clone + Serialize + DeserializeOwned + Send + 'static {
    /// What happens to it.
    type Input: Serialize + DeserializeOwned + Debug + Send + 'static;
    /// What follows.
    type Output: Debug + Send + 'static;
    /// Why an input is refused.
    type Rejection: Debug + Send + 'static;
    /// Signs for it; not part of the state.
    type Signer: Send + 'static;

    /// Applies an input. A rejection leaves the state untouched.
    ///
    /// # Errors
    /// The rejection.
    fn apply(
        &mut self,
        input: &Self::Input,
        now: UnixTime,
        signer: &Self::Signer,
    ) -> Result<Vec<Self::Output>, Self::Rejection>;

    /// Ends a batch: everything that came together was applied. Runs at the same places of a replay.
    fn complete(&mut self, now: UnixTime, signer: &Self::Signer) -> Vec<Self::Output>;
}

/// Takes what may leave the process, in order. Answers at once: whoever is slow is cut off, not waited
/// for.
pub trait Effects<M: Machine>: Send + 'static {
    /// An output whose input is durable.
    fn release(&mut self, output: M::Output);

    /// An input that nobody waits for was refused.
    fn refused(&mut self, input: M::Input, why: M::Rejection);
}

/// Sizes of the core loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Inputs that may wait; whoever brings one more waits too.
    pub waiting: usize,
    /// Inputs of a batch.
    pub batch: usize,
    /// Bytes of a batch, after which no further input joins it.
    pub batch_bytes: usize,
    /// Bytes of records after which a snapshot is written, or as many as the last one had where that is
    /// more.
    pub snapshot_bytes: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            waiting: 4_096,
            batch: 2_048,
            // Far below a group of the log, with one input of full size on top.
            batch_bytes: 1024 * 1024,
            // Some 13,000 commits of one payment, replayed with their signatures in about a second.
            snapshot_bytes: 4 * 1024 * 1024,
        }
    }
}
