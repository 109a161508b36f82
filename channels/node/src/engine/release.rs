//! What waits for a sync, and goes out behind it in order.

use tokio::sync::mpsc;

use super::handle::{Answer, Job};
use super::{Effects, EngineError, Machine};
use crate::log::Ticket;

/// A batch that was applied.
pub(super) struct Batch<M: Machine> {
    /// Of its record; a batch without accepted inputs has none.
    pub(super) ticket: Option<Ticket>,
    pub(super) done: Vec<Done<M>>,
}

/// What comes of one ask.
pub(super) enum Done<M: Machine> {
    Output(M::Output),
    Accepted(Answer<M>),
    Refused { input: M::Input, why: M::Rejection, answer: Option<Answer<M>> },
    Looked(Job),
}

/// Releases batches until there are no more, or until the log fails.
pub(super) async fn release<M: Machine>(
    mut batches: mpsc::Receiver<Batch<M>>,
    mut effects: impl Effects<M>,
) -> Result<(), EngineError> {
    while let Some(Batch { ticket, done }) = batches.recv().await {
        if let Some(ticket) = ticket {
            ticket.durable().await?;
        }
        for done in done {
            match done {
                Done::Output(output) => effects.release(output),
                // Whoever asked may be gone.
                Done::Accepted(answer) => drop(answer.send(Ok(()))),
                Done::Refused { why, answer: Some(answer), .. } => drop(answer.send(Err(why))),
                Done::Refused { input, why, answer: None } => effects.refused(input, why),
                Done::Looked(job) => job(),
            }
        }
    }
    Ok(())
}
