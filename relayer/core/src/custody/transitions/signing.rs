//! The attesters' answer, and the Bitcoin node's.

use bitcoin::Txid;

use super::viewed::replacement;
use crate::custody::config::signing_retry_secs;
use crate::custody::context::CustodyContext;
use crate::custody::events::SigningRefusal;
use crate::custody::state::{CustodyState, CustodyWait};

/// A signature for a proposal that was given up meanwhile changes nothing: it is not broadcast.
pub(in crate::custody) fn signed(
    state: &CustodyState,
    txid: Txid,
    context: &CustodyContext<'_>,
) -> Option<CustodyState> {
    let proposal = state.proposal()?;
    (proposal.txid() == txid)
        .then_some(CustodyState::Broadcast { txid, since: context.bitcoin_tip })
}

pub(in crate::custody) fn refused(
    state: &CustodyState,
    proposed: Txid,
    refusal: SigningRefusal,
    context: &CustodyContext<'_>,
) -> Option<CustodyState> {
    if state.proposal()?.txid() != proposed {
        return None;
    }
    Some(match state {
        // The attempt that is out may confirm still; the next blocks bring another try.
        CustodyState::Replacing { txid, .. } => {
            CustodyState::Broadcast { txid: *txid, since: context.bitcoin_tip }
        }
        CustodyState::Signing { .. }
        | CustodyState::Idle { .. }
        | CustodyState::Collecting { .. }
        | CustodyState::Broadcast { .. }
        | CustodyState::Confirmed { .. }
        | CustodyState::Proving { .. }
        | CustodyState::Proven { .. }
        | CustodyState::Displaced { .. }
        | CustodyState::Undoing { .. }
        | CustodyState::Reporting { .. }
        | CustodyState::Refused { .. }
        | CustodyState::Halted => {
            let not_before = context.now.saturating_add_secs(signing_retry_secs(refusal));
            CustodyState::Idle { wait: CustodyWait::Refused { refusal, not_before } }
        }
    })
}

/// An attempt that nodes do not take is replaced by a new plan, at most once in a block: it may be
/// the node that is behind.
pub(in crate::custody) fn broadcast_refused(
    state: &CustodyState,
    refused: Txid,
    context: &CustodyContext<'_>,
) -> Option<CustodyState> {
    let CustodyState::Broadcast { txid, since } = *state else { return None };
    if txid != refused || since >= context.bitcoin_tip {
        return None;
    }
    replacement(txid, context)
}
