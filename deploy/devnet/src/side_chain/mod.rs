//! The side chain: three Clique signers, or one development node.

mod anvil;
mod clique;
mod faucet;
mod genesis;

pub(crate) use faucet::Faucet;

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;

use farbank_contracts::{BlockAt, Fault, RpcConfig, SideChainNode};
use farbank_types::{ChainId, EvmAddress, EvmBlockNumber, SideChainKind};
use serde::{Deserialize, Serialize};

use crate::failure::{Error, Failure, Rejection};
use crate::folder::DevnetFolder;
use crate::process::{Processes, Program};
use crate::tools::{Tool, ToolPaths};

/// Chain id of every devnet; `instance` tells one from another.
const CHAIN_ID: ChainId = ChainId::new(1_337_003);
/// Gas limit of a block, as DESIGN fixes it for both kinds.
const GAS_LIMIT: u64 = 30_000_000;
/// Three processes of a first start on a busy machine.
const READY_LIMIT: Duration = Duration::from_secs(40);

/// Signers that share a chain of this height have found each other.
const AGREED_HEIGHT: EvmBlockNumber = EvmBlockNumber::new(2);
/// A node on this machine that does not answer within this is not ready.
const NODE_TIMEOUT: Duration = Duration::from_secs(3);

/// Which side chain a devnet gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SideChainChoice {
    /// Clique where geth is found, otherwise anvil.
    #[default]
    Auto,
    /// Three geth signers.
    Clique,
    /// One anvil.
    Anvil,
}

impl fmt::Display for SideChainChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Clique => "clique",
            Self::Anvil => "anvil",
        })
    }
}

/// Why a devnet has the side chain that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideChainReason {
    /// It was asked for.
    Asked,
    /// geth was found.
    GethFound,
    /// geth was not found: what runs is a development node without consensus.
    GethMissing,
}

/// A side chain that is decided on.
#[derive(Clone, Debug)]
pub(crate) struct ChosenSideChain {
    pub(crate) kind: SideChainKind,
    pub(crate) reason: SideChainReason,
    program: PathBuf,
}

/// Decides which side chain runs.
pub(crate) fn choose(
    choice: SideChainChoice,
    tools: &ToolPaths,
) -> Result<ChosenSideChain, Rejection> {
    let (kind, reason, program) = match choice {
        SideChainChoice::Clique => {
            (SideChainKind::Clique, SideChainReason::Asked, tools.find(Tool::Geth)?)
        }
        SideChainChoice::Anvil => {
            (SideChainKind::Anvil, SideChainReason::Asked, tools.find(Tool::Anvil)?)
        }
        SideChainChoice::Auto => match tools.find(Tool::Geth) {
            Ok(geth) => (SideChainKind::Clique, SideChainReason::GethFound, geth),
            Err(_) => {
                (SideChainKind::Anvil, SideChainReason::GethMissing, tools.find(Tool::Anvil)?)
            }
        },
    };
    Ok(ChosenSideChain { kind, reason, program })
}

/// The nodes' programs: the one that clients use, and its peers.
struct Programs {
    first: Program,
    peers: Vec<Program>,
}

/// A node of the side chain.
#[derive(Clone, Debug)]
pub(crate) struct SideNode {
    /// Name of its process.
    pub(crate) name: String,
    pub(crate) rpc: RpcConfig,
}

/// A side chain that runs.
#[derive(Debug)]
pub(crate) struct SideChain {
    pub(crate) kind: SideChainKind,
    pub(crate) chain_id: ChainId,
    /// The node that clients use.
    pub(crate) first: SideNode,
    peers: Vec<SideNode>,
}

impl SideChain {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &SideNode> {
        core::iter::once(&self.first).chain(&self.peers)
    }

    /// Waits until a node answers with a block of its own or of its peers.
    pub(crate) async fn ready(&self, processes: &Processes, name: &str) -> Result<(), Failure> {
        for node in self.nodes().filter(|node| node.name == name) {
            let has_blocks =
                || async { height(&node.rpc).await.is_ok_and(|height| height.get() > 0) };
            processes.wait_ready(name, READY_LIMIT, has_blocks).await?;
        }
        Ok(())
    }

