//! From a log to a running machine.

use std::path::Path;
use std::sync::Arc;

use farbank_types::UnixTime;
use tokio::sync::mpsc;

use super::record::Reading;
use super::run::EngineLoop;
use super::{Engine, EngineError, EngineOptions, Machine};
use crate::clock::Clock;
use crate::log::{Log, LogOptions, RecordNumber, Recovery};

/// A machine as its log left it.
#[derive(Debug)]
pub struct Started<M: Machine, C> {
    /// Brings inputs to it.
    pub engine: Engine<M>,
    /// Runs it.
    pub core: EngineLoop<M, C>,
    /// Records that were replayed.
    pub replayed: usize,
}

/// Opens the log in `folder` and folds it, onto `initial` where there is no snapshot. Blocks.
///
/// # Errors
/// [`EngineError`].
pub fn start<M: Machine, C: Clock>(
    folder: &Path,
    sizes: (LogOptions, EngineOptions),
    initial: M,
    signer: M::Signer,
    clock: C,
) -> Result<Started<M, C>, EngineError> {
    let (log_options, options) = sizes;
    let (log, recovery) = Log::open(folder, log_options)?;
    let replayed = recovery.records.len();
    let (machine, newest) = fold(initial, recovery, &signer)?;
    let (asks, asked) = mpsc::channel(options.waiting.max(1));
    let core = EngineLoop::new(machine, signer, clock, newest, Arc::new(log), options, asked);
    Ok(Started { engine: Engine { asks }, core, replayed })
}

/// Returns the state that the records give, and the newest time in them.
fn fold<M: Machine>(
    initial: M,
    recovery: Recovery,
    signer: &M::Signer,
) -> Result<(M, UnixTime), EngineError> {
    let (mut machine, mut newest) = (initial, UnixTime::new(0));
    if let Some(snapshot) = &recovery.snapshot {
        let at = snapshot.at;
        let (time, mut reading) = Reading::begin(at, snapshot.version, &snapshot.payload)?;
        machine = reading.next()?.ok_or_else(|| empty(at))?;
        newest = time;
    }
    for record in &recovery.records {
        let at = record.number;
        let (now, mut reading) = Reading::begin(at, record.version, &record.payload)?;
        while let Some(input) = reading.next::<M::Input>()? {
            let applied = machine.apply(&input, now, signer);
            applied.map_err(|why| {
                tracing::error!(%at, ?input, ?why, "an input is refused when it is replayed");
                EngineError::Unreplayable { at }
            })?;
        }
        machine.complete(now, signer);
        newest = newest.max(now);
    }
    Ok((machine, newest))
}

const fn empty(at: RecordNumber) -> EngineError {
    EngineError::Unreadable { at, source: postcard::Error::DeserializeUnexpectedEnd }
}
