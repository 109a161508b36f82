//! The first step: a deposit that nobody carries comes back to its depositor alone.

use bitcoin::{Amount, Network, OutPoint};
use farbank_relayer::client::error::ClientError;
use farbank_relayer::client::peg_in::reclaim::{
    reclaim, MintCheck, ReclaimRefusal, ReclaimRequest, Reclaimed,
};
use farbank_relayer::client::peg_in::status::status;
use farbank_relayer::client::peg_in::waits::DepositState;
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_types::BlockCount;

use super::failure::StepFailure;
use super::stage::Stage;
use super::story::Story;
use super::Outcome;

pub(super) const NAME: &str = "reclaim";
pub(super) const SHOWS: &str =
    "no relayer hears of a deposit, so after the timelock the depositor takes it back alone";
/// What is deposited.
const AMOUNT: Amount = Amount::from_sat(10_000_000);

/// A deposit that was taken back.
#[derive(Debug)]
pub(super) struct ReclaimedDeposit {
    pub(super) file: DepositFile,
    pub(super) outpoint: OutPoint,
}

pub(super) async fn run(stage: &mut Stage<'_>) -> Result<(Outcome, ReclaimedDeposit), StepFailure> {
    let (file, _path) = stage.new_deposit(NAME).await?;
    let outpoint = stage.pay(&file, AMOUNT).await?.outpoint;
    stage.mine(BlockCount::new(1)).await?;
    let blocks_left = match take_back(stage, &file).await {
        Err(ClientError::Refused(ReclaimRefusal::ReclaimTooEarly { blocks_left, .. })) => {
            blocks_left
        }
        Err(error) => return Err(error.into()),
        Ok(_) => {
            let expected = "a timelock that refuses";
            return Err(StepFailure::Unexpected { expected, found: "a reclaim without one" });
        }
    };
    stage.tell(Story::ReclaimTooEarly { blocks_left });
    stage.mine(blocks_left).await?;
    let reclaimed = take_back(stage, &file).await?;
    stage.tell(Story::Reclaimed { txid: reclaimed.txid });
    stage.mine(BlockCount::new(1)).await?;
    let parameters = stage.deployment.parameters;
    let seen = status(&stage.bitcoin, None, &parameters, &file.deposit, &mut |_, _| {}).await?;
    let state = seen.deposits.first().map(|deposit| deposit.state);
    if !matches!(state, Some(DepositState::Reclaimed { .. })) {
        let found = state.as_ref().map_or("nothing", DepositState::name);
        return Err(StepFailure::Unexpected { expected: "Reclaimed", found });
    }
    let amount = reclaimed.amount.checked_sub(reclaimed.fee);
    let outcome = Outcome {
        bitcoin_tx: Some(reclaimed.txid),
        amount,
        note: format!(
            "refused {blocks_left} blocks too early, then taken back with the deposit file alone; \
             fee {}",
            reclaimed.fee
        ),
        ..Outcome::default()
    };
    Ok((outcome, ReclaimedDeposit { file, outpoint }))
}

/// With the file and a Bitcoin node: the bridge is not asked, it may be dead.
async fn take_back(
    stage: &Stage<'_>,
    file: &DepositFile,
) -> Result<Reclaimed, ClientError<ReclaimRefusal>> {
    let to = stage.user.bitcoin_address(Network::Regtest).script_pubkey();
    let request = ReclaimRequest {
        file,
        outpoint: None,
        to,
        fee_rate: None,
        mint_check: MintCheck::BridgeIsDead,
    };
    reclaim(&stage.bitcoin, &request, &mut |_, _| {}).await
}
