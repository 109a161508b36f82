//! Which nodes a command asks: named on the command line, otherwise the deployment's.

use std::path::PathBuf;

use clap::Args;
use farbank_relayer::adapters::bitcoin::{BitcoindNetwork, BitcoindOptions, RpcAuth};
use farbank_types::Deployment;

use crate::context::Context;
use crate::failure::Failure;

/// The user's own Bitcoin node.
#[derive(Args, Clone, Debug)]
pub(crate) struct BitcoinArgs {
    /// JSON-RPC address of your Bitcoin node [default: the deployment's]
    #[arg(long, value_name = "URL", env = "FARBANK_BITCOIN_URL")]
    pub(crate) bitcoin: Option<String>,
    /// The node's cookie file, `.cookie` in its data folder [default: the deployment's]
    #[arg(long, value_name = "FILE", env = "FARBANK_BITCOIN_COOKIE_FILE")]
    pub(crate) cookie_file: Option<PathBuf>,
    /// File with `user:password` of the node, instead of a cookie file
    #[arg(long, value_name = "FILE", conflicts_with = "cookie_file")]
    pub(crate) bitcoin_password_file: Option<PathBuf>,
}

/// The command line does not say how to reach the Bitcoin node.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeArgsError {
    #[error("--bitcoin URL is missing: the address of your Bitcoin node's JSON-RPC")]
    NoBitcoin,
    #[error(
        "--cookie-file FILE is missing: expected the cookie file in the data folder of the Bitcoin \
         node at {url} (or --bitcoin-password-file with user:password)"
    )]
    NoCredentials { url: String },
}

impl BitcoinArgs {
    /// Returns the node that was named, else the deployment's.
    pub(crate) fn connect(
        &self,
        deployment: Option<&Deployment>,
    ) -> Result<BitcoindNetwork, Failure> {
        let endpoint = deployment.map(|deployment| &deployment.bitcoin);
        let url = self
            .bitcoin
            .clone()
            .or_else(|| endpoint.map(|endpoint| endpoint.rpc_url.clone()))
            .ok_or_else(|| Failure::usage(NodeArgsError::NoBitcoin))?;
        let auth = if let Some(file) = &self.bitcoin_password_file {
            RpcAuth::UserPasswordFile(file.clone())
        } else {
            let file = self
                .cookie_file
                .clone()
                .or_else(|| endpoint.and_then(|endpoint| endpoint.cookie_file.clone()))
                .ok_or_else(|| Failure::usage(NodeArgsError::NoCredentials { url: url.clone() }))?;
            RpcAuth::CookieFile(file)
        };
        Ok(BitcoindNetwork::new(BitcoindOptions::new(url, auth)))
    }

    /// Returns the node that was named; asks the deployment only when none was.
    pub(crate) fn connect_or_deployed(
        &self,
        context: &Context,
    ) -> Result<BitcoindNetwork, Failure> {
        if self.bitcoin.is_some() {
            return self.connect(None);
        }
        self.connect(Some(&context.deployment()?))
    }
}
