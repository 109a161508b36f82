//! The levers of a devnet that is up, from the side of whoever pulls them.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Amount, Txid};
use farbank_types::{
    BitcoinHeight, BlockCount, Deployment, EvmAddress, EvmBlockNumber, SideChainKind, Wei, B256,
};
use rustix::event::{poll, PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{pidfd_open, Pid, PidfdFlags};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdin};

use crate::bitcoin_side::{Mined, ReorgTransactions, Reorganised};
use crate::control::{read_line, write_line, Order, Reply, Request};
use crate::failure::{Error, Failure, Rejection};
use crate::folder::{read_json, tail, DevnetFolder};
use crate::process::ProcessState;

/// What `devnet.json` says: who supervises, and where the clients of its nodes go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevnetState {
    /// Process id of the supervisor.
    pub pid: u32,
    /// Consensus of the side chain.
    pub side_chain: SideChainKind,
    /// JSON-RPC of bitcoind.
    pub bitcoin_url: String,
    /// Its cookie file.
    pub bitcoin_cookie_file: PathBuf,
    /// JSON-RPC of the first side-chain node.
    pub side_chain_url: String,
    /// HTTP of the relayer, when one runs.
    pub relayer_url: Option<String>,
}

/// How a devnet is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its folder.
    pub folder: PathBuf,
    /// Process id of the supervisor.
    pub pid: u32,
    /// Consensus of the side chain.
    pub side_chain: SideChainKind,
    /// Height of bitcoind's tip; `None` when it does not answer.
    pub bitcoin_height: Option<BitcoinHeight>,
    /// Newest block of the side chain; `None` when no node answers.
    pub side_chain_height: Option<EvmBlockNumber>,
    /// Every process, ordered by name.
    pub processes: Vec<ProcessStatus>,
}

/// How one process is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStatus {
    /// Its name, as the levers take it.
    pub name: String,
    /// How it is.
    #[serde(flatten)]
    pub state: ProcessState,
    /// The port that it serves on 127.0.0.1.
    pub port: u16,
    /// Height of its own chain, for a node that answers.
    pub height: Option<u64>,
    /// Its log.
    pub log: PathBuf,
}

/// A devnet that is up.
#[derive(Debug)]
pub struct Devnet {
    folder: DevnetFolder,
    /// The supervisor, when this process started it: reaped by whoever drops it.
    supervisor: Option<Child>,
    /// While this is open a devnet with [`crate::Lifetime::Caller`] lives.
    tie: Option<ChildStdin>,
}

impl Devnet {
    pub(crate) fn started(
        folder: DevnetFolder,
        supervisor: Child,
        tie: Option<ChildStdin>,
    ) -> Self {
        Self { folder, supervisor: Some(supervisor), tie }
    }

    /// Finds the devnet that is up in a folder.
    ///
    /// # Errors
    /// [`Rejection::DevnetNotUp`].
    pub fn find(folder: &DevnetFolder) -> Result<Self, Failure> {
        let folder = folder.absolute()?;
        if folder.is_held()? {
            Ok(Self { folder, supervisor: None, tie: None })
        } else {
            Err(Rejection::DevnetNotUp { folder: folder.root().to_owned() }.into())
        }
    }

    /// Returns its folder.
    #[must_use]
    pub const fn folder(&self) -> &DevnetFolder {
        &self.folder
    }

    /// Reads its `deployment.json`.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::DamagedFile`].
    pub fn deployment(&self) -> Result<Deployment, Error> {
        read_json(&self.folder.deployment())
    }

    /// Reads its `devnet.json`.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::DamagedFile`].
    pub fn state(&self) -> Result<DevnetState, Error> {
        read_json(&self.folder.state())
    }

    /// Returns the variables that point other programs, and `farbank` itself, to this devnet.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::DamagedFile`].
    pub fn environment(&self) -> Result<Vec<(&'static str, String)>, Error> {
        let state = self.state()?;
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut variables = vec![
            ("FARBANK_DEPLOYMENT", text(self.folder.deployment())),
            ("BITCOIN_RPC_URL", state.bitcoin_url),
            ("BITCOIN_RPC_COOKIE_FILE", text(state.bitcoin_cookie_file)),
            ("ETH_RPC_URL", state.side_chain_url),
            ("DEVNET_KEYS", text(self.folder.keys())),
        ];
        if let Some(url) = state.relayer_url {
            variables.push(("RELAYER_URL", url));
        }
        Ok(variables)
    }

    /// Returns the last lines of the log of a process or of the supervisor, oldest first.
    ///
    /// # Errors
    /// [`Rejection::UnknownProcess`], or a fault.
    pub async fn log_tail(&self, name: &str, lines: usize) -> Result<Vec<String>, Failure> {
        if name != "supervisor" {
            let known: Vec<String> =
                self.status().await?.processes.into_iter().map(|process| process.name).collect();
            if known.iter().all(|process| process != name) {
                return Err(Rejection::UnknownProcess { name: name.to_owned(), known }.into());
            }
        }
        Ok(tail(&self.folder.log(name), lines))
    }

    /// Asks how the processes and the chains are.
    ///
    /// # Errors
    /// A fault of the supervisor.
    pub async fn status(&self) -> Result<Status, Failure> {
        self.ask(&Request::Status).await
    }

    /// Mines Bitcoin blocks that pay the devnet's wallet.
    ///
    /// # Errors
    /// A fault of bitcoind, when it is killed for example.
    pub async fn mine(&self, blocks: BlockCount) -> Result<Mined, Failure> {
        self.ask(&Request::Mine { blocks }).await
    }

