//! Deploying a bridge onto a pair of chains: the user's own or the devnet's.
//!
//! Decides which header rules hold, what the checkpoint consists of and whether the custody outpoint
//! is what it is said to be, all from the deployer's own Bitcoin node. What the contract demands of
//! its parameters it says itself.

use std::path::PathBuf;

use bitcoin::{Network, OutPoint};
use farbank_contracts::{
    deploy as deploy_contracts, BlockAt, BridgeRefusal, CheckpointArguments, DeployError,
    DeploymentArguments, EvmKey, FeePolicy, HeaderRules, RpcConfig, SideChainNode, SubmitError,
    TransactionSender, Wait,
};
use farbank_federation::custody::custody_script;
use farbank_types::{
    BitcoinEndpoint, BitcoinHeight, BlockCount, BridgeParameters, CheckpointRecord, CustodyRecord,
    Deployment, EvmAddress, EvmBlockNumber, FederationKey, Gas, SideChainEndpoint, SideChainKind,
    UnixTime, B256, DEPLOYMENT_VERSION,
};
use serde::Serialize;

use crate::adapters::bitcoin::{BitcoindError, BitcoindNetwork};
use crate::side_chain_kind::{self, KindError};

/// Blocks on top of the checkpoint and of the custody outpoint, themselves included.
pub const DEPTH: BlockCount = BlockCount::new(6);

/// Predecessors of the checkpoint whose times the contract is initialised with.
const PREDECESSORS: BlockCount = BlockCount::new(10);

/// Blocks of a retarget period.
const PERIOD: u32 = 2_016;

/// What is to be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployRequest {
    /// How clients reach the main chain.
    pub bitcoin_url: String,
    /// Cookie file that goes into `deployment.json`.
    pub cookie_file: Option<PathBuf>,
    /// How clients reach the side chain.
    pub side_chain_url: String,
    /// Its consensus; detected when absent.
    pub side_chain_kind: Option<SideChainKind>,
    /// Where the contract's header chain starts.
    pub checkpoint: BitcoinHeight,
    /// The federation's key.
    pub federation_key: FederationKey,
    /// The seed of the custody.
    pub custody: OutPoint,
    /// Bounds and delays.
    pub parameters: BridgeParameters,
    /// Who changes the guardian and ends pauses; the deployer when absent.
    pub governance: Option<EvmAddress>,
    /// Who may pause minting; the deployer when absent.
    pub guardian: Option<EvmAddress>,
}

/// A bridge that was deployed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// What clients need.
    pub deployment: Deployment,
    /// The transaction that created it.
    pub transaction: B256,
    /// Gas that it used.
    pub gas_used: Gas,
}

/// Why nothing is deployed.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum DeployRejection {
    /// The contract knows no rules for it.
    #[error("the contract has no header rules for {network}; deploy on mainnet or regtest")]
    UnsupportedNetwork {
        /// The Bitcoin node's network.
        network: Network,
    },
    /// Too few blocks lie below.
    #[error("a checkpoint needs {least} blocks below it, {height} has fewer; choose a higher one")]
    CheckpointTooLow {
        /// What was asked for.
        height: BitcoinHeight,
        /// The least height.
        least: BlockCount,
    },
    /// A reorganisation could still remove it.
    #[error("the checkpoint {height} has {confirmations} confirmations, expected {needed}; choose a lower one or wait")]
    CheckpointTooShallow {
        /// What was asked for.
        height: BitcoinHeight,
        /// Its confirmations; zero above the tip.
        confirmations: BlockCount,
        /// What is needed.
        needed: BlockCount,
    },
    /// No such unspent output.
    #[error("{outpoint} is no unspent output in your node's chain; pay the custody first")]
    CustodyMissing {
        /// What was asked for.
        outpoint: OutPoint,
    },
    /// The output belongs to another key.
    #[error("the custody output has the script {found}, expected {expected}: OP_1 and the federation's key, untweaked")]
    CustodyScriptMismatch {
        /// `OP_1 <P.x>`.
        expected: String,
        /// Script of the output.
        found: String,
    },
    /// A reorganisation could still remove it.
    #[error("the custody output has {confirmations} confirmations, expected {needed}; wait")]
    CustodyTooShallow {
        /// Its confirmations.
        confirmations: BlockCount,
        /// What is needed.
        needed: BlockCount,
    },
    /// Neither Clique nor anvil.
    #[error("the side chain's consensus is not recognised ({client}); name it with --side-chain clique or anvil")]
    UnknownSideChain {
        /// What the node calls itself.
        client: String,
    },
    /// The contract refuses its arguments.
    #[error(transparent)]
    #[serde(untagged)]
    Contract(#[from] ContractRefusal),
}

