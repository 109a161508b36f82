//! Why an attester does not sign: a name with values for every rule.

use core::time::Duration;

use bitcoin::amount::serde::as_sat;
use bitcoin::{Amount, OutPoint, Txid, Weight, XOnlyPublicKey};
use farbank_types::{BitcoinHeight, UnixTime, B256};
use serde::{Deserialize, Serialize};

use crate::custody::{RedemptionId, ShapeRefusal, MAX_CHILD_WEIGHT};

/// Why an attester does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PolicyRefusal {
    /// The attester cannot judge now, or not with this anchor.
    #[error(transparent)]
    View(#[from] ViewRefusal),
    /// Not a custody transaction.
    #[error(transparent)]
    Shape(#[from] ShapeRefusal),
    /// Its place after the proven custody outpoint.
    #[error(transparent)]
    Lineage(#[from] LineageRefusal),
    /// Its payouts.
    #[error(transparent)]
    Payout(#[from] PayoutRefusal),
    /// Its deposits.
    #[error(transparent)]
    Deposit(#[from] DepositRefusal),
    /// Its fee.
    #[error(transparent)]
    Fee(#[from] FeeRefusal),
}

impl PolicyRefusal {
    /// Returns the refusal's name, such as `AncestorPays`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::View(refusal) => refusal.into(),
            Self::Shape(refusal) => refusal.into(),
            Self::Lineage(refusal) => refusal.into(),
            Self::Payout(refusal) => refusal.into(),
            Self::Deposit(refusal) => refusal.into(),
            Self::Fee(refusal) => refusal.into(),
        }
    }
}

/// The attester cannot judge now, or not with this anchor.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum ViewRefusal {
    /// The operator's own brake.
    #[error("this attester's operator stopped signing")]
    Paused,
    /// The view is of another chain than the deployment's.
    #[error("the side chain starts from {found}, the deployment from {expected}")]
    WrongGenesis {
        /// Genesis of the view.
        found: B256,
        /// Genesis of the deployment.
        expected: B256,
    },
    /// The newest final block is too old.
    #[error("this attester's side chain is final up to time {newest}, older than {limit:?}")]
    StaleSideChain {
        /// Time of the newest final block.
        newest: UnixTime,
        /// Greatest age.
        limit: Duration,
    },
    /// The tip of the Bitcoin chain is too old.
    #[error("this attester's Bitcoin tip is of time {tip}, older than {limit:?}")]
    StaleBitcoin {
        /// Time of the tip.
        tip: UnixTime,
        /// Greatest age.
        limit: Duration,
    },
    /// The anchor is no block of the attester's side chain.
    #[error("the anchor {anchor} is no block of this attester's side chain")]
    WrongAnchor {
        /// Hash that the transaction names.
        anchor: B256,
    },
    /// The anchor is not final yet.
    #[error("the anchor {anchor} is not final for this attester yet; propose again soon")]
    UnfinalAnchor {
        /// Hash that the transaction names.
        anchor: B256,
    },
    /// The anchor is too old.
    #[error(
        "the anchor is of time {anchor}, more than {limit:?} before the final state's {state}"
    )]
    StaleAnchor {
        /// Time of the anchor's block.
        anchor: UnixTime,
        /// Time of the judged state.
        state: UnixTime,
        /// Greatest age.
        limit: Duration,
    },
}

