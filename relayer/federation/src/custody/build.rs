//! Putting a custody transaction together: the relayer's side.

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, OutPoint, ScriptBuf, Transaction, TxIn, TxOut, Weight, Witness, XOnlyPublicKey,
};
use farbank_types::B256;

use super::redemption::{ids_hash, Redemption, RedemptionId};
use super::request::{DepositInput, SigningRequest};
use super::script::{anchor_script, custody_script, payout_dust};
use super::shape::{input_order, signed_weight, CustodyOutput, CUSTODY_SEQUENCE, MAX_WEIGHT};

/// A deposit to sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedDeposit {
    /// Where it is.
    pub outpoint: OutPoint,
    /// What it holds.
    pub value: Amount,
    /// What signing it needs.
    pub input: DepositInput,
}

/// A redemption to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPayout {
    /// The redemption.
    pub redemption: Redemption,
    /// Its share of the fee: how much the payout stays below the amount owed.
    pub fee_share: Amount,
}

/// Everything that determines a custody transaction. Payouts and deposits may come in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyPlan {
    /// The custody output to spend.
    pub custody: CustodyOutput,
    /// Deposits to sweep.
    pub deposits: Vec<PlannedDeposit>,
    /// Redemptions to pay.
    pub payouts: Vec<PlannedPayout>,
    /// Key of the new custody output.
    pub key: XOnlyPublicKey,
    /// Hash of a final block of the side chain.
    pub anchor: B256,
    /// The whole fee; what the shares do not cover comes from custody.
    pub fee: Amount,
}

/// A plan that gives no custody transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildRefusal {
    /// Nobody can be paid with such a script.
    #[error("redemption {id} asks for a script of an unsupported kind; leave it out")]
    UnsupportedScript {
        /// The redemption.
        id: RedemptionId,
    },
    /// More than the requester agreed to.
    #[error("the fee share {share} of redemption {id} is above its greatest fee {max_fee}")]
    FeeShareTooHigh {
        /// The redemption.
        id: RedemptionId,
        /// Share that was planned.
        share: Amount,
        /// Greatest fee of the redemption.
        max_fee: Amount,
    },
    /// Too little would be left.
    #[error("redemption {id} would be paid {value}, below its dust limit of {dust}")]
    DustPayout {
        /// The redemption.
        id: RedemptionId,
        /// Value of the payout.
        value: Amount,
        /// Least value of its script.
        dust: Amount,
    },
    /// A redemption is there twice.
    #[error("redemption {id} is planned twice")]
    DuplicateRedemption {
        /// The redemption.
        id: RedemptionId,
    },
    /// An outpoint is there twice.
    #[error("outpoint {outpoint} is planned twice")]
    DuplicateInput {
        /// The outpoint.
        outpoint: OutPoint,
    },
    /// The inputs do not cover payouts, fee and a custody output above dust.
    #[error("inputs of {inputs} do not cover outputs and fee of {needed}")]
    Overdrawn {
        /// Sum of the inputs.
        inputs: Amount,
        /// Payouts, fee and the least custody output.
        needed: Amount,
    },
    /// More than [`MAX_WEIGHT`].
    #[error("signed it would weigh {weight}, at most {MAX_WEIGHT} are relayed; plan fewer parts")]
    TooLarge {
        /// Weight of the signed form.
        weight: Weight,
    },
}

impl CustodyPlan {
    /// Returns the weight of the signed transaction, whatever fee and shares are.
    #[must_use]
    pub fn signed_weight(&self) -> Weight {
        signed_weight(&self.transaction(|_| Amount::ZERO, Amount::ZERO))
    }

    /// Builds the transaction and what attesters need beside it.
    ///
    /// # Errors
    /// [`BuildRefusal`].
    pub fn build(mut self) -> Result<SigningRequest, BuildRefusal> {
        self.payouts.sort_by_key(|payout| payout.redemption.id);
        self.deposits.sort_by_key(|deposit| input_order(&deposit.outpoint));
        self.check_parts()?;
        let value = self.custody_value()?;
        let transaction = self.transaction(PlannedPayout::value, value);
        let weight = signed_weight(&transaction);
        if weight > MAX_WEIGHT {
            return Err(BuildRefusal::TooLarge { weight });
        }
        Ok(SigningRequest {
            transaction,
            redemptions: self.payouts.into_iter().map(|payout| payout.redemption).collect(),
            deposits: self.deposits.into_iter().map(|deposit| deposit.input).collect(),
        })
    }

    fn check_parts(&self) -> Result<(), BuildRefusal> {
        for pair in self.payouts.windows(2) {
            if pair[0].redemption.id == pair[1].redemption.id {
                return Err(BuildRefusal::DuplicateRedemption { id: pair[0].redemption.id });
            }
        }
        let mut before = None;
        for outpoint in self.deposits.iter().map(|deposit| deposit.outpoint) {
            if outpoint == self.custody.outpoint || before == Some(outpoint) {
                return Err(BuildRefusal::DuplicateInput { outpoint });
            }
            before = Some(outpoint);
        }
        for payout in &self.payouts {
            let Redemption { id, max_fee, ref script, .. } = payout.redemption;
            let dust = payout_dust(script).ok_or(BuildRefusal::UnsupportedScript { id })?;
            if payout.fee_share > max_fee {
                let share = payout.fee_share;
                return Err(BuildRefusal::FeeShareTooHigh { id, share, max_fee });
            }
            let value = payout.value();
            if value < dust {
                return Err(BuildRefusal::DustPayout { id, value, dust });
            }
        }
        Ok(())
    }

    fn custody_value(&self) -> Result<Amount, BuildRefusal> {
        let least = custody_script(self.key).minimal_non_dust();
        let inputs = sum(self.deposits.iter().map(|d| d.value).chain([self.custody.value]));
        let spent = sum(self.payouts.iter().map(PlannedPayout::value).chain([self.fee]));
        let needed = sum([spent, least]);
        inputs
            .checked_sub(spent)
            .filter(|rest| *rest >= least)
            .ok_or(BuildRefusal::Overdrawn { inputs, needed })
    }

    fn transaction(&self, value: impl Fn(&PlannedPayout) -> Amount, rest: Amount) -> Transaction {
        let outpoints = self.deposits.iter().map(|deposit| deposit.outpoint);
        let input = core::iter::once(self.custody.outpoint).chain(outpoints).map(|outpoint| TxIn {
            previous_output: outpoint,
            script_sig: ScriptBuf::new(),
            sequence: CUSTODY_SEQUENCE,
            witness: Witness::new(),
        });
        let payouts = self.payouts.iter().map(|payout| TxOut {
            value: value(payout),
            script_pubkey: payout.redemption.script.clone(),
        });
        let ids = ids_hash(self.payouts.iter().map(|payout| payout.redemption.id));
        let custody = TxOut { value: rest, script_pubkey: custody_script(self.key) };
        let anchor = TxOut { value: Amount::ZERO, script_pubkey: anchor_script(self.anchor, ids) };
        Transaction {
            version: Version(3),
            lock_time: LockTime::ZERO,
            input: input.collect(),
            output: payouts.chain([custody, anchor]).collect(),
        }
    }
}

impl PlannedPayout {
    /// Returns what the payout is worth.
    #[must_use]
    pub fn value(&self) -> Amount {
        self.redemption.amount.checked_sub(self.fee_share).unwrap_or(Amount::ZERO)
    }
}

/// Sums that saturate: all the bitcoin there are fit many times over, so only made-up amounts do.
fn sum(amounts: impl IntoIterator<Item = Amount>) -> Amount {
    amounts
        .into_iter()
        .fold(Amount::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(Amount::MAX))
}
