//! The relayer's process: the same program, configured for the devnet.

use core::time::Duration;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use farbank_relayer::config::{
    ApiConfig, BitcoinConfig, FederationConfig, PegOutConfig, RelayerConfig, RuntimeConfig,
    SideChainConfig,
};
use farbank_types::BlockCount;

use crate::failure::{Error, Failure};
use crate::folder::{make_private_dir, write_private, DevnetFolder};
use crate::keys::DevnetKeys;
use crate::process::{Processes, Program};

/// Name of the process.
pub(crate) const RELAYER: &str = "relayer";
/// Name of the key file with the bearer token, which the relayer makes.
pub(crate) const TOKEN: &str = "relayer.token";
/// Reading a deployment, opening a database, syncing a hundred headers.
const READY_LIMIT: Duration = Duration::from_secs(20);
/// Nodes on the same machine may be asked often.
const POLL_MILLIS: u64 = 250;
/// A deposit is swept long before its reclaim, which comes after 300 blocks here.
pub(crate) const SWEEP_AGE: BlockCount = BlockCount::new(20);
/// Whoever tries a payout waits for no others.
const COLLECT_SECS: u64 = 1;
/// A redemption right after a mint still shares the sweep's transaction.
const SWEEP_COLLECT_SECS: u64 = 3;
/// Nobody waits longer for a node to come back than this.
const MAX_BACKOFF_SECS: u64 = 2;

/// Returns the address of its HTTP interface.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Writes `relayer.toml` and returns the program.
pub(crate) fn configure(
    folder: &DevnetFolder,
    executable: &Path,
    keys: &DevnetKeys,
    federation: FederationConfig,
    port: u16,
) -> Result<Program, Failure> {
    let home = folder.process(RELAYER);
    make_private_dir(&home)?;
    let config = RelayerConfig {
        deployment_file: folder.deployment(),
        state_dir: home.join("state"),
        bitcoin: BitcoinConfig { poll_interval_millis: POLL_MILLIS, ..BitcoinConfig::default() },
        side_chain: SideChainConfig {
            key_file: keys.relayer.path().to_owned(),
            poll_interval_millis: POLL_MILLIS,
            ..SideChainConfig::default()
        },
        federation,
        peg_out: PegOutConfig {
            sweep_age_blocks: SWEEP_AGE.get(),
            collect_secs: COLLECT_SECS,
            sweep_collect_secs: SWEEP_COLLECT_SECS,
            ..PegOutConfig::default()
        },
        api: ApiConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            token_file: folder.keys().join(TOKEN),
            ..ApiConfig::default()
        },
        runtime: RuntimeConfig { max_backoff_secs: MAX_BACKOFF_SECS, ..RuntimeConfig::default() },
        ..RelayerConfig::default()
    };
    let file = home.join("relayer.toml");
    let text =
        toml::to_string(&config).map_err(|source| Error::Config { name: RELAYER, source })?;
    write_private(&file, text.as_bytes())?;
    Ok(Program {
        name: RELAYER.to_owned(),
        path: executable.to_owned(),
        arguments: vec!["relayer".into(), "run".into(), "--config".into(), file.into()],
        log: folder.log(RELAYER),
        folder: home,
        port,
    })
}

/// Waits until the relayer serves and has both nodes.
pub(crate) async fn ready(processes: &Processes, url: &str) -> Result<(), Failure> {
    let address = format!("{url}/readyz");
    processes
        .wait_ready(RELAYER, READY_LIMIT, || async {
            reqwest::get(&address).await.is_ok_and(|response| response.status().is_success())
        })
        .await
}
