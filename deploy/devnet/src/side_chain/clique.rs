//! Three geth signers of a Clique chain (EIP-225) that know each other and nobody else.

use core::time::Duration;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use farbank_relayer::clock::{Clock as _, SystemClock};
use farbank_types::{Bytes, EvmAddress};
use serde::Serialize;

use super::{genesis, Programs, CHAIN_ID, GAS_LIMIT};
use crate::failure::{Error, Failure};
use crate::folder::{make_private_dir, write_json, write_private, DevnetFolder};
use crate::keys::KeyFile;
use crate::ports::free_ports;
use crate::process::{Processes, Program};

/// `geth init` and `geth account import`: under a second each, ten times slower at worst.
const PREPARE_LIMIT: Duration = Duration::from_secs(20);
/// Time for the signers to find each other before the first block is due: whoever has sealed a block
/// of his own before is only synchronised ten seconds later.
const ACQUAINTANCE_SECS: u64 = 4;
const SIGNERS: [&str; 3] = ["geth-1", "geth-2", "geth-3"];

/// One signer before its start.
struct Signer {
    name: &'static str,
    home: PathBuf,
    account: KeyFile,
    enode: String,
    http: u16,
    p2p: u16,
    auth: u16,
}

/// Writes keys, genesis and configuration, initialises the databases side by side, and returns the
/// programs.
pub(super) async fn prepare(
    folder: &DevnetFolder,
    processes: &Processes,
    geth: &Path,
    port: Option<u16>,
    funded: &[EvmAddress],
) -> Result<Programs, Failure> {
    let signers = [
        signer(folder, SIGNERS[0], port)?,
        signer(folder, SIGNERS[1], None)?,
        signer(folder, SIGNERS[2], None)?,
    ];
    let addresses: Vec<EvmAddress> =
        signers.iter().map(|signer| signer.account.evm_address()).collect();
    let genesis_time = SystemClock.now().saturating_add_secs(ACQUAINTANCE_SECS);
    let genesis = genesis::document(&addresses, funded, genesis_time);
    let enodes: Vec<&str> = signers.iter().map(|signer| signer.enode.as_str()).collect();
    for signer in &signers {
        write_json(&signer.home.join("genesis.json"), &genesis)?;
        // The account's key file is as private as its encrypted copy: the password adds nothing.
        write_private(&signer.home.join("password"), b"devnet\n")?;
        let path = signer.home.join("geth.toml");
        let peers = enodes.iter().filter(|enode| **enode != signer.enode).copied().collect();
        write_private(&path, config(signer, peers)?.as_bytes())?;
    }
    let [first, second, third] = &signers;
    tokio::try_join!(
        initialise(folder, processes, geth, first),
        initialise(folder, processes, geth, second),
        initialise(folder, processes, geth, third),
    )?;
    let peers = [second, third].map(|signer| program(folder, geth, signer)).into();
    Ok(Programs { first: program(folder, geth, first), peers })
}

fn signer(folder: &DevnetFolder, name: &'static str, http: Option<u16>) -> Result<Signer, Failure> {
    let home = folder.process(name);
    make_private_dir(&home)?;
    let account = KeyFile::create(&folder.keys(), &format!("{name}-signer"))?;
    let node = KeyFile::create(&folder.keys(), &format!("{name}-node"))?;
    let [http, p2p, auth] = free_ports([(name, http), (name, None), (name, None)])?;
    let id = Bytes::copy_from_slice(&node.raw_public_key()).to_string();
    let enode = format!("enode://{}@127.0.0.1:{p2p}?discport=0", id.trim_start_matches("0x"));
    Ok(Signer { name, home, account, enode, http, p2p, auth })
}

