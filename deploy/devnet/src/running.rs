//! A devnet that is up, inside its supervisor: what each request does.

use std::sync::Arc;

use farbank_types::{BitcoinHeight, EvmBlockNumber};

use crate::bitcoin_side::BitcoinSide;
use crate::bitcoind::{self, BITCOIND};
use crate::control::{Reply, Request};
use crate::devnet::{DevnetState, ProcessStatus, Status};
use crate::failure::Failure;
use crate::federation::{self, ATTESTERS};
use crate::folder::DevnetFolder;
use crate::process::{ProcessState, Processes};
use crate::relayer::{self, RELAYER};
use crate::side_chain::{self, Faucet, SideChain};

/// Everything that the levers move.
#[derive(Debug)]
pub(crate) struct RunningDevnet {
    pub(crate) folder: DevnetFolder,
    pub(crate) state: DevnetState,
    pub(crate) processes: Arc<Processes>,
    pub(crate) bitcoin: BitcoinSide,
    pub(crate) side_chain: SideChain,
    pub(crate) faucet: Faucet,
}

impl RunningDevnet {
    pub(crate) fn processes(&self) -> &Processes {
        &self.processes
    }

    pub(crate) const fn bitcoin(&self) -> &BitcoinSide {
        &self.bitcoin
    }

    pub(crate) async fn answer(&self, request: Request) -> Reply {
        match request {
            Request::Status => Reply::new(Ok(self.status().await)),
            Request::Mine { blocks } => Reply::new(self.bitcoin.mine(blocks).await),
            Request::FundBitcoin { address, amount } => {
                Reply::new(self.bitcoin.fund(address, amount).await)
            }
            Request::FundAccount { account, amount } => {
                Reply::new(self.faucet.fund(&self.side_chain, account, amount).await)
            }
            Request::Reorg { blocks, transactions } => {
                Reply::new(self.bitcoin.reorg(blocks, transactions).await)
            }
            Request::Kill { name } => Reply::new(self.kill(&name).await),
            Request::Start { name } => Reply::new(self.start(&name).await),
            // The supervisor itself answers this one.
            Request::Down => Reply::new(Ok(())),
        }
    }

    async fn kill(&self, name: &str) -> Result<(), Failure> {
        if name == BITCOIND {
            self.bitcoin.remember_mempool().await;
        }
        self.processes.kill(name).await
    }

    async fn start(&self, name: &str) -> Result<(), Failure> {
        self.processes.restart(name)?;
        if name == BITCOIND {
            return bitcoind::ready(&self.processes, self.bitcoin.node()).await;
        }
        if let (RELAYER, Some(url)) = (name, &self.state.relayer_url) {
            return relayer::ready(&self.processes, url).await;
        }
        if ATTESTERS.contains(&name) {
            return federation::ready(&self.processes, name).await;
        }
        self.side_chain.caught_up(&self.processes, name).await
    }

    async fn status(&self) -> Status {
        let bitcoin_height = self.bitcoin.node().chain_info().await.ok().map(|info| info.height);
        let mut processes = Vec::new();
        let mut side_chain_height = None;
        for (name, state, port, log) in self.processes.list() {
            let node = self.side_chain.nodes().find(|node| node.name == name);
            let height = match (state, node) {
                (ProcessState::Running { .. }, Some(node)) => {
                    let height = side_chain::height(&node.rpc).await.ok();
                    side_chain_height = side_chain_height.max(height);
                    height.map(EvmBlockNumber::get)
                }
                _ if name == BITCOIND => bitcoin_height.map(BitcoinHeight::get).map(u64::from),
                _ => None,
            };
            processes.push(ProcessStatus { name, state, port, height, log });
        }
        Status {
            folder: self.folder.root().to_owned(),
            pid: self.state.pid,
            side_chain: self.side_chain.kind,
            bitcoin_height,
            side_chain_height,
            processes,
        }
    }
}
