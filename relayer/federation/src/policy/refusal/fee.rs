//! Refusals for fees.

use bitcoin::amount::serde::as_sat;
use bitcoin::Amount;
use serde::{Deserialize, Serialize};

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
