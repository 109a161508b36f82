//! `farbank devnet`: a private pair of chains with a bridge, and its levers.

mod levers;
mod report;
mod up;

pub(crate) use up::cancel_on_interrupt;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use farbank_devnet::{Devnet, DevnetFolder, SideChainChoice};

use crate::context::{block_on, Context};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum DevnetCommand {
    /// Start bitcoind, a side chain, contracts and a relayer; returns when all is ready
    Up(up::UpArgs),
    /// Stop everything and remove the folder
    Down,
    /// Show processes and chains
    Status,
    /// Show the last lines of the logs
    Logs(levers::LogsArgs),
    /// Print shell variables that point programs to the devnet: eval "$(farbank devnet env)"
    Env,
    /// Mine Bitcoin blocks
    Mine(levers::MineArgs),
    /// Pay a Bitcoin address or a side-chain account from the devnet's own money
    Fund(levers::FundArgs),
    /// Replace the newest Bitcoin blocks by a longer branch
    Reorg(levers::ReorgArgs),
    /// End a process with SIGKILL
    Kill(levers::NameArgs),
    /// Start a process that was killed or died
    Start(levers::NameArgs),
    /// Own the processes of a devnet; started by `up`
    #[command(hide = true)]
    Supervise(SuperviseArgs),
}

#[derive(Args, Debug)]
pub(crate) struct SuperviseArgs {
    /// The devnet's folder
    #[arg(long)]
    folder: PathBuf,
}

/// Which side chain runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SideChainArg {
    /// Clique when geth is there, otherwise anvil
    #[default]
    Auto,
    /// Three geth signers
    Clique,
    /// A development node
    Anvil,
}

impl From<SideChainArg> for SideChainChoice {
    fn from(choice: SideChainArg) -> Self {
        match choice {
            SideChainArg::Auto => Self::Auto,
            SideChainArg::Clique => Self::Clique,
            SideChainArg::Anvil => Self::Anvil,
        }
    }
}

/// Runs `farbank devnet`.
pub(crate) fn run(command: &DevnetCommand, context: &Context) -> Result<(), Failure> {
    if let DevnetCommand::Supervise(args) = command {
        // Brings its own runtime: its children live as long as the thread that starts them.
        return farbank_devnet::supervise(&args.folder).map_err(devnet_failure);
    }
    let folder = DevnetFolder::new(context.devnet_folder()?);
    block_on(async {
        if let DevnetCommand::Up(args) = command {
            return up::run(args, &folder, context).await;
        }
        let devnet = Devnet::find(&folder).map_err(devnet_failure)?;
        match command {
            DevnetCommand::Down => levers::down(devnet, context).await,
            DevnetCommand::Status => levers::status(&devnet, context).await,
            DevnetCommand::Logs(args) => levers::logs(args, &devnet, context).await,
            DevnetCommand::Env => levers::env(&devnet, context),
            DevnetCommand::Mine(args) => levers::mine(args, &devnet, context).await,
            DevnetCommand::Fund(args) => levers::fund(args, &devnet, context).await,
            DevnetCommand::Reorg(args) => levers::reorg(args, &devnet, context).await,
            DevnetCommand::Kill(args) => levers::kill(args, &devnet, context).await,
            DevnetCommand::Start(args) => levers::start(args, &devnet, context).await,
            DevnetCommand::Up(_) | DevnetCommand::Supervise(_) => Ok(()),
        }
    })
}

/// What the devnet refuses keeps its name.
pub(crate) fn devnet_failure(failure: farbank_devnet::Failure) -> Failure {
    match failure {
        farbank_devnet::Failure::Refused(rejection) => Failure::refused(&rejection),
        farbank_devnet::Failure::Fault(error) => Failure::outside(error),
    }
}
