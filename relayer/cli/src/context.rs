//! What every command may need: where things are, and how to write.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use farbank_types::{Deployment, DEPLOYMENT_VERSION};

use crate::failure::Failure;
use crate::output::Output;

/// Name of the file that describes a deployment.
const DEPLOYMENT_FILE: &str = "deployment.json";

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// Folder for keys, state and the devnet [default: $XDG_STATE_HOME/farbank]
    #[arg(long, global = true, env = "FARBANK_HOME", value_name = "FOLDER")]
    home: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The bridge to use [default: deployment.json in the home folder, then in its devnet]
    #[arg(long, global = true, env = "FARBANK_DEPLOYMENT", value_name = "FILE")]
    deployment: Option<PathBuf>,
    /// Log more to stderr (-v, -vv)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What every command may need.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) output: Output,
    args: GlobalArgs,
}

/// Something that was named on the command line or expected in its place does not serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContextError {
    #[error("neither HOME nor XDG_STATE_HOME is set; name a folder with --home")]
    NoHome,
    #[error("cannot read {}: {source}; check the name and the permissions", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "no deployment: neither {} nor {} exists; start one with `farbank devnet up`, deploy with \
         `farbank contracts deploy`, or name its file with --deployment",
        home.display(), devnet.display()
    )]
    NoDeployment { home: PathBuf, devnet: PathBuf },
    #[error("{} is no deployment file: {source}; take the file that the deployer wrote", path.display())]
    BadDeployment {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error(
        "{} has version {found}, expected {DEPLOYMENT_VERSION}; use the farbank that wrote it",
        path.display()
    )]
    DeploymentVersion { path: PathBuf, found: u32 },
}

impl From<ContextError> for Failure {
    fn from(error: ContextError) -> Self {
        Self::usage(error)
    }
}

impl Context {
    pub(crate) fn new(args: GlobalArgs) -> Self {
        Self { output: Output::new(args.json), args }
    }

    /// Returns how often `-v` was given.
    pub(crate) const fn verbose(&self) -> u8 {
        self.args.verbose
    }

    /// Returns the home folder; it need not exist.
    pub(crate) fn home(&self) -> Result<PathBuf, Failure> {
        if let Some(home) = &self.args.home {
            return Ok(home.clone());
        }
        // The XDG base directory specification ignores relative paths.
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
        if let Some(state) = state.filter(|path| path.is_absolute()) {
            return Ok(state.join("farbank"));
        }
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        Ok(home.ok_or(ContextError::NoHome)?.join(".local/state/farbank"))
    }

    /// Returns the devnet's folder; it need not exist.
    pub(crate) fn devnet_folder(&self) -> Result<PathBuf, Failure> {
        Ok(self.home()?.join("devnet"))
    }

    /// Returns the folder of the keys; it need not exist.
    pub(crate) fn keys_folder(&self) -> Result<PathBuf, Failure> {
        Ok(self.home()?.join("keys"))
    }

    /// Reads the deployment that was named or is at its place.
    pub(crate) fn deployment(&self) -> Result<Deployment, Failure> {
        let path = self.deployment_path()?;
        let deployment: Deployment = serde_json::from_slice(&read(&path)?)
            .map_err(|source| ContextError::BadDeployment { path: path.clone(), source })?;
        if deployment.version != DEPLOYMENT_VERSION {
            return Err(ContextError::DeploymentVersion { path, found: deployment.version }.into());
        }
        Ok(deployment)
    }

    /// Returns the file of the deployment that was named or is at its place.
    pub(crate) fn deployment_path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.args.deployment {
            return Ok(path.clone());
        }
        let home = self.home()?.join(DEPLOYMENT_FILE);
        let devnet = self.devnet_folder()?.join(DEPLOYMENT_FILE);
        if home.is_file() {
            return Ok(home);
        }
        if devnet.is_file() {
            return Ok(devnet);
        }
        Err(ContextError::NoDeployment { home, devnet }.into())
    }
}

/// Reads a file that the user named; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    bytes.map_err(|source| ContextError::Unreadable { path: path.to_owned(), source }.into())
}

/// Runs a command that waits for nodes.
pub(crate) fn block_on<T>(
    future: impl core::future::Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::outside)?
        .block_on(future)
}
