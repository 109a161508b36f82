//! The story that `farbank demo` tells: a private devnet, a user, and what the bridge does for them.
//!
//! Decides the steps and what counts as success. Everything on the chains is done by the code that a
//! user's commands run; nothing is looked up that a user could not look up.

mod claim;
mod custody;
mod failure;
mod invariants;
mod peg_in;
mod peg_out;
mod reclaim;
mod report;
mod stage;
mod story;

use std::path::PathBuf;

use bitcoin::{Amount, Txid};
use farbank_types::B256;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use report::{DemoReport, Finding, InvariantReport, StepReport};
pub use story::Story;

use self::failure::StepFailure;
use self::peg_in::MintedDeposit;
use self::peg_out::PaidRedemption;
use self::reclaim::ReclaimedDeposit;
use self::stage::Stage;
use crate::devnet::Devnet;
use crate::failure::{Error, Failure, Rejection};
use crate::folder::DevnetFolder;
use crate::side_chain::SideChainChoice;
use crate::up::{up, Lifetime, UpOptions};

/// What the demo plays on.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The program that runs the supervisor and the relayer, see [`up()`].
    pub executable: PathBuf,
    /// Which side chain.
    pub side_chain: SideChainChoice,
    /// The folder of a devnet that stays up; without one a temporary devnet goes with the demo.
    pub keep: Option<DevnetFolder>,
}

/// What a successful step leaves for the report.
#[derive(Debug, Default)]
struct Outcome {
    bitcoin_tx: Option<Txid>,
    side_tx: Option<B256>,
    gas: Option<u64>,
    amount: Option<Amount>,
    note: String,
}

/// Runs the demo. A step that fails is in the report, and the steps after it are not run.
///
/// # Errors
/// Why there is no devnet, as [`up()`] says it; [`Rejection::Interrupted`] when `cancel` fires.
/// Nothing runs after either.
pub async fn run(
    options: DemoOptions,
    cancel: &CancellationToken,
    mut tell: impl FnMut(Story) + Send,
) -> Result<DemoReport, Failure> {
    let started = Instant::now();
    let temporary = tempfile::Builder::new().prefix("farbank-demo-").tempdir();
    let temporary = temporary.map_err(Error::file("make", std::env::temp_dir()))?;
    let keep = options.keep.is_some();
    let folder = options.keep.unwrap_or_else(|| DevnetFolder::new(temporary.path()));
    let up_options = UpOptions {
        side_chain: options.side_chain,
        lifetime: Lifetime::Caller,
        ..UpOptions::default()
    };
    let mut devnet = up(&folder, options.executable, up_options, cancel, |step| {
        tell(Story::Devnet(step));
    })
    .await?;
    let played = tokio::select! {
        played = play(&devnet, &mut tell) => Some(played),
        () = cancel.cancelled() => None,
    };
    let Some((steps, invariants)) = played else {
        devnet.down().await?;
        return Err(Rejection::Interrupted {}.into());
    };
    let side_chain = devnet.state()?.side_chain;
    if keep {
        devnet.detach().await?;
    } else {
        devnet.down().await?;
    }
    let all_looked_at = invariants.len() == INVARIANTS;
    let ok = all_looked_at
        && steps.iter().all(|step| step.ok)
        && invariants.iter().all(|invariant| invariant.holds);
    let seconds = started.elapsed().as_secs_f64();
    Ok(DemoReport { ok, seconds, side_chain, steps, invariants })
}

/// I1 to I4: what the steps can break.
const INVARIANTS: usize = 4;

async fn play(
    devnet: &Devnet,
    tell: &mut (dyn FnMut(Story) + Send),
) -> (Vec<StepReport>, Vec<InvariantReport>) {
    let mut steps = Vec::new();
    let began = Instant::now();
    let mut stage = match Stage::set(devnet, tell).await {
        Ok(stage) => stage,
        Err(failure) => return (vec![failed(reclaim::NAME, began, &failure)], Vec::new()),
    };
    let began = begin(&mut stage, reclaim::NAME, reclaim::SHOWS);
    let outcome = reclaim::run(&mut stage).await;
    let reclaimed = end(&mut stage, &mut steps, reclaim::NAME, began, outcome);
    let mut minted = None;
    if reclaimed.is_some() {
        let began = begin(&mut stage, peg_in::NAME, peg_in::SHOWS);
        let outcome = peg_in::run(&mut stage).await;
        minted = end(&mut stage, &mut steps, peg_in::NAME, began, outcome);
    }
    let mut paid = None;
    if minted.is_some() {
        let began = begin(&mut stage, peg_out::NAME, peg_out::SHOWS);
        let outcome = peg_out::run(&mut stage).await;
        paid = end(&mut stage, &mut steps, peg_out::NAME, began, outcome);
    }
    let invariants = judge(&stage, reclaimed.as_ref(), minted.as_ref(), paid.as_ref()).await;
    (steps, invariants)
}

fn begin(stage: &mut Stage<'_>, step: &'static str, shows: &'static str) -> Instant {
    stage.tell(Story::Began { step, shows });
    Instant::now()
}

/// Reports a step and passes on what the next ones need of it.
fn end<T>(
    stage: &mut Stage<'_>,
    steps: &mut Vec<StepReport>,
    name: &'static str,
    began: Instant,
    outcome: Result<(Outcome, T), StepFailure>,
) -> Option<T> {
    let (report, result) = match outcome {
        Ok((Outcome { bitcoin_tx, side_tx, gas, amount, note }, result)) => {
            let seconds = began.elapsed().as_secs_f64();
            let ok = true;
            (StepReport { name, ok, seconds, bitcoin_tx, side_tx, gas, amount, note }, Some(result))
        }
        Err(failure) => (failed(name, began, &failure), None),
    };
    stage.tell(Story::Ended(report.clone()));
    steps.push(report);
    result
}

fn failed(name: &'static str, began: Instant, failure: &StepFailure) -> StepReport {
    StepReport {
        name,
        ok: false,
        seconds: began.elapsed().as_secs_f64(),
        bitcoin_tx: None,
        side_tx: None,
        gas: None,
        amount: None,
        note: failure.to_string(),
    }
}

/// Looks at every invariant that can be looked at.
async fn judge(
    stage: &Stage<'_>,
    reclaimed: Option<&ReclaimedDeposit>,
    minted: Option<&MintedDeposit>,
    paid: Option<&PaidRedemption>,
) -> Vec<InvariantReport> {
    let unknown = |id| move |failure: StepFailure| InvariantReport::unknown(id, &failure);
    let mut found = vec![invariants::covered(stage).await.unwrap_or_else(unknown("I1"))];
    if let (Some(reclaimed), Some(minted)) = (reclaimed, minted) {
        let once = invariants::minted_once(stage, minted).await;
        found.push(once.unwrap_or_else(unknown("I2")));
        if let Some(paid) = paid {
            let once = invariants::paid_once(stage, paid).await;
            found.push(once.unwrap_or_else(unknown("I3")));
        }
        let either = invariants::minted_or_reclaimed(stage, reclaimed, minted).await;
        found.push(either.unwrap_or_else(unknown("I4")));
    }
    found
}
