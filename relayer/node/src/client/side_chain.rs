//! The bridge on the side chain, compared with what `deployment.json` says of it.

use farbank_contracts::{
    BlockAt, ConnectError, DeploymentMismatch, Fault, NodeConnectError, SideChainClient,
};
use farbank_types::bitcoin::BlockHash;
use farbank_types::{Deployment, EvmAddress, SegmentIndex, B256};
use serde::Serialize;

use super::error::ClientError;

/// The chain holds something else than the deployment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum DeploymentRejection {
    /// Another chain.
    #[error("the side-chain node serves chain {found}, expected {expected}; correct its address")]
    WrongChain {
        /// Chain id of the deployment.
        expected: u64,
        /// Chain id of the node.
        found: u64,
    },
    /// No contract there.
    #[error("there is no contract at {address}; is this the side chain of the deployment?")]
    NoCode {
        /// Where one was expected.
        address: EvmAddress,
    },
    /// Another bridge.
    #[error(
        "the bridge has the instance {found}, expected {expected}; get its own deployment.json"
    )]
    WrongInstance {
        /// Instance of the deployment.
        expected: B256,
        /// Instance of the contract.
        found: B256,
    },
    /// Another token.
    #[error(
        "the bridge mints the token {found}, expected {expected}; get its own deployment.json"
    )]
    WrongToken {
        /// Token of the deployment.
        expected: EvmAddress,
        /// Token of the contract.
        found: EvmAddress,
    },
    /// The key or the parameters are others: addresses made from the file would be worthless, or
    /// someone else's.
    #[error("deployment.json and the contract differ in {what}; do not use this file")]
    ForeignTerms {
        /// In what they differ.
        what: &'static str,
    },
}

/// Connects to the deployment's side chain and compares chain id, code, instance, token, federation
/// key and parameters.
///
/// # Errors
/// [`DeploymentRejection`], or a fault of the node.
pub async fn connect(
    deployment: &Deployment,
) -> Result<SideChainClient, ClientError<DeploymentRejection>> {
    let client = SideChainClient::connect(deployment).await.map_err(refuse)?;
    let found = client.parameters(BlockAt::Latest).await?;
    for (equal, what) in [
        (found.federation_key == deployment.federation_key.x_only, "the federation key"),
        (found.parameters == deployment.parameters, "the parameters"),
    ] {
        if !equal {
            return Err(ClientError::Refused(DeploymentRejection::ForeignTerms { what }));
        }
    }
    Ok(client)
}

fn refuse(error: ConnectError) -> ClientError<DeploymentRejection> {
    let rejection = match error {
        ConnectError::Node(NodeConnectError::Fault(fault)) => return fault.into(),
        ConnectError::Node(NodeConnectError::WrongChain { expected, found }) => {
            DeploymentRejection::WrongChain { expected: expected.get(), found: found.get() }
        }
        ConnectError::Mismatch(DeploymentMismatch::NoCode { address }) => {
            DeploymentRejection::NoCode { address }
        }
        ConnectError::Mismatch(DeploymentMismatch::WrongInstance { expected, found }) => {
            DeploymentRejection::WrongInstance { expected, found }
        }
        ConnectError::Mismatch(DeploymentMismatch::WrongToken { expected, found }) => {
            DeploymentRejection::WrongToken { expected, found }
        }
        ConnectError::Node(_) | ConnectError::Mismatch(_) | _ => {
            DeploymentRejection::ForeignTerms { what: "a way that this program does not know" }
        }
    };
    ClientError::Refused(rejection)
}

/// Returns the hash of the contract's newest header.
///
/// # Errors
/// A fault of the node.
pub async fn tip_hash(
    client: &SideChainClient,
    newest: SegmentIndex,
    at: BlockAt,
) -> Result<Option<BlockHash>, Fault> {
    Ok(client.segment(newest, at).await?.map(|segment| segment.preimage.tip_hash()))
}
