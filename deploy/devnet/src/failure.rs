//! What the devnet refuses and what fails around it.

use std::io;
use std::path::PathBuf;

use bitcoin::{Amount, Network};
use farbank_contracts::{Fault, KeyError, SubmitError};
use farbank_relayer::adapters::bitcoin::BitcoindError;
use farbank_relayer::client::key::KeyFileError;
use farbank_relayer::client::wallet::WalletError;
use farbank_relayer::deploy::DeployFailure;
use farbank_transport::IdentityError;
use farbank_types::{BitcoinHeight, BlockCount};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::tools::Tool;

/// Why something did not happen: an answer, or a fault.
#[derive(Debug, Error)]
pub enum Failure {
    /// A domain answer, with the reason's name.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// A fault of the machine or of a node.
    #[error(transparent)]
    Fault(#[from] Error),
}

/// A domain answer. Serialises to an object whose `refused` is the reason's name.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum Rejection {
    /// A supervisor lives in this folder.
    #[error(
        "a devnet is up in {} (process {pid}); stop it with `farbank devnet down` or name another \
         folder with --home", folder.display()
    )]
    DevnetAlreadyUp {
        /// The devnet's folder.
        folder: PathBuf,
        /// Process id of its supervisor; 0 while it has not said so yet.
        pid: u32,
    },
    /// No supervisor lives in this folder.
    #[error("no devnet is up in {}; start one with `farbank devnet up`", folder.display())]
    DevnetNotUp {
        /// The devnet's folder.
        folder: PathBuf,
    },
    /// The supervisor of this folder is still starting, or stopping.
    #[error("the devnet in {} is not ready; ask again when its start is done", folder.display())]
    DevnetStarting {
        /// The devnet's folder.
        folder: PathBuf,
    },
    /// The control socket's path would be longer than the system allows.
    #[error("the name of {} is {excess} bytes too long for a socket in it; name a shorter folder", folder.display())]
    FolderNameTooLong {
        /// The devnet's folder.
        folder: PathBuf,
        /// Bytes too many.
        excess: usize,
    },
    /// The folder holds something that no devnet made, so it is not cleared.
    #[error("{} is not empty and no devnet made it; name another folder", folder.display())]
    ForeignFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A program is neither in its variable, nor on PATH, nor in the cache.
    #[error("{tool} was not found; {remedy}")]
    ToolMissing {
        /// The program.
        tool: Tool,
        /// What to do about it.
        remedy: String,
    },
    /// A part did not start. Everything else was stopped and removed.
    #[error("{part} did not start: {reason}; its last log lines follow")]
    StartFailed {
        /// The process or step.
        part: String,
        /// What was seen of it.
        reason: String,
        /// The last lines of its log, oldest first.
        log_tail: Vec<String>,
    },
    /// The caller gave up. Everything was stopped and removed.
    #[error("interrupted; everything that ran was stopped and removed")]
    Interrupted {},
    /// No process of this name belongs to the devnet.
    #[error("{name} is no process of this devnet; it has {}", known.join(", "))]
    UnknownProcess {
        /// The name as given.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The process to start runs already.
    #[error("{name} runs already (process {pid})")]
    ProcessRunning {
        /// The process.
        name: String,
        /// Its id.
        pid: u32,
    },
    /// The process to kill does not run.
    #[error("{name} does not run; start it with `farbank devnet start {name}`")]
    ProcessNotRunning {
        /// The process.
        name: String,
    },
    /// Somebody else listens where a part was configured to.
    #[error("port {port} on 127.0.0.1 is taken, {part} needs it; free it or configure another")]
    PortTaken {
        /// The process that needs it.
        part: String,
        /// The port.
        port: u16,
    },
    /// The address belongs to another network than the devnet's.
    #[error("{address} is no {network} address; ask for one on this devnet")]
    WrongNetwork {
        /// The address as given.
        address: String,
        /// The network of the devnet.
        network: Network,
    },
    /// The devnet's wallet cannot pay so much.
    #[error("the devnet's wallet cannot pay {wanted}: {available} is mature; mine more blocks")]
    InsufficientFunds {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "wanted_sat")]
        wanted: Amount,
        /// What there is.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "available_sat")]
        available: Amount,
    },
    /// The output would not be relayed.
    #[error("an output of {amount} is dust; fund at least {least}")]
    DustAmount {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// What nodes relay.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "least_sat")]
        least: Amount,
    },
    /// The reorganisation would undo the devnet's bootstrap.
    #[error("a reorg of {blocks} blocks reaches below height {floor}, where the bridge starts")]
    ReorgTooDeep {
        /// Blocks to take back.
        blocks: BlockCount,
        /// Lowest height that stays.
        floor: BitcoinHeight,
    },
}

