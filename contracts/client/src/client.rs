//! The read side of one bridge: what its contracts hold, at an explicit block.

mod bridge;
mod events;
mod minted;
mod peg_out;
mod segments;
mod token;

pub use bridge::{
    ContractTip, DeployedParameters, DepositRecord, DepositState, HeaderRules, Reserves,
};
pub use events::{BridgeEvent, LoggedEvent};
pub use minted::MintedLog;

use ethers::abi::{Detokenize, Tokenizable, Tokenize};
use ethers::contract::BaseContract;
use farbank_types::{ContractAddresses, Deployment, EvmAddress, Wei, B256};
use thiserror::Error;

use crate::bindings::{calldata, output, BRIDGE};
use crate::call::{BridgeCalls, Call};
use crate::fault::Fault;
use crate::node::{BlockAt, CallFailure, EvmBlock, NodeConnectError, SideChainNode};
use crate::rpc::RpcConfig;

const CALL: &str = "eth_call";

/// A bridge on a side chain, seen through one node. Cheap to clone.
///
/// Every question names the block that it is about. An answer that is not the canonical encoding of
/// its type is a [`Fault::Contradiction`].
#[derive(Clone, Debug)]
pub struct SideChainClient {
    node: SideChainNode,
    contracts: ContractAddresses,
    instance: B256,
}

/// How a chain differs from what `deployment.json` says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeploymentMismatch {
    /// There is no contract.
    #[error("no contract at {address}; is this the side chain of the deployment?")]
    NoCode {
        /// Where one was expected.
        address: EvmAddress,
    },
    /// The contract is another deployment.
    #[error("bridge has the instance {found}, expected {expected}; get its own deployment.json")]
    WrongInstance {
        /// Instance of the deployment.
        expected: B256,
        /// Instance of the contract.
        found: B256,
    },
    /// The bridge mints another token.
    #[error("bridge mints the token {found}, expected {expected}; get its own deployment.json")]
    WrongToken {
        /// Token of the deployment.
        expected: EvmAddress,
        /// Token of the contract.
        found: EvmAddress,
    },
}

/// Why a bridge cannot be used through a node.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The node does not answer or serves another chain.
    #[error(transparent)]
    Node(#[from] NodeConnectError),
    /// The chain does not hold this deployment.
    #[error(transparent)]
    Mismatch(#[from] DeploymentMismatch),
}

impl From<Fault> for ConnectError {
    fn from(fault: Fault) -> Self {
        Self::Node(fault.into())
    }
}

impl ConnectError {
    /// Tells whether a later attempt may succeed without a change of configuration.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Node(error) => error.is_transient(),
            Self::Mismatch(_) => false,
        }
    }
}

impl SideChainClient {
    /// Connects to the node that the deployment names, with the default bounds.
    ///
    /// # Errors
    ///
    /// As [`SideChainClient::connect_with`].
    pub async fn connect(deployment: &Deployment) -> Result<Self, ConnectError> {
        let config = RpcConfig::new(deployment.side_chain.rpc_url.as_str());
        Self::connect_with(&config, deployment).await
    }

    /// Connects to a node and checks chain id, code, `instance` and token against the deployment.
    ///
    /// # Errors
    ///
    /// When the node does not answer or its chain does not hold the deployment.
    pub async fn connect_with(
        config: &RpcConfig,
        deployment: &Deployment,
    ) -> Result<Self, ConnectError> {
        let node = SideChainNode::connect(config, deployment.side_chain.chain_id).await?;
        Self::attach(node, deployment.contracts, deployment.instance).await
    }

    /// Uses a node that is connected already; the same checks, except the chain id's.
    ///
    /// # Errors
    ///
    /// When the node does not answer or its chain does not hold these contracts.
    pub async fn attach(
        node: SideChainNode,
        contracts: ContractAddresses,
        instance: B256,
    ) -> Result<Self, ConnectError> {
        for address in [contracts.bridge, contracts.token] {
            if node.code_hash(address, BlockAt::Latest).await?.is_none() {
                return Err(DeploymentMismatch::NoCode { address }.into());
            }
        }
        let client = Self { node, contracts, instance };
        let found = client.instance_on_chain(BlockAt::Latest).await?;
        if found != instance {
            return Err(DeploymentMismatch::WrongInstance { expected: instance, found }.into());
        }
        let found = client.token_address(BlockAt::Latest).await?;
        if found != contracts.token {
            let expected = contracts.token;
            return Err(DeploymentMismatch::WrongToken { expected, found }.into());
        }
        Ok(client)
    }

    /// Returns the token of a bridge that is not checked yet.
    pub(crate) async fn token_of(
        node: &SideChainNode,
        bridge: EvmAddress,
        at: BlockAt,
    ) -> Result<EvmAddress, Fault> {
        let EvmBlock { number: deployed_at, .. } = node.block_at(at).await?;
        let contracts = ContractAddresses {
            bridge,
            token: EvmAddress::ZERO,
            governance: EvmAddress::ZERO,
            deployed_at,
        };
        let unchecked = Self { node: node.clone(), contracts, instance: B256::ZERO };
        unchecked.token_address(at).await
    }

    /// Returns the node: blocks, accounts, transactions.
    #[must_use]
    pub const fn node(&self) -> &SideChainNode {
        &self.node
    }

    /// Returns where the contracts are.
    #[must_use]
    pub const fn contracts(&self) -> ContractAddresses {
        self.contracts
    }

    /// Returns the instance that was checked when connecting.
    #[must_use]
    pub const fn instance(&self) -> B256 {
        self.instance
    }

    /// Returns the builder of calls to this bridge.
    #[must_use]
    pub const fn calls(&self) -> BridgeCalls {
        BridgeCalls::new(self.contracts.bridge)
    }

    /// Reads one value from the bridge.
    async fn read<D>(
        &self,
        function: &'static str,
        arguments: impl Tokenize,
        at: BlockAt,
    ) -> Result<D, Fault>
    where
        D: Detokenize + Tokenizable + Clone,
    {
        self.read_from(self.contracts.bridge, &BRIDGE, function, arguments, at).await
    }

    async fn read_from<D>(
        &self,
        address: EvmAddress,
        contract: &BaseContract,
        function: &'static str,
        arguments: impl Tokenize,
        at: BlockAt,
    ) -> Result<D, Fault>
    where
        D: Detokenize + Tokenizable + Clone,
    {
        let data = calldata(contract, function, arguments);
        let call = Call { to: Some(address), data, value: Wei::ZERO };
        let answer = self.node.execute(&call, at).await.map_err(|failure| match failure {
            CallFailure::Fault(fault) => fault,
            CallFailure::Refused(_) => {
                Fault::Contradiction { method: CALL, expected: "a view, which never reverts" }
            }
        })?;
        output(contract, function, &answer).ok_or(Fault::Contradiction {
            method: CALL,
            expected: "the canonical encoding of the function's output",
        })
    }
}

/// Logs that contradict the contract's source.
const INVENTED: Fault =
    Fault::Contradiction { method: "eth_getLogs", expected: "logs as the bridge writes them" };

/// An answer that has the right encoding and an impossible value.
const fn impossible(expected: &'static str) -> Fault {
    Fault::Contradiction { method: CALL, expected }
}
