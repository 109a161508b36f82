//! Which redemptions and deposits the next custody transaction takes, and who pays for it.
//!
//! Redemptions go by id, the oldest first. Each pays for its own output and an equal part of what the
//! transaction weighs anyway; deposits' inputs are paid from the fee reserve. A redemption whose max
//! fee is below its share waits: it is passed over, and blocks nobody.

use bitcoin::{Amount, FeeRate, TxOut, Weight, XOnlyPublicKey};
use farbank_federation::custody::{
    payout_dust, CustodyPlan, PlannedDeposit, PlannedPayout, Redemption, RedemptionId, SpentOutput,
    MAX_WEIGHT,
};

use super::context::{CustodyContext, CustodyLook, SweepCandidate};
use super::duties::Proposal;
use crate::peg_out::QueueCause;

/// A replacement pays at least this much more per weight: nodes ask for more than before, miners for
/// a reason. As a fraction, 5/4.
const BUMP: (u64, u64) = (5, 4);
/// What nodes ask a replacement to pay for its own relay (BIP-0125, rule 4).
const INCREMENTAL: FeeRate = FeeRate::BROADCAST_MIN;
/// Weight of a key-path input beyond the first: outpoint, sequence, empty script, signature.
const INPUT_WEIGHT: Weight = Weight::from_wu(230);

/// What the attempt to be replaced pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its fee.
    pub fee: Amount,
    /// Its weight.
    pub weight: Weight,
}

/// What could be done now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The transaction, when there is anything for it to do.
    pub proposal: Option<Box<Proposal>>,
    /// Whether it takes as many payouts as fit.
    pub is_full: bool,
    /// Whether it pays anybody.
    pub pays: bool,
    /// Redemptions that have to wait, and why.
    pub passed: Vec<(RedemptionId, QueueCause)>,
}

/// Plans the next custody transaction on top of the proven one, or one that replaces an attempt.
///
/// The plan is empty when there is nothing to do, and when what there is cannot be paid for.
#[must_use]
pub fn plan(context: &CustodyContext<'_>, look: &CustodyLook, replaced: Option<Replaced>) -> Plan {
    let Some(custody) = look.finalized.output else { return Plan::default() };
    let Some(rate) = rate(context, replaced) else { return Plan::default() };
    let frame = CustodyPlan {
        custody,
        deposits: Vec::new(),
        payouts: Vec::new(),
        key: look.key,
        anchor: look.anchor,
        fee: Amount::ZERO,
    };
    let overhead = frame.signed_weight();
    let batch = Batch { context, rate, overhead, key: custody.key };
    let deposits = batch.sweeps();
    let (payouts, passed, is_full) = batch.payouts(deposits.len());
    let pays = !payouts.is_empty();
    let due = deposits.iter().any(|deposit| context.is_sweep_due(deposit));
    let rotates = look.key != custody.key;
    let empty = Plan { is_full, pays, passed, ..Plan::default() };
    if !pays && !due && !rotates {
        return empty;
    }
    let covered = payouts.iter().try_fold(Amount::ZERO, |sum, p| sum.checked_add(p.fee_share));
    let (Some(covered), Some(fee)) = (covered, batch.fee(&payouts, deposits.len())) else {
        return empty;
    };
    let from_reserve = fee.checked_sub(covered).unwrap_or(Amount::ZERO);
    if from_reserve > context.parameters.fee_reserve || !pays_more(fee, &frame, replaced) {
        return empty;
    }
    Plan { proposal: build(frame, payouts, &deposits, fee), ..empty }
}

/// Returns the rate to pay: the node's within the bound, and enough more than what is replaced.
fn rate(context: &CustodyContext<'_>, replaced: Option<Replaced>) -> Option<FeeRate> {
    let bound = context.parameters.max_fee_rate;
    let wanted = context.fee_rate.max(FeeRate::BROADCAST_MIN).min(bound);
    let Some(Replaced { fee, weight }) = replaced else { return Some(wanted) };
    // sat * 1000 / wu, rounded up, is the rate in sat/kwu.
    let old = fee.to_sat().checked_mul(1_000)?.div_ceil(weight.to_wu().max(1));
    let bumped = old.checked_mul(BUMP.0)?.div_ceil(BUMP.1);
    let enough = bumped.max(old.checked_add(INCREMENTAL.to_sat_per_kwu())?);
    let least = FeeRate::from_sat_per_kwu(enough);
    (least <= bound).then(|| wanted.max(least))
}

/// A replacement with fewer payouts weighs less, and has to pay more than the whole attempt even so.
fn pays_more(fee: Amount, frame: &CustodyPlan, replaced: Option<Replaced>) -> bool {
    replaced.is_none_or(|Replaced { fee: old, .. }| {
        let own = INCREMENTAL.fee_wu(frame.signed_weight()).unwrap_or(Amount::MAX);
        old.checked_add(own).is_some_and(|least| fee >= least)
    })
}

struct Batch<'a> {
    context: &'a CustodyContext<'a>,
    rate: FeeRate,
    /// Weight without payouts and deposits.
    overhead: Weight,
    /// Key of the custody output that is spent.
    key: XOnlyPublicKey,
}

