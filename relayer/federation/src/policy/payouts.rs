//! The payouts: each pays one unpaid redemption of the final state, in order, as it was asked for.

use bitcoin::{Amount, TxOut};
use farbank_types::UnixTime;

use super::intent::{SignedIntent, SignedPayout};
use super::limits::PolicyLimits;
use super::refusal::PayoutRefusal;
use crate::bridge_state::BridgeState;
use crate::custody::{ids_hash, payout_dust, CustodyTransaction, Redemption};

/// Checks every payout against its redemption, and that against the contract.
pub(super) fn check(
    transaction: &CustodyTransaction,
    redemptions: &[Redemption],
    state: &BridgeState,
    limits: &PolicyLimits,
) -> Result<Vec<SignedPayout>, PayoutRefusal> {
    let mut before = None;
    for redemption in redemptions {
        if before.is_some_and(|before| before >= redemption.id) {
            return Err(PayoutRefusal::RedemptionOrder { id: redemption.id });
        }
        before = Some(redemption.id);
    }
    let (outputs, asked) = (transaction.payouts.len(), redemptions.len());
    if outputs > asked {
        return Err(PayoutRefusal::ExtraOutput { output: asked });
    }
    if let Some(redemption) = redemptions.get(outputs) {
        return Err(PayoutRefusal::MissingPayout { id: redemption.id });
    }
    let expected = ids_hash(redemptions.iter().map(|redemption| redemption.id));
    if transaction.ids_hash != expected {
        return Err(PayoutRefusal::WrongIds { found: transaction.ids_hash, expected });
    }
    let pairs = redemptions.iter().zip(&transaction.payouts);
    pairs
        .map(|(redemption, output)| {
            check_owed(redemption, state, limits)?;
            check_output(redemption, output)?;
            let Redemption { id, amount, .. } = *redemption;
            Ok(SignedPayout { id, amount, value: output.value })
        })
        .collect()
}

/// The redemption is owed in the final state, exactly as the request describes it.
fn check_owed(
    redemption: &Redemption,
    state: &BridgeState,
    limits: &PolicyLimits,
) -> Result<(), PayoutRefusal> {
    let Redemption { id, amount, .. } = *redemption;
    if id.get() == 0 {
        return Err(PayoutRefusal::UnknownRedemption { id });
    }
    if id.get() > state.redemption_count {
        return Err(PayoutRefusal::RedemptionNotFinal { id, count: state.redemption_count });
    }
    let expected =
        *state.redemptions.get(&id).ok_or(PayoutRefusal::RedemptionAlreadyPaid { id })?;
    let found = redemption.commitment();
    if found != expected {
        return Err(PayoutRefusal::RedemptionMismatch { id, found, expected });
    }
    if amount > limits.max_redemption {
        let limit = limits.max_redemption;
        return Err(PayoutRefusal::RedemptionTooLarge { id, amount, limit });
    }
    Ok(())
}

fn check_output(redemption: &Redemption, output: &TxOut) -> Result<(), PayoutRefusal> {
    let Redemption { id, amount, max_fee, ref script, .. } = *redemption;
    let dust = payout_dust(script).ok_or(PayoutRefusal::WrongScript { id })?;
    if output.script_pubkey != *script {
        return Err(PayoutRefusal::WrongScript { id });
    }
    let value = output.value;
    if value > amount {
        return Err(PayoutRefusal::PayoutTooLarge { id, value, amount });
    }
    let least = amount.checked_sub(max_fee).unwrap_or(Amount::ZERO).max(dust);
    if value < least {
        return Err(PayoutRefusal::PayoutTooSmall { id, value, least });
    }
    Ok(())
}

/// Keeps what was signed within the window under the cap. Of transactions that spend the same custody
/// outpoint one confirms at most, so the greatest of them counts.
pub(super) fn check_cap(
    transaction: &CustodyTransaction,
    own: &[SignedIntent],
    limits: &PolicyLimits,
    now: UnixTime,
) -> Result<(), PayoutRefusal> {
    let Some(cap) = limits.payout_cap else { return Ok(()) };
    if transaction.payouts.is_empty() {
        return Ok(());
    }
    let mut greatest = std::collections::HashMap::new();
    for intent in own.iter().filter(|intent| cap.covers(intent.signed_at, now)) {
        let input = intent.custody_input();
        if input != transaction.custody_input {
            let paid: &mut Amount = greatest.entry(input).or_default();
            *paid = intent.paid().max(*paid);
        }
    }
    let used = super::fees::sum(greatest.into_values());
    let paying = super::fees::sum(transaction.payouts.iter().map(|output| output.value));
    if super::fees::sum([used, paying]) > cap.amount {
        return Err(PayoutRefusal::PayoutCapExceeded { paying, used, cap: cap.amount });
    }
    Ok(())
}
