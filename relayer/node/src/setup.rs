//! What relayer and attester read at their start.

use core::time::Duration;
use std::path::{Path, PathBuf};

use farbank_types::{Deployment, DEPLOYMENT_VERSION};
use thiserror::Error;

use crate::adapters::bitcoin::{BitcoindOptions, RpcAuth};
use crate::config::BitcoinConfig;

/// Why `deployment.json` or the Bitcoin node's credentials do not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `deployment.json` cannot be read.
    #[error("the deployment {} cannot be read: {source}; set deployment_file", path.display())]
    DeploymentUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `deployment.json` is not one.
    #[error("the deployment {} is damaged: {source}; write it anew", path.display())]
    DeploymentDamaged {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// `deployment.json` is of another version.
    #[error("the deployment {} has version {found}, expected {expected}", path.display())]
    DeploymentVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program reads.
        expected: u32,
    },
    /// Neither the configuration nor the deployment names credentials.
    #[error("no credentials for the Bitcoin node: set bitcoin.cookie_file or bitcoin.user_password_file")]
    NoBitcoinCredentials,
}

/// Reads `deployment.json`.
pub(crate) fn read_deployment(path: &Path) -> Result<Deployment, SetupError> {
    let text = std::fs::read(path)
        .map_err(|source| SetupError::DeploymentUnreadable { path: path.to_owned(), source })?;
    let deployment: Deployment = serde_json::from_slice(&text)
        .map_err(|source| SetupError::DeploymentDamaged { path: path.to_owned(), source })?;
    if deployment.version == DEPLOYMENT_VERSION {
        Ok(deployment)
    } else {
        Err(SetupError::DeploymentVersion {
            path: path.to_owned(),
            found: deployment.version,
            expected: DEPLOYMENT_VERSION,
        })
    }
}

/// Returns how to reach the Bitcoin node: as configured, otherwise as the deployment says.
pub(crate) fn bitcoind(
    config: &BitcoinConfig,
    deployment: &Deployment,
) -> Result<BitcoindOptions, SetupError> {
    let auth = match (&config.user_password_file, &config.cookie_file) {
        (Some(file), _) => RpcAuth::UserPasswordFile(file.clone()),
        (None, Some(file)) => RpcAuth::CookieFile(file.clone()),
        (None, None) => deployment
            .bitcoin
            .cookie_file
            .clone()
            .map(RpcAuth::CookieFile)
            .ok_or(SetupError::NoBitcoinCredentials)?,
    };
    let url = config.rpc_url.as_ref().unwrap_or(&deployment.bitcoin.rpc_url);
    let mut options = BitcoindOptions::new(url, auth);
    options.timeout = Duration::from_secs(config.request_timeout_secs);
    options.max_response_bytes = config.max_response_mib.saturating_mul(1024 * 1024);
    Ok(options)
}