/// A refusal of the contract, reported by its own name and values.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ContractRefusal(#[from] BridgeRefusal);

impl Serialize for ContractRefusal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let values = self.0.values();
        let mut map = serializer.serialize_map(Some(values.len().saturating_add(1)))?;
        map.serialize_entry("refused", self.0.name())?;
        for (name, value) in values {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

/// Refused, or stopped by a fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployFailure {
    /// A domain answer.
    #[error(transparent)]
    Refused(#[from] DeployRejection),
    /// The Bitcoin node.
    #[error(transparent)]
    Bitcoin(#[from] BitcoindError),
    /// The side chain's node, or the deployment itself.
    #[error(transparent)]
    SideChain(DeployError),
    /// The side chain's node, when it was asked for its consensus.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// The Bitcoin node's chain changed meanwhile.
    #[error(
        "the Bitcoin node's chain changed while the checkpoint was read; run the command again"
    )]
    ChainMoved,
}

/// Deploys a bridge and checks what got there.
///
/// # Errors
/// [`DeployFailure`].
pub async fn deploy(
    bitcoin: &BitcoindNetwork,
    key: EvmKey,
    request: &DeployRequest,
    wait: Wait,
) -> Result<Deployed, DeployFailure> {
    let info = bitcoin.chain_info().await?;
    let rules = rules_of(info.network)?;
    let checkpoint = read_checkpoint(bitcoin, request.checkpoint, info.height).await?;
    let custody = read_custody(bitcoin, request).await?;
    let config = RpcConfig::new(request.side_chain_url.as_str());
    let side_chain = SideChainNode::connect_any(&config)
        .await
        .map_err(|fault| DeployFailure::SideChain(fault.into()))?;
    let kind = match request.side_chain_kind {
        Some(kind) => kind,
        None => side_chain_kind::detect(&request.side_chain_url)
            .await?
            .map_err(|client| DeployRejection::UnknownSideChain { client })?,
    };
    let sender = TransactionSender::new(key, side_chain.chain_id(), FeePolicy::default());
    let arguments = DeploymentArguments {
        rules,
        checkpoint: checkpoint.clone(),
        federation_key: request.federation_key.x_only,
        parameters: request.parameters,
        custody,
        governance: request.governance.unwrap_or_else(|| sender.address()),
        guardian: request.guardian.unwrap_or_else(|| sender.address()),
    };
    let genesis = side_chain.block_at(BlockAt::Number(EvmBlockNumber::new(0))).await;
    let genesis_hash = genesis.map_err(|fault| DeployFailure::SideChain(fault.into()))?.hash;
    let deployed =
        deploy_contracts(&side_chain, &sender, &arguments, wait).await.map_err(refuse)?;
    let deployment = Deployment {
        version: DEPLOYMENT_VERSION,
        bitcoin: BitcoinEndpoint {
            network: info.network,
            rpc_url: request.bitcoin_url.clone(),
            cookie_file: request.cookie_file.clone(),
        },
        side_chain: SideChainEndpoint {
            kind,
            chain_id: side_chain.chain_id(),
            genesis_hash,
            rpc_url: request.side_chain_url.clone(),
        },
        contracts: deployed.contracts,
        instance: deployed.instance,
        federation_key: request.federation_key,
        checkpoint: CheckpointRecord {
            height: checkpoint.height,
            hash: checkpoint.header.block_hash(),
            epoch_start_time: checkpoint.epoch_start_time,
        },
        custody,
        parameters: request.parameters,
    };
    Ok(Deployed { deployment, transaction: deployed.transaction, gas_used: deployed.gas_used })
}

