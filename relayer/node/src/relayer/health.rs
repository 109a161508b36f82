//! How each part fares: what the status shows.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::sync::Mutex;

use farbank_types::UnixTime;

use crate::clock::{Clock as _, SystemClock};

/// A part that asks a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Looks at Bitcoin.
    Bitcoin,
    /// Looks at the contract.
    SideChain,
    /// Sends transactions.
    Executor,
    /// Has custody transactions signed and sends them.
    Payer,
}

impl Part {
    /// Returns the name that logs and status use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bitcoin => "bitcoin",
            Self::SideChain => "side-chain",
            Self::Executor => "executor",
            Self::Payer => "payer",
        }
    }

    /// Returns what a person can do about a fault.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Bitcoin => {
                "check the Bitcoin node and the [bitcoin] section of the configuration"
            }
            Self::SideChain => {
                "check the side-chain node and the [side_chain] section of the configuration"
            }
            Self::Executor => "check the side-chain node and the relayer's gas balance",
            Self::Payer => {
                "check the Bitcoin node and the [federation] section of the configuration"
            }
        }
    }
}

/// A fault that is being waited out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFault {
    /// What is wrong, with its causes.
    pub message: String,
    /// When it began.
    pub since: UnixTime,
    /// Tries so far.
    pub tries: u32,
}

/// How a part fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartHealth {
    /// End of the last step that succeeded.
    pub last_success: Option<UnixTime>,
    /// What stands in the way now.
    pub fault: Option<PartFault>,
}

/// How all parts fare.
#[derive(Debug)]
pub struct Health {
    clock: SystemClock,
    required: &'static [Part],
    parts: Mutex<BTreeMap<Part, PartHealth>>,
}

impl Health {
    /// Nothing is known yet of the parts that the process is made of.
    #[must_use]
    pub const fn new(clock: SystemClock, required: &'static [Part]) -> Self {
        Self { clock, required, parts: Mutex::new(BTreeMap::new()) }
    }

    /// Returns how a part fares.
    #[must_use]
    pub fn of(&self, part: Part) -> PartHealth {
        self.lock().get(&part).cloned().unwrap_or_default()
    }

    /// Returns whether every part's last step succeeded.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.required.iter().all(|part| {
            let health = self.of(*part);
            health.last_success.is_some() && health.fault.is_none()
        })
    }

    pub(super) fn succeeded(&self, part: Part) {
        let now = self.clock.now();
        let mut parts = self.lock();
        let health = parts.entry(part).or_default();
        health.last_success = Some(now);
        if let Some(fault) = health.fault.take() {
            tracing::info!(part = part.name(), after = fault.tries, "a part works again");
        }
    }

    pub(super) fn failed(&self, part: Part, error: &dyn std::error::Error) {
        let now = self.clock.now();
        let message = with_causes(error);
        let mut parts = self.lock();
        let health = parts.entry(part).or_default();
        match &mut health.fault {
            Some(fault) if fault.message == message => {
                fault.tries = fault.tries.saturating_add(1);
                tracing::debug!(part = part.name(), tries = fault.tries, "still the same fault");
            }
            other => {
                tracing::warn!(part = part.name(), fault = %message, "waiting for this to pass");
                let (since, tries) =
                    other.as_ref().map_or((now, 0), |fault| (fault.since, fault.tries));
                *other = Some(PartFault { message, since, tries: tries.saturating_add(1) });
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Part, PartHealth>> {
        // Nothing panics while it is held, and a half-written map of dates harms nobody.
        self.parts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Joins a fault with its causes, leaving out those that its own text repeats.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {words}");
        }
        source = cause.source();
    }
    text
}
