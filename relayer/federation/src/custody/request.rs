//! What a relayer asks an attester to sign. Nothing in it is believed.

use bitcoin::taproot::TapLeafHash;
use bitcoin::{Transaction, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use super::redemption::Redemption;

/// How a deposit's output is made of the federation's key: what signing it needs beside its outpoint.
///
/// A wrong one gives a signature that no node accepts, and harms nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositInput {
    /// Internal key of the output: the federation's key of the deposit's time.
    pub federation_key: XOnlyPublicKey,
    /// Hash of its one leaf, the depositor's reclaim (BIP-0341), which is the tree's root as well.
    pub leaf_hash: TapLeafHash,
}

/// A proposal: a custody transaction and what belongs to its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningRequest {
    /// The transaction; witnesses are ignored.
    pub transaction: Transaction,
    /// The redemptions paid, in the order of the payouts.
    pub redemptions: Vec<Redemption>,
    /// One for each input from the second on, in their order.
    pub deposits: Vec<DepositInput>,
}