/// The transaction's place after the proven custody outpoint.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum LineageRefusal {
    /// The contract holds no custody for proven, after a spend that was none of ours.
    #[error(
        "the contract has no proven custody output; it was spent by a transaction not of the shape"
    )]
    NoCustody,
    /// Input 0 is an output of a known transaction that is not its custody output.
    #[error("input 0 spends {found}, the custody output is {expected}")]
    WrongCustodyInput {
        /// What input 0 spends.
        found: OutPoint,
        /// The custody output of the same transaction.
        expected: OutPoint,
    },
    /// The line back to the proven outpoint leaves what this attester signed itself.
    #[error("{outpoint} is neither the proven custody output {proven} nor one that this attester signed")]
    UnknownParent {
        /// Where the line breaks off.
        outpoint: OutPoint,
        /// The proven custody output.
        proven: OutPoint,
    },
    /// More ancestors are unproven than the limit.
    #[error("more than {limit} ancestors are not proven on the side chain; prove them first")]
    TooManyUnproven {
        /// Most ancestors.
        limit: usize,
    },
    /// More than one ancestor is unconfirmed: version 3 allows one parent (BIP-0431).
    #[error("{found} ancestors are unconfirmed, one is the most that is relayed")]
    TooManyUnconfirmed {
        /// Unconfirmed ancestors.
        found: usize,
    },
    /// A child of an unconfirmed transaction is too large (BIP-0431).
    #[error("signed it weighs {weight}, a child of an unconfirmed one at most {MAX_CHILD_WEIGHT}")]
    ChildTooLarge {
        /// Weight of the signed form.
        weight: Weight,
    },
    /// An ancestor pays the redemption already: the rule against paying twice.
    #[error("redemption {id} is paid by the ancestor {ancestor} already")]
    AncestorPays {
        /// The redemption.
        id: RedemptionId,
        /// The ancestor.
        ancestor: Txid,
    },
    /// An ancestor spends the deposit already.
    #[error("deposit {outpoint} is spent by the ancestor {ancestor} already")]
    AncestorSpends {
        /// The deposit.
        outpoint: OutPoint,
        /// The ancestor.
        ancestor: Txid,
    },
    /// The custody output pays another key than the current or the registered, usable next one.
    #[error("the custody output pays {found}, which may not hold custody now")]
    WrongCustodyOutput {
        /// The key that it pays.
        found: XOnlyPublicKey,
    },
}

/// The transaction's payouts.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum PayoutRefusal {
    /// The contract never gives this id.
    #[error("redemption {id} cannot exist; ids count from 1")]
    UnknownRedemption {
        /// The redemption.
        id: RedemptionId,
    },
    /// Not requested in the final state.
    #[error("redemption {id} is not in the final state, which knows {count}; wait for finality")]
    RedemptionNotFinal {
        /// The redemption.
        id: RedemptionId,
        /// Newest redemption of the final state.
        count: u64,
    },
    /// Requested, and not owed any more.
    #[error("redemption {id} is proven paid")]
    RedemptionAlreadyPaid {
        /// The redemption.
        id: RedemptionId,
    },
    /// Its fields are not what the contract committed to.
    #[error("redemption {id} has the commitment {found}, the contract holds {expected}")]
    RedemptionMismatch {
        /// The redemption.
        id: RedemptionId,
        /// Commitment of the fields in the request.
        found: B256,
        /// Commitment in the contract.
        expected: B256,
    },
    /// Above this attester's limit.
    #[error("redemption {id} of {amount} is above this attester's limit of {limit}")]
    RedemptionTooLarge {
        /// The redemption.
        id: RedemptionId,
        /// Its amount.
        #[serde(with = "as_sat")]
        amount: Amount,
        /// The limit.
        #[serde(with = "as_sat")]
        limit: Amount,
    },
    /// Redemptions do not ascend, or one is there twice.
    #[error("redemption {id} does not come after the one before it")]
    RedemptionOrder {
        /// The redemption.
        id: RedemptionId,
    },
    /// There is a payout without redemption.
    #[error("output {output} pays no redemption of the request")]
    ExtraOutput {
        /// Place of the output.
        output: usize,
    },
    /// There is a redemption without payout.
    #[error("redemption {id} has no payout")]
    MissingPayout {
        /// The redemption.
        id: RedemptionId,
    },
    /// The anchor's output does not name the redemptions.
    #[error("the transaction names the ids' hash {found}, its redemptions have {expected}")]
    WrongIds {
        /// Hash in the transaction.
        found: B256,
        /// Hash of the redemptions' ids.
        expected: B256,
    },
    /// The payout's script is not the redemption's, or of no supported kind.
    #[error("the payout of redemption {id} does not have its script")]
    WrongScript {
        /// The redemption.
        id: RedemptionId,
    },
    /// The payout stays below the amount by more than the greatest fee, or is dust.
    #[error("redemption {id} is paid {value}, at least {least} are due")]
    PayoutTooSmall {
        /// The redemption.
        id: RedemptionId,
        /// The payout.
        #[serde(with = "as_sat")]
        value: Amount,
        /// Amount less greatest fee, or the script's dust limit.
        #[serde(with = "as_sat")]
        least: Amount,
    },
    /// The payout is above the amount owed.
    #[error("redemption {id} is paid {value}, {amount} are owed")]
    PayoutTooLarge {
        /// The redemption.
        id: RedemptionId,
        /// The payout.
        #[serde(with = "as_sat")]
        value: Amount,
        /// The amount owed.
        #[serde(with = "as_sat")]
        amount: Amount,
    },
    /// Together with what was signed within the window it is above the cap.
    #[error("{paying} on top of the {used} paid within the window are above the cap of {cap}")]
    PayoutCapExceeded {
        /// Sum of the payouts.
        #[serde(with = "as_sat")]
        paying: Amount,
        /// Sum signed within the window, of conflicting transactions the greatest.
        #[serde(with = "as_sat")]
        used: Amount,
        /// The cap.
        #[serde(with = "as_sat")]
        cap: Amount,
    },
}

