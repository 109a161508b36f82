//! Refusals for the attester's own view.

use core::time::Duration;

use farbank_types::{UnixTime, B256};
use serde::{Deserialize, Serialize};

/// The attester cannot judge now, or not with this anchor.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum ViewRefusal {
    /// The operator's own brake.
    #[error("this attester's operator stopped signing")]
    Paused,
    /// The view is of another chain than the deployment's.
    #[error("the side chain starts from {found}, the deployment from {expected}")]
    WrongGenesis {
        /// Genesis of the view.
        found: B256,
        /// Genesis of the deployment.
        expected: B256,
    },
    /// The newest final block is too old.
    #[error("this attester's side chain is final up to time {newest}, older than {limit:?}")]
    StaleSideChain {
        /// Time of the newest final block.
        newest: UnixTime,
        /// Greatest age.
        limit: Duration,
    },
    /// The tip of the Bitcoin chain is too old.
    #[error("this attester's Bitcoin tip is of time {tip}, older than {limit:?}")]
    StaleBitcoin {
        /// Time of the tip.
        tip: UnixTime,
        /// Greatest age.
        limit: Duration,
    },
    /// The anchor is no block of the attester's side chain.
    #[error("the anchor {anchor} is no block of this attester's side chain")]
    WrongAnchor {
        /// Hash that the transaction names.
        anchor: B256,
    },
    /// The anchor is not final yet.
    #[error("the anchor {anchor} is not final for this attester yet; propose again soon")]
    UnfinalAnchor {
        /// Hash that the transaction names.
        anchor: B256,
    },
    /// The anchor is too old.
    #[error(
        "the anchor is of time {anchor}, more than {limit:?} before the final state's {state}"
    )]
    StaleAnchor {
        /// Time of the anchor's block.
        anchor: UnixTime,
        /// Time of the judged state.
        state: UnixTime,
        /// Greatest age.
        limit: Duration,
    },
}