/// A fault of the machine or of a node.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "read", "write", ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A state file of the devnet that does not parse.
    #[error("{} is damaged: {source}; kill its supervisor and start another devnet", path.display())]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A configuration file cannot be written down.
    #[error("cannot write the configuration of {name}: {source}")]
    Config {
        /// The process.
        name: &'static str,
        /// What the writer says.
        source: toml::ser::Error,
    },
    /// A program cannot be started at all.
    #[error("cannot run {}: {source}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A process cannot be waited for or signalled.
    #[error("cannot stop {name}: {source}")]
    Process {
        /// The process.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The supervisor does not answer as it should.
    #[error("the supervisor of {} does not answer: {source}", folder.display())]
    Control {
        /// The devnet's folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The supervisor met a fault and says so in its own words.
    #[error("{message}")]
    Supervisor {
        /// Its words.
        message: String,
        /// Whether it believes that another try can succeed.
        transient: bool,
    },
    /// The Bitcoin node.
    #[error(transparent)]
    Bitcoin(#[from] BitcoindError),
    /// The side-chain node.
    #[error(transparent)]
    SideChain(#[from] Fault),
    /// A call that only anvil knows.
    #[error("anvil did not fund the accounts: {0}")]
    Anvil(#[source] jsonrpsee::core::ClientError),
    /// A transaction on the side chain.
    #[error("the faucet's transfer: {0}")]
    Submit(#[source] SubmitError),
    /// The key file of an account.
    #[error(transparent)]
    AccountKey(#[from] KeyError),
    /// The key that a peer proves itself with.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The contracts.
    #[error(transparent)]
    Deploy(#[from] Box<DeployFailure>),
    /// A reorganisation of the side chain took every deployment back.
    #[error("the side chain dropped the contracts {attempts} times; its signers do not agree")]
    Dropped {
        /// Deployments made.
        attempts: u32,
    },
    /// The devnet's wallet.
    #[error("the devnet's wallet: {0}")]
    Wallet(#[source] WalletError),
    /// A key file of the devnet.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A call that only the levers make.
    #[error("bitcoind did not do what a lever needs: {0}")]
    Lever(#[source] jsonrpsee::core::ClientError),
    /// A condition did not come true in time.
    #[error("waited {seconds} s in vain for {condition}")]
    TimedOut {
        /// What was waited for.
        condition: &'static str,
        /// How long.
        seconds: u64,
    },
    /// The system's timers, signals or sockets.
    #[error("cannot set up the supervisor: {0}")]
    Runtime(#[source] io::Error),
}

impl Error {
    /// Returns whether the same request can succeed later, without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Bitcoin(error) => error.is_transient(),
            Self::SideChain(error) => error.is_transient(),
            Self::Submit(error) => error.is_transient(),
            Self::Supervisor { transient, .. } => *transient,
            Self::Control { .. } | Self::TimedOut { .. } => true,
            Self::File { .. }
            | Self::DamagedFile { .. }
            | Self::Config { .. }
            | Self::Spawn { .. }
            | Self::Process { .. }
            | Self::Key(_)
            | Self::Deploy(_)
            | Self::Dropped { .. }
            | Self::AccountKey(_)
            | Self::Identity(_)
            | Self::Wallet(_)
            | Self::Lever(_)
            | Self::Anvil(_)
            | Self::Runtime(_) => false,
        }
    }

    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}

impl From<BitcoindError> for Failure {
    fn from(error: BitcoindError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Fault> for Failure {
    fn from(error: Fault) -> Self {
        Self::Fault(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejection_survives_the_socket_with_its_name() {
        let rejection = Rejection::InsufficientFunds {
            wanted: Amount::ONE_BTC,
            available: Amount::from_sat(7),
        };
        let json = serde_json::to_value(&rejection).unwrap();
        assert_eq!(json["refused"], "InsufficientFunds");
        assert_eq!(json["available_sat"], 7);
        assert_eq!(serde_json::from_value::<Rejection>(json).unwrap(), rejection);
    }
}
