//! Refusals for payouts.

use bitcoin::amount::serde::as_sat;
use bitcoin::Amount;
use farbank_types::B256;
use serde::{Deserialize, Serialize};

use crate::custody::RedemptionId;

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
