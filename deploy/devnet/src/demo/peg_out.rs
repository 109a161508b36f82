//! The third step: tokens are burnt, and three of four attesters pay bitcoins for them.

use core::time::Duration;

use bitcoin::secp256k1::rand::thread_rng;
use bitcoin::secp256k1::SecretKey;
use bitcoin::{Address, Amount, Network};
use farbank_contracts::Wait;
use farbank_relayer::client::key::UserKey;
use farbank_relayer::client::peg_out::request::{request, Payee, RedemptionRequest};
use farbank_types::RedemptionId;

use super::custody::{self, ProvenCustody};
use super::failure::StepFailure;
use super::stage::Stage;
use super::story::Story;
use super::Outcome;

pub(super) const NAME: &str = "peg-out";
pub(super) const SHOWS: &str =
    "tokens are burnt, each attester checks everything alone, three sign the payout";
/// What is burnt.
const AMOUNT: Amount = Amount::from_sat(10_000_000);
/// A block of the side chain takes a second.
const WAIT: Wait = Wait { poll: Duration::from_millis(250), timeout: Duration::from_secs(30) };

/// A redemption that was paid and proven.
#[derive(Debug)]
pub(super) struct PaidRedemption {
    pub(super) id: RedemptionId,
    pub(super) custody: ProvenCustody,
}

pub(super) async fn run(stage: &mut Stage<'_>) -> Result<(Outcome, PaidRedemption), StepFailure> {
    let payee = UserKey::new(SecretKey::new(&mut thread_rng()));
    let address = payee.bitcoin_address(Network::Regtest);
    let asked = RedemptionRequest {
        deployment: &stage.deployment,
        key: &stage.user,
        amount: AMOUNT,
        to: Payee::Address(address.clone().into_unchecked()),
        max_fee: None,
        wait: WAIT,
    };
    let requested = request(&stage.bitcoin, &asked).await?;
    let (id, owed) = (requested.id, requested.owed);
    stage.tell(Story::RedemptionRequested { id, transaction: requested.side_tx, owed });
    let custody = custody::proven(stage, "that pays the redemption", |record| {
        record.paid.iter().any(|paid| paid.id == id)
    })
    .await?;
    let txid = custody.record.txid;
    let amount = received(stage, &custody, &address).await?;
    if amount > owed || owed.checked_sub(amount).is_none_or(|fee| fee > requested.max_fee) {
        let expected = "a payout between what is owed and the greatest fee below it";
        return Err(StepFailure::Unexpected { expected, found: "another amount" });
    }
    stage.tell(Story::PaidOut { txid, address: address.to_string(), amount });
    let outcome = Outcome {
        bitcoin_tx: Some(txid),
        side_tx: Some(requested.side_tx),
        gas: Some(requested.gas.get()),
        amount: Some(amount),
        note: format!(
            "redemption {id}: {AMOUNT} burnt, {amount} received, signed by 3 of 4 attesters"
        ),
    };
    Ok((outcome, PaidRedemption { id, custody }))
}

/// Returns what the address received in a custody transaction.
async fn received(
    stage: &Stage<'_>,
    custody: &ProvenCustody,
    address: &Address,
) -> Result<Amount, StepFailure> {
    let known = stage.bitcoin.transaction(&custody.record.txid, None).await?;
    let known = known.ok_or(StepFailure::Missing { what: "the payout" })?;
    let script = address.script_pubkey();
    let paid = known.transaction.output.iter().filter(|output| output.script_pubkey == script);
    Ok(paid.map(|output| output.value).sum())
}
