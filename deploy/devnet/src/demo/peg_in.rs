//! The second step: bitcoins are locked, and the same value exists on the side chain.

use core::time::Duration;
use std::path::PathBuf;

use bitcoin::{Amount, OutPoint};
use farbank_contracts::{BlockAt, BlockRange, Wait};
use farbank_relayer::client::peg_in::status::status;
use farbank_relayer::client::relayer::RelayerClient;
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_types::{DepositId, EvmBlockNumber, B256};
use tokio::time::{interval, timeout, MissedTickBehavior};

use super::custody;
use super::failure::StepFailure;
use super::stage::{Stage, CARRIER_FEE};
use super::story::Story;
use super::Outcome;
use crate::relayer::SWEEP_AGE;
use crate::start::finality_blocks;

pub(super) const NAME: &str = "peg-in";
pub(super) const SHOWS: &str =
    "a relayer claims a deposit, the contract mints because it checked proof of work, attesters sweep";
/// What is deposited.
const AMOUNT: Amount = Amount::from_sat(25_000_000);
/// The relayer posts hundreds of headers first, then claims: some blocks of the side chain each.
const MINT_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(250);

/// A deposit that was minted.
#[derive(Debug)]
pub(super) struct MintedDeposit {
    pub(super) file: DepositFile,
    pub(super) path: PathBuf,
    pub(super) outpoint: OutPoint,
    pub(super) claim: B256,
}

pub(super) async fn run(stage: &mut Stage<'_>) -> Result<(Outcome, MintedDeposit), StepFailure> {
    let (file, path) = stage.new_deposit(NAME).await?;
    announce(stage, &file).await?;
    let paid = stage.pay(&file, AMOUNT).await?;
    stage.mine(paid.confirmations_needed).await?;
    if timeout(MINT_LIMIT, minted(stage, paid.outpoint)).await.is_err() {
        return Err(not_minted(stage, &file).await);
    }
    let claim = claim_of(stage, paid.outpoint).await?;
    let node = stage.bridge.node();
    let receipt = node.wait_for_receipt(claim, Wait { poll: POLL, timeout: MINT_LIMIT }).await?;
    let gas = receipt.gas_used.get();
    stage.tell(Story::Minted { transaction: claim, gas });
    let depth = finality_blocks(stage.deployment.side_chain.kind);
    reached(stage, receipt.block.get().saturating_add(depth)).await?;
    if !stage.bridge.is_minted(paid.outpoint, BlockAt::Latest).await? {
        let expected = "a final mint";
        return Err(StepFailure::Unexpected { expected, found: "a mint that was taken back" });
    }
    let account = stage.user.evm_address();
    let balance = stage.bridge.token_balance(account, BlockAt::Latest).await?;
    if Some(balance) != AMOUNT.checked_sub(CARRIER_FEE) {
        let expected = "the deposit less the carrier fee";
        return Err(StepFailure::Unexpected { expected, found: "another balance" });
    }
    stage.tell(Story::Received { account, balance });
    // Attesters sweep a deposit alone only when it is of some age.
    stage.mine(SWEEP_AGE).await?;
    let id = DepositId::of(&paid.outpoint);
    let swept =
        custody::proven(stage, "that sweeps the deposit", |record| record.swept.contains(&id))
            .await?;
    let outcome = Outcome {
        bitcoin_tx: Some(paid.outpoint.txid),
        side_tx: Some(claim),
        gas: Some(gas),
        amount: Some(balance),
        note: format!(
            "minted after {} confirmations, carrier fee {CARRIER_FEE}; swept into custody by {}",
            paid.confirmations_needed, swept.record.txid
        ),
    };
    Ok((outcome, MintedDeposit { file, path, outpoint: paid.outpoint, claim }))
}

async fn announce(stage: &mut Stage<'_>, file: &DepositFile) -> Result<(), StepFailure> {
    let relayer = stage.state.relayer_url.clone().ok_or(StepFailure::NoRelayer)?;
    let token = stage.devnet.folder().keys().join(crate::relayer::TOKEN);
    RelayerClient::new(&relayer)?.announce(&file.deposit, &token).await?;
    stage.tell(Story::Announced { relayer });
    Ok(())
}

/// Returns when the contract holds the deposit. Faults are waited out: the caller has a limit.
async fn minted(stage: &Stage<'_>, outpoint: OutPoint) {
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !matches!(stage.bridge.is_minted(outpoint, BlockAt::Latest).await, Ok(true)) {
        poll.tick().await;
    }
}

async fn reached(stage: &Stage<'_>, number: u64) -> Result<(), StepFailure> {
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stage.bridge.node().head().await?.number < EvmBlockNumber::new(number) {
        poll.tick().await;
    }
    Ok(())
}

/// Says what holds the deposit up, in the words that the user is told.
async fn not_minted(stage: &Stage<'_>, file: &DepositFile) -> StepFailure {
    let parameters = &stage.deployment.parameters;
    let bridge = Some(&stage.bridge);
    let seen = status(&stage.bitcoin, bridge, parameters, &file.deposit, &mut |_, _| {}).await;
    let seconds = MINT_LIMIT.as_secs();
    match seen {
        Ok(seen) => {
            let cause = seen.deposits.into_iter().next().map(|first| first.explanation.cause);
            StepFailure::NotMinted { seconds, cause: cause.unwrap_or_default() }
        }
        Err(error) => error.into(),
    }
}

async fn claim_of(stage: &Stage<'_>, outpoint: OutPoint) -> Result<B256, StepFailure> {
    let last = stage.bridge.node().head().await?.number;
    let range = BlockRange { first: stage.bridge.contracts().deployed_at, last };
    let log = stage.bridge.minted_deposit(outpoint, range).await?;
    Ok(log.ok_or(StepFailure::Missing { what: "the mint" })?.transaction)
}
