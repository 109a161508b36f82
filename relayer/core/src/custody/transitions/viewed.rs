//! What follows from a look at both chains. Bitcoin's blocks come first, then the contract's state,
//! then what was signed, and only then what could be done next.

use bitcoin::Txid;
use farbank_types::BlockCount;

use super::submission::submitting;
use crate::custody::attempt::CustodyAttempt;
use crate::custody::context::{CustodyContext, CustodyLook};
use crate::custody::plan::{plan, Plan, Replaced};
use crate::custody::state::{CustodySpend, CustodyState, CustodyWait, Submission};

pub(in crate::custody) fn viewed(
    state: &CustodyState,
    context: &CustodyContext<'_>,
) -> CustodyState {
    let Some(look) = context.custody else { return state.clone() };
    let newest = look.newest;
    if let Some(spend) = newest.spend.filter(|_| !context.proven_stands) {
        // The contract undoes it once its own headers show another block at that height.
        return match context.contract.shared_height >= spend.block.height {
            true => submit(state, Submission::Undo, spend, context),
            false => CustodyState::Displaced { spend },
        };
    }
    let Some(output) = newest.output else { return CustodyState::Halted };
    if let Some(attempt) = context.history.confirmed(output.outpoint) {
        return match attempt.spend() {
            Some(spend) => in_a_block(state, attempt, spend, context),
            None => state.clone(),
        };
    }
    // Attesters go by the final state; one from before the newest was undone and proven anew holds the
    // same output in another block.
    if look.finalized != newest {
        return CustodyState::Proven { txid: output.outpoint.txid };
    }
    match context.history.newest(output.outpoint) {
        Some(attempt) => signed(state, attempt.txid(), context),
        None => next(state, &look, context),
    }
}

fn in_a_block(
    state: &CustodyState,
    attempt: &CustodyAttempt,
    spend: CustodySpend,
    context: &CustodyContext<'_>,
) -> CustodyState {
    if context.confirmations(&spend) < context.parameters.confirmations {
        return CustodyState::Confirmed { spend };
    }
    match attempt.shape() {
        Some(_) => submit(state, Submission::Prove, spend, context),
        None => submit(state, Submission::Report, spend, context),
    }
}

/// Has the contract told, unless it refused this very thing a moment ago.
fn submit(
    state: &CustodyState,
    submission: Submission,
    spend: CustodySpend,
    context: &CustodyContext<'_>,
) -> CustodyState {
    match state {
        CustodyState::Refused { submission: refused, spend: about, not_before, .. }
            if *refused == submission && *about == spend && context.now < *not_before =>
        {
            state.clone()
        }
        CustodyState::Refused { .. }
        | CustodyState::Idle { .. }
        | CustodyState::Collecting { .. }
        | CustodyState::Signing { .. }
        | CustodyState::Broadcast { .. }
        | CustodyState::Replacing { .. }
        | CustodyState::Confirmed { .. }
        | CustodyState::Proving { .. }
        | CustodyState::Proven { .. }
        | CustodyState::Displaced { .. }
        | CustodyState::Undoing { .. }
        | CustodyState::Reporting { .. }
        | CustodyState::Halted => submitting(submission, spend),
    }
}

/// A signed transaction is out, or should be.
fn signed(state: &CustodyState, newest: Txid, context: &CustodyContext<'_>) -> CustodyState {
    match state {
        CustodyState::Broadcast { txid, since } if *txid == newest => {
            // A block that nobody has searched may hold it.
            let waited = context.searched_to.since(*since).unwrap_or(BlockCount::new(0));
            let stuck = waited >= context.parameters.replace_after;
            let replacement = stuck.then(|| replacement(newest, context)).flatten();
            replacement.unwrap_or_else(|| state.clone())
        }
        CustodyState::Replacing { txid, since, .. } if *txid == newest => {
            let until = since.saturating_add_secs(context.parameters.signing_secs);
            match context.now < until {
                true => state.clone(),
                false => CustodyState::Broadcast { txid: newest, since: context.bitcoin_tip },
            }
        }
        CustodyState::Broadcast { .. }
        | CustodyState::Replacing { .. }
        | CustodyState::Idle { .. }
        | CustodyState::Collecting { .. }
        | CustodyState::Signing { .. }
        | CustodyState::Confirmed { .. }
        | CustodyState::Proving { .. }
        | CustodyState::Proven { .. }
        | CustodyState::Displaced { .. }
        | CustodyState::Undoing { .. }
        | CustodyState::Reporting { .. }
        | CustodyState::Refused { .. }
        | CustodyState::Halted => {
            CustodyState::Broadcast { txid: newest, since: context.bitcoin_tip }
        }
    }
}

/// Returns the state that waits for an attempt with a higher fee, if anybody would pay it.
pub(super) fn replacement(txid: Txid, context: &CustodyContext<'_>) -> Option<CustodyState> {
    let attempt = context.history.get(&txid)?;
    let replaced = Replaced { fee: attempt.facts().fee?, weight: attempt.shape()?.signed_weight };
    let look = context.custody?;
    let proposal = plan(context, &look, Some(replaced)).proposal?;
    Some(CustodyState::Replacing { txid, proposal, since: context.now })
}

/// Custody is unspent: is there anything to do?
fn next(state: &CustodyState, look: &CustodyLook, context: &CustodyContext<'_>) -> CustodyState {
    if !context.is_searched() {
        return CustodyState::Idle { wait: CustodyWait::CatchingUp };
    }
    let now = context.now;
    let coin = look.finalized.output.map(|output| output.outpoint);
    if let CustodyState::Signing { proposal, since } = state {
        let same = Some(proposal.input()) == coin;
        if same && now < since.saturating_add_secs(context.parameters.signing_secs) {
            return state.clone();
        }
    }
    if let CustodyState::Idle { wait: CustodyWait::Refused { not_before, .. } } = state {
        if now < *not_before {
            return state.clone();
        }
    }
    let Plan { proposal, is_full, pays, passed } = plan(context, look, None);
    let Some(proposal) = proposal else {
        let wait = match passed.is_empty() {
            true => CustodyWait::NothingToDo,
            false => CustodyWait::FeesTooHigh,
        };
        return CustodyState::Idle { wait };
    };
    let wait = match pays {
        true => context.parameters.collect_secs,
        false => context.parameters.sweep_collect_secs,
    };
    let until = now.saturating_add_secs(wait);
    match state {
        CustodyState::Collecting { until: end } if now < *end && !is_full => {
            // Somebody to pay has come: no longer than a payout waits.
            CustodyState::Collecting { until: until.min(*end) }
        }
        // Waited already, or asked already.
        CustodyState::Collecting { .. }
        | CustodyState::Signing { .. }
        | CustodyState::Idle { wait: CustodyWait::Refused { .. } } => {
            CustodyState::Signing { proposal, since: now }
        }
        CustodyState::Idle { .. }
        | CustodyState::Broadcast { .. }
        | CustodyState::Replacing { .. }
        | CustodyState::Confirmed { .. }
        | CustodyState::Proving { .. }
        | CustodyState::Proven { .. }
        | CustodyState::Displaced { .. }
        | CustodyState::Undoing { .. }
        | CustodyState::Reporting { .. }
        | CustodyState::Refused { .. }
        | CustodyState::Halted => match is_full || wait == 0 {
            true => CustodyState::Signing { proposal, since: now },
            false => CustodyState::Collecting { until },
        },
    }
}
