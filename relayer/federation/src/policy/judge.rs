//! The judgement, rule after rule.

use core::time::Duration;

use farbank_bitcoin_light_client::HeaderChain;
use farbank_types::{UnixTime, B256};

use super::intent::SignedIntent;
use super::limits::PolicyLimits;
use super::lineage::Lineage;
use super::refusal::{PolicyRefusal, ViewRefusal};
use super::{deposits, fees, payouts};
use crate::bridge_state::{Anchor, BridgeState};
use crate::custody::{CustodyTransaction, SigningRequest};

/// Judges a request.
///
/// `state` holds what [`crate::bridge_state::StateNeeds::of`] the request names, in one final state of the
/// attester's own side chain; `bitcoin` is its own best chain; `own` holds every intent that it remembers.
/// The intent returned must be durable, and part of `own` at the next call, before a share leaves.
///
/// # Errors
/// [`PolicyRefusal`].
pub fn judge(
    request: &SigningRequest,
    state: &BridgeState,
    bitcoin: &HeaderChain,
    own: &[SignedIntent],
    limits: &PolicyLimits,
    now: UnixTime,
) -> Result<SignedIntent, PolicyRefusal> {
    check_view(state, bitcoin, limits, now)?;
    let transaction = CustodyTransaction::parse(&request.transaction)?;
    check_anchor(transaction.anchor, state, limits)?;

    let lineage = Lineage::trace(&transaction, state, bitcoin, own, limits)?;
    lineage.check_depth(&transaction)?;
    lineage.check_custody_key(transaction.custody.key, &state.keys, state)?;
    let payouts = payouts::check(&transaction, &request.redemptions, state, limits)?;
    let ids = payouts.iter().map(|payout| payout.id);
    lineage.check_disjoint(ids, &transaction.deposits)?;

    let mut spent = vec![lineage.spent];
    spent.extend(deposits::check(&transaction.deposits, &request.deposits, state, bitcoin)?);
    let fee = fees::check(&transaction, &spent, &payouts, &lineage, limits)?;
    payouts::check_cap(&transaction, own, limits, now)?;

    let mut unsigned = request.transaction.clone();
    for input in &mut unsigned.input {
        input.witness.clear();
    }
    Ok(SignedIntent {
        transaction: unsigned,
        spent,
        parent: lineage.ancestors.first().map(|parent| parent.txid()),
        payouts,
        custody: transaction.custody,
        fee,
        signed_at: now,
        confirmed: None,
    })
}

/// The attester's own view is of the right chain and new enough to judge by.
fn check_view(
    state: &BridgeState,
    bitcoin: &HeaderChain,
    limits: &PolicyLimits,
    now: UnixTime,
) -> Result<(), ViewRefusal> {
    if limits.paused {
        return Err(ViewRefusal::Paused);
    }
    if state.genesis != limits.genesis {
        let (found, expected) = (state.genesis, limits.genesis);
        return Err(ViewRefusal::WrongGenesis { found, expected });
    }
    let (newest, limit) = (state.block.time, limits.max_side_chain_age);
    if is_older(newest, now, limit) {
        return Err(ViewRefusal::StaleSideChain { newest, limit });
    }
    let (tip, limit) = (bitcoin.tip().time, limits.max_bitcoin_age);
    if is_older(tip, now, limit) {
        return Err(ViewRefusal::StaleBitcoin { tip, limit });
    }
    Ok(())
}

/// The transaction's anchor is a final block of the attester's own side chain, and not an old one.
fn check_anchor(
    anchor: B256,
    state: &BridgeState,
    limits: &PolicyLimits,
) -> Result<(), ViewRefusal> {
    match state.anchor {
        Anchor::Final(block) if block.hash == anchor => {
            let limit = limits.max_anchor_age;
            if is_older(block.time, state.block.time, limit) {
                let (anchor, state) = (block.time, state.block.time);
                return Err(ViewRefusal::StaleAnchor { anchor, state, limit });
            }
            Ok(())
        }
        Anchor::NotFinal { hash } if hash == anchor => Err(ViewRefusal::UnfinalAnchor { anchor }),
        Anchor::Final(_) | Anchor::NotFinal { .. } | Anchor::Unknown { .. } => {
            Err(ViewRefusal::WrongAnchor { anchor })
        }
    }
}

fn is_older(then: UnixTime, now: UnixTime, limit: Duration) -> bool {
    now.secs_since(then).is_some_and(|age| age > limit.as_secs())
}