    /// Waits until a node that was down has what its peers have, as far as they answer.
    pub(crate) async fn caught_up(&self, processes: &Processes, name: &str) -> Result<(), Failure> {
        self.ready(processes, name).await?;
        let mut wanted = EvmBlockNumber::default();
        for peer in self.nodes().filter(|node| node.name != name) {
            wanted = wanted.max(height(&peer.rpc).await.unwrap_or_default());
        }
        for node in self.nodes().filter(|node| node.name == name) {
            let reached = || async { height(&node.rpc).await.is_ok_and(|own| own >= wanted) };
            processes.wait_ready(name, READY_LIMIT, reached).await?;
        }
        Ok(())
    }

    /// Waits until the node that clients use has reached a height.
    pub(crate) async fn reached(&self, processes: &Processes, wanted: u64) -> Result<(), Failure> {
        let reached =
            || async { height(&self.first.rpc).await.is_ok_and(|height| height.get() >= wanted) };
        processes.wait_ready(&self.first.name, READY_LIMIT, reached).await
    }

    /// Returns whether all nodes hold the same block at the height that all have reached. Signers
    /// that have not found each other yet make chains of their own.
    async fn agrees(&self) -> Result<bool, Fault> {
        let mut nodes = Vec::new();
        let mut common = EvmBlockNumber::new(u64::MAX);
        for SideNode { rpc, .. } in self.nodes() {
            let node = SideChainNode::connect_any(rpc).await?;
            common = common.min(node.head().await?.number);
            nodes.push(node);
        }
        let mut hashes = Vec::new();
        for node in nodes {
            hashes.push(node.block_at(BlockAt::Number(common)).await?.hash);
        }
        Ok(common >= AGREED_HEIGHT && hashes.windows(2).all(|pair| pair[0] == pair[1]))
    }
}

/// Asks a node for its newest block.
pub(crate) async fn height(node: &RpcConfig) -> Result<EvmBlockNumber, Fault> {
    Ok(SideChainNode::connect_any(node).await?.head().await?.number)
}

/// Configures and starts the nodes and waits until they make blocks together.
///
/// `funded` own a million ether each from the first block on.
pub(crate) async fn start(
    folder: &DevnetFolder,
    processes: &Processes,
    chosen: &ChosenSideChain,
    port: Option<u16>,
    funded: &[EvmAddress],
) -> Result<SideChain, Failure> {
    let Programs { first, peers } = match chosen.kind {
        SideChainKind::Clique => {
            clique::prepare(folder, processes, &chosen.program, port, funded).await?
        }
        SideChainKind::Anvil => {
            let first = anvil::configure(folder, &chosen.program, port)?;
            Programs { first, peers: Vec::new() }
        }
    };
    let start = |program: Program| {
        let url = format!("http://127.0.0.1:{}", program.port);
        let rpc = RpcConfig { timeout: NODE_TIMEOUT, ..RpcConfig::new(url) };
        let node = SideNode { name: program.name.clone(), rpc };
        processes.start(program).map(|()| node)
    };
    let first = start(first)?;
    // Peers dial each other once and then not for half a minute: the first has to listen by then.
    let answers = || async { height(&first.rpc).await.is_ok() };
    processes.wait_ready(&first.name, READY_LIMIT, answers).await?;
    if chosen.kind == SideChainKind::Anvil {
        anvil::fund(&first.rpc.url, funded).await.map_err(Error::Anvil)?;
    }
    let peers = peers.into_iter().map(start).collect::<Result<_, _>>()?;
    let side_chain = SideChain { kind: chosen.kind, chain_id: CHAIN_ID, first, peers };
    for node in side_chain.nodes() {
        side_chain.ready(processes, &node.name).await?;
    }
    let agrees = || async { side_chain.agrees().await.unwrap_or(false) };
    processes.wait_ready(&side_chain.first.name, READY_LIMIT, agrees).await?;
    Ok(side_chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_chosen_where_nothing_is_found() {
        for choice in [SideChainChoice::Auto, SideChainChoice::Anvil] {
            let chosen = choose(choice, &ToolPaths::default());
            assert!(matches!(chosen, Err(Rejection::ToolMissing { tool: Tool::Anvil, .. })));
        }
    }
}