/// The transaction's deposits.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum DepositRefusal {
    /// Not one description for each input from the second on.
    #[error("{found} deposits are described, the transaction spends {inputs}")]
    DepositCount {
        /// Inputs from the second on.
        inputs: usize,
        /// Descriptions in the request.
        found: usize,
    },
    /// Not minted in the final state.
    #[error("{outpoint} is no deposit that is minted in the final state")]
    DepositNotMinted {
        /// The input.
        outpoint: OutPoint,
    },
    /// Swept already.
    #[error("deposit {outpoint} is proven swept")]
    DepositAlreadySwept {
        /// The deposit.
        outpoint: OutPoint,
    },
    /// Taken out of the backing.
    #[error("deposit {outpoint} is disowned")]
    DepositDisowned {
        /// The deposit.
        outpoint: OutPoint,
    },
    /// Its block is not in the attester's own best chain.
    #[error(
        "the block of deposit {outpoint} at height {height} is not in this attester's best chain"
    )]
    DepositNotInBestChain {
        /// The deposit.
        outpoint: OutPoint,
        /// Height that the contract recorded.
        height: BitcoinHeight,
    },
    /// Described with a key that is neither the federation's current nor its previous one.
    #[error("deposit {outpoint} is described with the key {key}, which is not the federation's")]
    UnknownDepositKey {
        /// The deposit.
        outpoint: OutPoint,
        /// The key.
        key: XOnlyPublicKey,
    },
}

/// The transaction's fee.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum FeeRefusal {
    /// Pays nobody, sweeps nothing, moves to no other key and helps no unconfirmed parent.
    #[error("the transaction would only spend a fee")]
    NoPurpose,
    /// The outputs are worth more than the inputs.
    #[error("outputs of {outputs} are above the inputs of {inputs}")]
    Overdrawn {
        /// Sum of the inputs, as the contract and the own log have them.
        #[serde(with = "as_sat")]
        inputs: Amount,
        /// Sum of the outputs.
        #[serde(with = "as_sat")]
        outputs: Amount,
    },
    /// The custody output would not be relayed.
    #[error("a custody output of {value} is below its dust limit of {dust}")]
    DustCustody {
        /// Its value.
        #[serde(with = "as_sat")]
        value: Amount,
        /// The limit.
        #[serde(with = "as_sat")]
        dust: Amount,
    },
    /// Below the least fee rate.
    #[error("a fee of {fee} is below the least of {least} for this weight")]
    FeeTooLow {
        /// The fee.
        #[serde(with = "as_sat")]
        fee: Amount,
        /// Least fee for the weight.
        #[serde(with = "as_sat")]
        least: Amount,
    },
    /// Above the greatest fee rate.
    #[error("a fee of {fee} is above the greatest of {most} for this weight")]
    FeeRateTooHigh {
        /// The fee.
        #[serde(with = "as_sat")]
        fee: Amount,
        /// Greatest fee for the weight.
        #[serde(with = "as_sat")]
        most: Amount,
    },
    /// More than the reserve and the payouts' shares, summed back to the proven outpoint.
    #[error("fees of {fee} back to the proven outpoint are above reserve and shares of {most}")]
    FeeTooHigh {
        /// Sum of the fees.
        #[serde(with = "as_sat")]
        fee: Amount,
        /// Fee reserve and what the payouts stay below the amounts owed.
        #[serde(with = "as_sat")]
        most: Amount,
    },
}