impl Batch<'_> {
    /// Returns the deposits to sweep: the oldest, as many as the reserve can pay for. One session
    /// signs for one key, so a deposit to another one has to wait.
    fn sweeps(&self) -> Vec<SweepCandidate> {
        let each = self.rate.fee_wu(INPUT_WEIGHT).unwrap_or(Amount::MAX).to_sat().max(1);
        // Without payouts the reserve pays for everything else too.
        let alone = self.rate.fee_wu(self.overhead).unwrap_or(Amount::MAX);
        let reserve = self.context.parameters.fee_reserve;
        let rest = reserve.checked_sub(alone).unwrap_or(Amount::ZERO).to_sat();
        let affordable = usize::try_from(rest / each).unwrap_or(usize::MAX);
        let most = self.context.parameters.max_sweeps.min(affordable);
        let own = |deposit: &&SweepCandidate| deposit.input.federation_key == self.key;
        self.context.deposits.iter().filter(own).take(most).copied().collect()
    }

    /// Returns payouts that all can bear their share, with those passed over. A share only grows as
    /// redemptions are passed over, so none that was is looked at again.
    fn payouts(
        &self,
        sweeps: usize,
    ) -> (Vec<PlannedPayout>, Vec<(RedemptionId, QueueCause)>, bool) {
        let mut open: Vec<&Redemption> = self.context.redemptions.iter().collect();
        let mut passed = Vec::new();
        loop {
            let count = self.fitting(&open, sweeps);
            let (mut kept, before) = (Vec::with_capacity(open.len()), open.len());
            for redemption in open {
                match self.bears(redemption, count) {
                    Ok(_) => kept.push(redemption),
                    Err(cause) => passed.push((redemption.id, cause)),
                }
            }
            if kept.len() == before {
                let is_full = count < kept.len() || count >= self.context.parameters.max_payouts;
                let payouts = kept.into_iter().take(count).filter_map(|redemption| {
                    let fee_share = self.bears(redemption, count).ok()?;
                    Some(PlannedPayout { redemption: redemption.clone(), fee_share })
                });
                return (payouts.collect(), passed, is_full);
            }
            open = kept;
        }
    }

    /// Returns how many of the first redemptions fit one transaction.
    fn fitting(&self, open: &[&Redemption], sweeps: usize) -> usize {
        let mut weight = self.weight_with(sweeps);
        let mut count = 0;
        for redemption in open.iter().take(self.context.parameters.max_payouts) {
            weight = sum(weight, output_weight(redemption));
            if weight > MAX_WEIGHT {
                break;
            }
            count += 1;
        }
        count
    }

    fn weight_with(&self, sweeps: usize) -> Weight {
        let inputs = u64::try_from(sweeps).unwrap_or(u64::MAX);
        sum(self.overhead, INPUT_WEIGHT.checked_mul(inputs).unwrap_or(Weight::MAX))
    }

    /// Returns the share of a redemption among `count`, or why it cannot bear it.
    fn bears(&self, redemption: &Redemption, count: usize) -> Result<Amount, QueueCause> {
        let needed = self.share(redemption, count);
        if needed > redemption.max_fee {
            return Err(QueueCause::MaxFeeTooLow { needed });
        }
        let rest = redemption.amount.checked_sub(needed).unwrap_or(Amount::ZERO);
        match payout_dust(&redemption.script) {
            Some(dust) if rest >= dust => Ok(needed),
            Some(_) | None => Err(QueueCause::FeeLeavesDust { needed }),
        }
    }

    /// Its own output, and an equal part of the overhead, each rounded up.
    fn share(&self, redemption: &Redemption, count: usize) -> Amount {
        let fee = |weight| self.rate.fee_wu(weight).unwrap_or(Amount::MAX);
        let parts = u64::try_from(count.max(1)).unwrap_or(u64::MAX);
        let part = Amount::from_sat(fee(self.overhead).to_sat().div_ceil(parts));
        fee(output_weight(redemption)).checked_add(part).unwrap_or(Amount::MAX)
    }

    /// Returns the whole fee: the shares and the deposits' inputs, or without shares the overhead.
    fn fee(&self, payouts: &[PlannedPayout], sweeps: usize) -> Option<Amount> {
        let inputs = INPUT_WEIGHT.checked_mul(u64::try_from(sweeps).ok()?)?;
        let start = match payouts {
            [] => self.rate.fee_wu(self.overhead.checked_add(inputs)?)?,
            [_, ..] => self.rate.fee_wu(inputs)?,
        };
        payouts.iter().try_fold(start, |fee, payout| fee.checked_add(payout.fee_share))
    }
}

fn output_weight(redemption: &Redemption) -> Weight {
    TxOut { value: Amount::ZERO, script_pubkey: redemption.script.clone() }.weight()
}

fn sum(left: Weight, right: Weight) -> Weight {
    left.checked_add(right).unwrap_or(Weight::MAX)
}

fn build(
    frame: CustodyPlan,
    payouts: Vec<PlannedPayout>,
    deposits: &[SweepCandidate],
    fee: Amount,
) -> Option<Box<Proposal>> {
    let planned = |deposit: &SweepCandidate| PlannedDeposit {
        outpoint: deposit.outpoint,
        value: deposit.value,
        input: deposit.input,
    };
    let custody = frame.custody;
    let filled =
        CustodyPlan { deposits: deposits.iter().map(planned).collect(), payouts, fee, ..frame };
    // What a plan refuses was sorted out before, but for a custody that cannot pay for everything:
    // then no transaction of these parts exists.
    let request = filled.build().ok()?;
    let mut spent = vec![SpentOutput { value: custody.value, key: custody.key, leaf_hash: None }];
    let outpoints = request.transaction.input.iter().skip(1).map(|input| input.previous_output);
    for (outpoint, input) in outpoints.zip(&request.deposits) {
        let deposit = deposits.iter().find(|deposit| deposit.outpoint == outpoint)?;
        spent.push(SpentOutput {
            value: deposit.value,
            key: input.federation_key,
            leaf_hash: Some(input.leaf_hash),
        });
    }
    Some(Box::new(Proposal { request, spent, fee }))
}
