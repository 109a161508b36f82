//! Refusals for deposits.

use bitcoin::{OutPoint, XOnlyPublicKey};
use farbank_types::BitcoinHeight;
use serde::{Deserialize, Serialize};

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
