//! bitcoind on regtest: configuration, start, and the client for it.

use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;

use bitcoin::Network;
use farbank_relayer::adapters::bitcoin::{BitcoindNetwork, BitcoindOptions, RpcAuth};

use crate::failure::Failure;
use crate::folder::{make_private_dir, write_private, DevnetFolder};
use crate::process::{Processes, Program};

/// Name of the process.
pub(crate) const BITCOIND: &str = "bitcoind";
/// A first start makes the genesis block and the indexes: under a second, ten times slower at worst.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// Returns the cookie that the node writes at each start.
pub(crate) fn cookie(folder: &DevnetFolder) -> PathBuf {
    folder.process(BITCOIND).join("rpc.cookie")
}

/// Writes `bitcoin.conf` and returns the program.
pub(crate) fn configure(
    folder: &DevnetFolder,
    bitcoind: PathBuf,
    port: u16,
) -> Result<Program, Failure> {
    let home = folder.process(BITCOIND);
    make_private_dir(&home)?;
    let file = home.join("bitcoin.conf");
    write_private(&file, conf(port, &cookie(folder)).as_bytes())?;
    let mut datadir = OsString::from("-datadir=");
    datadir.push(&home);
    let mut conf = OsString::from("-conf=");
    conf.push(&file);
    Ok(Program {
        name: BITCOIND.to_owned(),
        path: bitcoind,
        arguments: vec![datadir, conf],
        log: folder.log(BITCOIND),
        folder: home,
        port,
    })
}

/// One node without peers. Everything it says goes to its standard output, so to its log.
fn conf(port: u16, cookie: &std::path::Path) -> String {
    format!(
        "regtest=1\nserver=1\nrest=1\ntxindex=1\nlisten=0\ndnsseed=0\nnatpmp=0\nprinttoconsole=1\n\
         nodebuglogfile=1\nrpccookiefile={}\n\n[regtest]\nrpcbind=127.0.0.1\n\
         rpcallowip=127.0.0.1\nrpcport={port}\n",
        cookie.display()
    )
}

/// Returns a client of the node.
pub(crate) fn client(folder: &DevnetFolder, port: u16) -> BitcoindNetwork {
    let auth = RpcAuth::CookieFile(cookie(folder));
    BitcoindNetwork::new(BitcoindOptions::new(url(port), auth))
}

/// Returns the address of the node's JSON-RPC.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Waits until the node answers on regtest.
pub(crate) async fn ready(processes: &Processes, node: &BitcoindNetwork) -> Result<(), Failure> {
    processes
        .wait_ready(BITCOIND, READY_LIMIT, || async { node.check(Network::Regtest).await.is_ok() })
        .await
}
