//! The invariants that peg-in and peg-out can break, asked of the live chains.

use bitcoin::{FeeRate, Network};
use farbank_contracts::{BlockAt, Call, CallFailure};
use farbank_relayer::adapters::bitcoin::MempoolVerdict;
use farbank_relayer::client::reserves::reserves;
use farbank_relayer_core::peg_in::reclaim::reclaim_transaction;
use farbank_types::B256;

use super::claim::claim_call;
use super::custody;
use super::failure::StepFailure;
use super::peg_in::MintedDeposit;
use super::peg_out::PaidRedemption;
use super::reclaim::ReclaimedDeposit;
use super::report::{Finding, InvariantReport};
use super::stage::Stage;

/// What a contract or a node says that does not refuse.
const ACCEPTED: &str = "accepted";

/// I1: what is owed is covered by what is held.
pub(super) async fn covered(stage: &Stage<'_>) -> Result<InvariantReport, StepFailure> {
    let report = reserves(&stage.bridge).await?;
    let (left, right) = (Finding::Sum(report.left), Finding::Sum(report.right));
    Ok(InvariantReport { id: "I1", holds: report.holds, left, right })
}

/// I2: the very claim that minted is refused the second time.
pub(super) async fn minted_once(
    stage: &Stage<'_>,
    minted: &MintedDeposit,
) -> Result<InvariantReport, StepFailure> {
    let again = sent_again(stage, minted.claim).await?;
    let answer = answer_of_contract(stage, &again).await?;
    Ok(InvariantReport::of_answers("I2", vec![answer], &["AlreadyMinted"]))
}

/// I3: the payouts of the redemption in all custody transactions that the contract knows, and what it
/// says to the very proof of the one that paid.
pub(super) async fn paid_once(
    stage: &Stage<'_>,
    paid: &PaidRedemption,
) -> Result<InvariantReport, StepFailure> {
    let records = custody::records(stage).await?;
    let paying = records.iter().filter(|record| record.paid.iter().any(|one| one.id == paid.id));
    let again = sent_again(stage, paid.custody.proof).await?;
    let answer = answer_of_contract(stage, &again).await?;
    let answers = vec![format!("paid by {} custody transactions", paying.count()), answer];
    let expected = ["paid by 1 custody transactions", "CustodyInputMismatch"];
    Ok(InvariantReport::of_answers("I3", answers, &expected))
}

/// Returns the call of a transaction that was sent before.
async fn sent_again(stage: &Stage<'_>, transaction: B256) -> Result<Call, StepFailure> {
    let sent = stage.bridge.node().transaction(transaction).await?;
    let sent = sent.ok_or(StepFailure::Missing { what: "a transaction" })?;
    Ok(Call { to: sent.to, data: sent.data, value: sent.value })
}

/// I4: what was reclaimed is not minted, what was minted is not reclaimed.
pub(super) async fn minted_or_reclaimed(
    stage: &Stage<'_>,
    reclaimed: &ReclaimedDeposit,
    minted: &MintedDeposit,
) -> Result<InvariantReport, StepFailure> {
    let descriptor = &reclaimed.file.deposit.descriptor;
    let claim = claim_call(stage, descriptor, reclaimed.outpoint).await?;
    let answers =
        vec![answer_of_contract(stage, &claim).await?, answer_of_node(stage, minted).await?];
    // The node's word for an output that is spent: the sweep was first.
    Ok(InvariantReport::of_answers("I4", answers, &["TooCloseToReclaim", "missing-inputs"]))
}

async fn answer_of_contract(stage: &Stage<'_>, call: &Call) -> Result<String, StepFailure> {
    match stage.bridge.node().execute(call, BlockAt::Latest).await {
        Ok(_) => Ok(ACCEPTED.to_owned()),
        Err(CallFailure::Refused(refusal)) => Ok(refusal.name().to_owned()),
        Err(CallFailure::Fault(fault)) => Err(fault.into()),
    }
}

async fn answer_of_node(stage: &Stage<'_>, minted: &MintedDeposit) -> Result<String, StepFailure> {
    let secret = minted.file.reclaim_secret.as_ref().and_then(|secret| secret.secret_key());
    let secret =
        secret.ok_or_else(|| StepFailure::NoReclaimSecret { file: minted.path.clone() })?;
    let paid = stage.bitcoin.transaction(&minted.outpoint.txid, None).await?;
    let output = paid.and_then(|paid| {
        let index = usize::try_from(minted.outpoint.vout).ok()?;
        paid.transaction.output.get(index).cloned()
    });
    let output = output.ok_or(StepFailure::Missing { what: "the output" })?;
    let transaction = reclaim_transaction(
        &stage.secp,
        &minted.file.deposit.descriptor,
        minted.outpoint,
        output.value,
        stage.user.bitcoin_address(Network::Regtest).script_pubkey(),
        FeeRate::BROADCAST_MIN,
        &secret,
    )?;
    Ok(match stage.bitcoin.test_mempool_accept(&transaction).await? {
        MempoolVerdict::Accepted { .. } => ACCEPTED.to_owned(),
        MempoolVerdict::Refused { reason } => reason,
    })
}
