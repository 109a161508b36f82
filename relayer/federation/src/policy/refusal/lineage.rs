//! Refusals for a transaction's place after the proven custody outpoint.

use bitcoin::{OutPoint, Txid, Weight, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use crate::custody::{RedemptionId, MAX_CHILD_WEIGHT};

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
