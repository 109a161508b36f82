//! How long the machine waits before a refused claim is tried again under the same tip.

use super::state::ClaimWait;

/// A cap or a race with another claim can be over with the next block of the side chain.
const SOON_SECS: u64 = 15;
/// A fault somewhere: worth another look, not another look at once.
const LATER_SECS: u64 = 60;
/// A contradiction between this relayer and its node: a human or another node has to change it.
const MUCH_LATER_SECS: u64 = 600;

/// Returns the seconds to the next try.
pub(super) const fn retry_secs(cause: ClaimWait) -> u64 {
    match cause {
        ClaimWait::StaleTip | ClaimWait::Paused | ClaimWait::NotDeepEnough => SOON_SECS,
        ClaimWait::MintCapExceeded
        | ClaimWait::UnsweptValueExceeded
        | ClaimWait::UnsweptCountExceeded
        | ClaimWait::Insolvent
        | ClaimWait::Unexplained => LATER_SECS,
        ClaimWait::Disputed => MUCH_LATER_SECS,
    }
}