fn rules_of(network: Network) -> Result<HeaderRules, DeployRejection> {
    HeaderRules::of(network).ok_or(DeployRejection::UnsupportedNetwork { network })
}

async fn read_checkpoint(
    bitcoin: &BitcoindNetwork,
    height: BitcoinHeight,
    tip: BitcoinHeight,
) -> Result<CheckpointArguments, DeployFailure> {
    let Some(first) = height.checked_sub(PREDECESSORS) else {
        return Err(DeployRejection::CheckpointTooLow { height, least: PREDECESSORS }.into());
    };
    let confirmations = height.confirmations_at(tip);
    if confirmations < DEPTH {
        return Err(
            DeployRejection::CheckpointTooShallow { height, confirmations, needed: DEPTH }.into()
        );
    }
    let count = BlockCount::new(PREDECESSORS.get().saturating_add(1));
    let headers = bitcoin.headers(first, count).await?;
    let time = |header: &bitcoin::block::Header| UnixTime::new(u64::from(header.time));
    let Some((header, before)) = headers.split_last() else {
        return Err(DeployFailure::ChainMoved);
    };
    let times: Vec<UnixTime> = before.iter().map(time).collect();
    let previous_times = times.try_into().map_err(|_| DeployFailure::ChainMoved)?;
    let in_period = BlockCount::new(height.get() % PERIOD);
    let epoch_start = height.checked_sub(in_period).unwrap_or(height);
    let epoch = bitcoin.headers(epoch_start, BlockCount::new(1)).await?;
    let epoch_start_time = epoch.first().map(time).ok_or(DeployFailure::ChainMoved)?;
    Ok(CheckpointArguments { header: *header, height, epoch_start_time, previous_times })
}

async fn read_custody(
    bitcoin: &BitcoindNetwork,
    request: &DeployRequest,
) -> Result<CustodyRecord, DeployFailure> {
    let outpoint = request.custody;
    let Some(found) = bitcoin.tx_out(&outpoint, false).await? else {
        return Err(DeployRejection::CustodyMissing { outpoint }.into());
    };
    let expected = custody_script(request.federation_key.x_only);
    if found.output.script_pubkey != expected {
        return Err(DeployRejection::CustodyScriptMismatch {
            expected: expected.to_hex_string(),
            found: found.output.script_pubkey.to_hex_string(),
        }
        .into());
    }
    let confirmations = found.confirmations;
    if confirmations < DEPTH {
        return Err(DeployRejection::CustodyTooShallow { confirmations, needed: DEPTH }.into());
    }
    Ok(CustodyRecord { outpoint, value: found.output.value })
}

/// What the contract refuses is a domain answer; everything else a fault.
#[expect(clippy::wildcard_enum_match_arm, reason = "everything else is a fault")]
fn refuse(error: DeployError) -> DeployFailure {
    match error {
        DeployError::Submit(SubmitError::Refused(refusal)) => {
            DeployRejection::Contract(ContractRefusal(refusal)).into()
        }
        other => DeployFailure::SideChain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_without_rules_in_the_contract_are_refused() {
        assert_eq!(rules_of(Network::Bitcoin).unwrap(), HeaderRules::Mainnet);
        assert_eq!(rules_of(Network::Regtest).unwrap(), HeaderRules::Regtest);
        for network in [Network::Testnet, Network::Testnet4, Network::Signet] {
            assert!(matches!(
                rules_of(network),
                Err(DeployRejection::UnsupportedNetwork { network: found }) if found == network
            ));
        }
    }
}
