//! Progress on stderr for anything that may take over two seconds; silent where nobody watches.

use std::io::{self, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a spinner moves.
const TICK: Duration = Duration::from_millis(120);

/// A spinner or bar; it leaves the line clean when dropped.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts a spinner.
    pub(crate) fn spinner(message: impl Into<String>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_message(message.into());
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Starts a bar over `total` steps.
    pub(crate) fn bar(message: impl Into<String>, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("{msg} [{bar:30}] {human_pos}/{human_len} {eta}")
        {
            bar.set_style(style);
        }
        bar.set_message(message.into());
        Self(bar)
    }

    /// Starts a bar over a source of `size` bytes, or a spinner when the size is unknown.
    pub(crate) fn bytes(message: impl Into<String>, size: Option<u64>) -> Self {
        match size {
            Some(size) => Self::bar(message, size),
            None => Self::spinner(message),
        }
    }

    /// Returns the source, with the bar following what is read.
    pub(crate) fn watch<R: io::Read>(&self, source: R) -> impl io::Read {
        self.0.wrap_read(source)
    }

    /// Says what is being done now.
    pub(crate) fn say(&self, message: impl Into<String>) {
        self.0.set_message(message.into());
    }

    /// Writes a line that stays, above the bar.
    pub(crate) fn line(&self, line: &str) {
        // Nobody listening is no fault; without a terminal there is no bar to write above.
        self.0.suspend(|| {
            let _ = writeln!(io::stderr().lock(), "{line}");
        });
    }

    /// Moves to `done` of `total`.
    pub(crate) fn of(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
