//! How the rest of the node speaks with the core loop.

use tokio::sync::{mpsc, oneshot};

use super::{EngineError, Machine};

/// What the loop is asked.
pub(super) enum Ask<M: Machine> {
    Input {
        input: M::Input,
        answer: Option<Answer<M>>,
    },
    /// Looks at the state; what it returns runs when that state is durable.
    Look(Box<dyn FnOnce(&M) -> Job + Send>),
}

pub(super) type Answer<M> = oneshot::Sender<Result<(), <M as Machine>::Rejection>>;
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// A handle to the core loop.
#[derive(Debug)]
pub struct Engine<M: Machine> {
    pub(super) asks: mpsc::Sender<Ask<M>>,
}

impl<M: Machine> Clone for Engine<M> {
    fn clone(&self) -> Self {
        Self { asks: self.asks.clone() }
    }
}

impl<M: Machine> Engine<M> {
    /// Brings an input; waits for a place in the queue only. A refusal goes to
    /// [`super::Effects::refused`].
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    pub async fn bring(&self, input: M::Input) -> Result<(), EngineError> {
        self.ask(Ask::Input { input, answer: None }).await
    }

    /// Brings an input and waits until it is durable, or refused.
    ///
    /// # Errors
    /// [`EngineError::Stopped`]: by the next start it may have happened or not. The inner error is the
    /// machine's refusal.
    pub async fn command(&self, input: M::Input) -> Result<Result<(), M::Rejection>, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Input { input, answer: Some(answer) }).await?;
        answered.await.map_err(|_| EngineError::Stopped)
    }

    /// Returns what `look` finds in the state, once that state is durable.
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&M) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (answer, answered) = oneshot::channel();
        let look = Box::new(move |machine: &M| -> Job {
            let found = look(machine);
            // Whoever asked may be gone.
            Box::new(move || drop(answer.send(found)))
        });
        self.ask(Ask::Look(look)).await?;
        answered.await.map_err(|_| EngineError::Stopped)
    }

    async fn ask(&self, ask: Ask<M>) -> Result<(), EngineError> {
        self.asks.send(ask).await.map_err(|_| EngineError::Stopped)
    }
}