    /// Pays a Bitcoin address from the devnet's wallet; the transaction is in the mempool when this
    /// returns.
    ///
    /// # Errors
    /// [`Rejection::WrongNetwork`], [`Rejection::InsufficientFunds`], [`Rejection::DustAmount`], or
    /// a fault of bitcoind.
    pub async fn fund_bitcoin(
        &self,
        address: Address<NetworkUnchecked>,
        amount: Amount,
    ) -> Result<Txid, Failure> {
        self.ask(&Request::FundBitcoin { address, amount }).await
    }

    /// Pays an account of the side chain from the faucet; the transaction is in a block when this
    /// returns.
    ///
    /// # Errors
    /// A fault of the side-chain node.
    pub async fn fund_account(&self, account: EvmAddress, amount: Wei) -> Result<B256, Failure> {
        self.ask(&Request::FundAccount { account, amount }).await
    }

    /// Takes back the newest `blocks` Bitcoin blocks and mines one more than that in their place.
    ///
    /// # Errors
    /// [`Rejection::ReorgTooDeep`], also for zero blocks, or a fault of bitcoind.
    pub async fn reorg(
        &self,
        blocks: BlockCount,
        transactions: ReorgTransactions,
    ) -> Result<Reorganised, Failure> {
        self.ask(&Request::Reorg { blocks, transactions }).await
    }

    /// Ends a process with SIGKILL.
    ///
    /// # Errors
    /// [`Rejection::UnknownProcess`], [`Rejection::ProcessNotRunning`].
    pub async fn kill(&self, name: &str) -> Result<(), Failure> {
        self.ask(&Request::Kill { name: name.to_owned() }).await
    }

    /// Starts a process that was killed or died, on its former port, and waits until it is ready.
    ///
    /// # Errors
    /// [`Rejection::UnknownProcess`], [`Rejection::ProcessRunning`], [`Rejection::PortTaken`],
    /// [`Rejection::StartFailed`].
    pub async fn start(&self, name: &str) -> Result<(), Failure> {
        self.ask(&Request::Start { name: name.to_owned() }).await
    }

    /// Lets the devnet live on when this process ends.
    ///
    /// # Errors
    /// [`Error::Control`].
    pub async fn detach(&mut self) -> Result<(), Failure> {
        let Some(mut tie) = self.tie.take() else { return Ok(()) };
        let written = write_line(&mut tie, &Order::Detach).await;
        Ok(written.map_err(|source| self.control(source))?)
    }

    /// Stops every process, removes the folder and returns when the supervisor has ended.
    ///
    /// # Errors
    /// [`Rejection::DevnetNotUp`], or a fault of the supervisor.
    pub async fn down(mut self) -> Result<(), Failure> {
        let ended = self.supervisor_end();
        let mut stream = self.connect().await?;
        let control = |source| Error::Control { folder: self.folder.root().to_owned(), source };
        write_line(&mut stream, &Request::Down).await.map_err(control)?;
        let mut reader = BufReader::new(stream);
        let reply: Option<Reply> = read_line(&mut reader).await.map_err(control)?;
        reply.map_or(Ok(()), Reply::into_result::<()>)?;
        let process = |source| Error::Process { name: "supervisor".into(), source };
        if let Some(ended) = ended.map_err(process)? {
            let waited = tokio::task::spawn_blocking(move || {
                poll(&mut [PollFd::new(&ended, PollFlags::IN)], None)
            });
            waited
                .await
                .map_err(io::Error::other)
                .map_err(process)?
                .map_err(|error| process(error.into()))?;
        }
        if let Some(mut supervisor) = self.supervisor.take() {
            supervisor.wait().await.map_err(process)?;
        }
        Ok(())
    }

    /// Returns what becomes readable when the supervisor has ended (`pidfd_open(2)`); nothing when
    /// there is none. Taken while it lives: its id may be another process's afterwards.
    fn supervisor_end(&self) -> io::Result<Option<OwnedFd>> {
        let pid = i32::try_from(supervisor_pid(&self.folder)).ok().and_then(Pid::from_raw);
        match pid.map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
            Some(Ok(end)) => Ok(Some(end)),
            Some(Err(Errno::SRCH)) | None => Ok(None),
            Some(Err(error)) => Err(error.into()),
        }
    }

    async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Failure> {
        let mut stream = self.connect().await?;
        write_line(&mut stream, request).await.map_err(|source| self.control(source))?;
        let reply: Option<Reply> =
            read_line(&mut BufReader::new(stream)).await.map_err(|source| self.control(source))?;
        reply.ok_or_else(|| self.control(io::ErrorKind::UnexpectedEof.into()))?.into_result()
    }

    async fn connect(&self) -> Result<UnixStream, Failure> {
        let source = match UnixStream::connect(self.folder.socket()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        if !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) {
            return Err(self.control(source).into());
        }
        let folder = self.folder.root().to_owned();
        Err(if self.folder.is_held()? {
            Rejection::DevnetStarting { folder }
        } else {
            Rejection::DevnetNotUp { folder }
        }
        .into())
    }

    fn control(&self, source: io::Error) -> Error {
        Error::Control { folder: self.folder.root().to_owned(), source }
    }
}

/// Returns the process id that `devnet.json` names, 0 when there is none yet.
pub(crate) fn supervisor_pid(folder: &DevnetFolder) -> u32 {
    read_json::<DevnetState>(&folder.state()).map_or(0, |state| state.pid)
}
