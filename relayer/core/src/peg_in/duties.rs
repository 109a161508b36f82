//! What the machine wants done.

use serde::{Deserialize, Serialize};

/// What the machine wants done for a deposit. Idempotent: each runs again after a crash, for as long
/// as the deposit stays in the state that issued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PegInDuty {
    /// Have the contract mint it.
    Claim,
}

impl PegInDuty {
    /// Returns the name that logs and database use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
        }
    }
}