async fn initialise(
    folder: &DevnetFolder,
    processes: &Processes,
    geth: &Path,
    signer: &Signer,
) -> Result<(), Failure> {
    let datadir = signer.home.join("data").into_os_string();
    let run = |arguments: Vec<OsString>| {
        let arguments = arguments.into_iter().collect();
        Program { arguments, ..program(folder, geth, signer) }
    };
    let init = run(vec![
        "--datadir".into(),
        datadir.clone(),
        "init".into(),
        signer.home.join("genesis.json").into(),
    ]);
    let import = run(vec![
        "--datadir".into(),
        datadir,
        "--lightkdf".into(),
        "account".into(),
        "import".into(),
        "--password".into(),
        signer.home.join("password").into(),
        signer.account.path().into(),
    ]);
    processes.run(&init, PREPARE_LIMIT).await?;
    processes.run(&import, PREPARE_LIMIT).await
}

fn program(folder: &DevnetFolder, geth: &Path, signer: &Signer) -> Program {
    let address = signer.account.evm_address().to_string();
    let flags: [OsString; 20] = [
        "--config".into(),
        signer.home.join("geth.toml").into(),
        "--datadir".into(),
        signer.home.join("data").into(),
        "--nodekey".into(),
        folder.keys().join(format!("{}-node", signer.name)).into(),
        "--ipcdisable".into(),
        "--nodiscover".into(),
        "--nat".into(),
        "none".into(),
        "--netrestrict".into(),
        "127.0.0.0/8".into(),
        "--syncmode=full".into(),
        "--gcmode=archive".into(),
        "--mine".into(),
        format!("--miner.etherbase={address}").into(),
        format!("--unlock={address}").into(),
        "--allow-insecure-unlock".into(),
        "--password".into(),
        signer.home.join("password").into(),
    ];
    Program {
        name: signer.name.to_owned(),
        path: geth.to_owned(),
        arguments: flags.into(),
        log: folder.log(signer.name),
        folder: signer.home.clone(),
        port: signer.http,
    }
}

/// The part of geth's TOML file that is set here; its flags have no words for static peers and for
/// the address to listen on.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Config<'a> {
    eth: EthConfig,
    node: NodeConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EthConfig {
    network_id: u64,
    miner: MinerConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MinerConfig {
    gas_floor: u64,
    gas_ceil: u64,
    gas_price: u64,
}

#[derive(Serialize)]
struct NodeConfig<'a> {
    #[serde(rename = "HTTPHost")]
    http_host: &'a str,
    #[serde(rename = "HTTPPort")]
    http_port: u16,
    #[serde(rename = "HTTPModules")]
    http_modules: [&'a str; 6],
    #[serde(rename = "AuthAddr")]
    auth_addr: &'a str,
    #[serde(rename = "AuthPort")]
    auth_port: u16,
    #[serde(rename = "P2P")]
    p2p: P2pConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct P2pConfig<'a> {
    max_peers: u32,
    listen_addr: String,
    bootstrap_nodes: [&'a str; 0],
    bootstrap_nodes_v5: [&'a str; 0],
    static_nodes: Vec<&'a str>,
    trusted_nodes: Vec<&'a str>,
}

fn config(signer: &Signer, peers: Vec<&str>) -> Result<String, Failure> {
    let config = Config {
        eth: EthConfig {
            network_id: CHAIN_ID.get(),
            miner: MinerConfig { gas_floor: 0, gas_ceil: GAS_LIMIT, gas_price: 1 },
        },
        node: NodeConfig {
            http_host: "127.0.0.1",
            http_port: signer.http,
            http_modules: ["eth", "net", "web3", "clique", "debug", "txpool"],
            auth_addr: "127.0.0.1",
            auth_port: signer.auth,
            p2p: P2pConfig {
                max_peers: 10,
                listen_addr: format!("127.0.0.1:{}", signer.p2p),
                bootstrap_nodes: [],
                bootstrap_nodes_v5: [],
                static_nodes: peers.clone(),
                trusted_nodes: peers,
            },
        },
    };
    Ok(toml::to_string(&config).map_err(|source| Error::Config { name: signer.name, source })?)
}
