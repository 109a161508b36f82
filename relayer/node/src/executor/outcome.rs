//! What the contract's refusals mean for the machines.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the catalogue grows with the contract; whatever is not named here is a dispute"
)]

use farbank_contracts::BridgeRefusal;
use farbank_relayer_core::custody::SubmissionRefusal as CustodyRefusal;
use farbank_relayer_core::header_relay::SubmissionRefusal;
use farbank_relayer_core::peg_in::{ClaimRefusal, ClaimWait};

/// Returns what a refused claim means for its deposit; `None` when the observer will see it anyway.
///
/// No refusal by the contract is final for a deposit but the window's: this relayer checked the
/// rules itself, so a contradiction points at a node or a deployment, and those can be mended.
pub(super) fn of_claim(refusal: &BridgeRefusal) -> Option<ClaimRefusal> {
    let wait = match refusal {
        BridgeRefusal::AlreadyMinted { .. } => return None,
        BridgeRefusal::TooCloseToReclaim { .. } => return Some(ClaimRefusal::TooCloseToReclaim),
        BridgeRefusal::StaleTip { .. } => ClaimWait::StaleTip,
        BridgeRefusal::Paused { .. } => ClaimWait::Paused,
        BridgeRefusal::Insolvent { .. } => ClaimWait::Insolvent,
        BridgeRefusal::MintCapExceeded { .. } => ClaimWait::MintCapExceeded,
        BridgeRefusal::UnsweptValueExceeded { .. } => ClaimWait::UnsweptValueExceeded,
        BridgeRefusal::UnsweptCountExceeded { .. } => ClaimWait::UnsweptCountExceeded,
        BridgeRefusal::UnknownBlock { .. }
        | BridgeRefusal::UnknownSegment { .. }
        | BridgeRefusal::TooShallow { .. } => ClaimWait::NotDeepEnough,
        BridgeRefusal::Unknown { .. } => ClaimWait::Unexplained,
        _ => ClaimWait::Disputed,
    };
    Some(ClaimRefusal::NotNow(wait))
}

/// Returns what a refused submission means for the header relay.
pub(super) fn of_headers(refusal: &BridgeRefusal) -> SubmissionRefusal {
    match refusal {
        BridgeRefusal::UnknownSegment { .. } | BridgeRefusal::NotEnoughWork { .. } => {
            SubmissionRefusal::Overtaken
        }
        BridgeRefusal::TimeTooNew { .. } => SubmissionRefusal::TimeTooNew,
        BridgeRefusal::Unknown { .. } => SubmissionRefusal::Unexplained,
        _ => SubmissionRefusal::Disputed,
    }
}

/// Returns what a refused word about a custody transaction means.
pub(super) fn of_custody(refusal: &BridgeRefusal) -> CustodyRefusal {
    match refusal {
        // Whoever proved or undid it first changed what the contract expects next.
        BridgeRefusal::CustodyInputMismatch { .. }
        | BridgeRefusal::NotNewestRecord { .. }
        | BridgeRefusal::SameBlock { .. } => CustodyRefusal::Overtaken,
        BridgeRefusal::UnknownBlock { .. }
        | BridgeRefusal::UnknownSegment { .. }
        | BridgeRefusal::WrongHeight { .. }
        | BridgeRefusal::TooShallow { .. } => CustodyRefusal::NotDeepEnough,
        BridgeRefusal::Unknown { .. } => CustodyRefusal::Unexplained,
        _ => CustodyRefusal::Disputed,
    }
}
