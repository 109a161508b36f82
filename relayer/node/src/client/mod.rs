//! The user's side: everything that `farbank peg-in`, `peg-out`, `reserves`, `status` and `keys` do,
//! without a word printed.
//!
//! Believes no relayer. Bitcoin is what the user's own node says, the side chain what the contract
//! answers. Time and randomness are arguments.

pub mod error;
pub mod key;
pub mod peg_in;
pub mod peg_out;
pub mod refusal;
pub mod relayer;
pub mod reserves;
pub mod side_chain;
pub mod status;
pub mod wallet;

pub use farbank_transport::file;

use bitcoin::Network;
use serde::Serialize;

use crate::adapters::bitcoin::{BitcoindError, BitcoindNetwork};

/// A Bitcoin node serves another network than the one that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused", rename = "WrongNetwork")]
#[error("the Bitcoin node serves {found}, expected {expected}; use a node of that network")]
pub struct WrongNetwork {
    /// The network that is needed.
    pub expected: Network,
    /// The node's.
    pub found: Network,
}

/// Asks a node for its version and network.
///
/// # Errors
/// A fault of the node; another network is the inner refusal.
pub async fn check_network(
    node: &BitcoindNetwork,
    network: Network,
) -> Result<Result<(), WrongNetwork>, BitcoindError> {
    match node.check(network).await {
        Ok(_) => Ok(Ok(())),
        Err(BitcoindError::WrongNetwork { expected, actual, .. }) => {
            Ok(Err(WrongNetwork { expected, found: actual }))
        }
        Err(error) => Err(error),
    }
}
