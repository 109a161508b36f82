//! The federation of a devnet: four attesters, each a process with its own folder, and the key that
//! they generate together.

use core::time::Duration;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use farbank_federation::group::Group;
use farbank_relayer::config::{
    AttesterApiConfig, AttesterConfig, BitcoinConfig, FederationConfig, MemberConfig,
    MembersConfig, OwnSideChainConfig, PeerConfig, PolicyConfig, RuntimeConfig,
};
use farbank_transport::{IdentityKey, PeerIdentity};
use farbank_types::{SideChainKind, B256};
use secp256k1::rand::{thread_rng, RngCore as _};

use crate::failure::{Error, Failure};
use crate::folder::{make_private_dir, read_json, write_private, DevnetFolder};
use crate::ports::free_ports;
use crate::process::{Processes, Program};
use crate::side_chain::SideChain;

/// Names of the processes.
pub(crate) const ATTESTERS: [&str; 4] = ["attester-1", "attester-2", "attester-3", "attester-4"];
/// How many of them sign: one may lie or be silent.
const SIGNERS: u16 = 3;
/// Three rounds on one machine take a second; four processes of a busy one take more.
const KEY_GENERATION_LIMIT: Duration = Duration::from_secs(30);
/// A hundred headers of one chain, some of the other, a few proofs.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// Nodes on the same machine may be asked often.
const POLL_MILLIS: u64 = 250;
/// Nobody waits longer for a node to come back than this.
const MAX_BACKOFF_SECS: u64 = 2;
/// Everything that a devnet ever holds may be paid out in a day; the brake is there all the same.
const PAYOUT_CAP_SAT: u64 = 10_000_000_000;

/// The attesters, configured, with the key that they hold together.
#[derive(Debug)]
pub(crate) struct Federation {
    pub(crate) group: Group,
    executable: PathBuf,
    members: Vec<Member>,
}

/// An attester before its start.
#[derive(Debug)]
struct Member {
    name: &'static str,
    home: PathBuf,
    peer_port: u16,
    api_port: u16,
    config: AttesterConfig,
}

/// Returns the file that holds the relayer's identity towards the attesters.
pub(crate) fn relayer_identity(folder: &DevnetFolder) -> PathBuf {
    folder.keys().join("relayer-identity.pem")
}

fn identity(file: &Path) -> Result<PeerIdentity, Error> {
    Ok(IdentityKey::open_or_make(file).map_err(Error::Identity)?.identity())
}

impl Federation {
    /// Configures the attesters and lets them generate a key. Needs no chain.
    pub(crate) async fn generate(
        folder: &DevnetFolder,
        processes: &Processes,
        executable: &Path,
    ) -> Result<Self, Failure> {
        make_private_dir(&folder.keys())?;
        let relayer = identity(&relayer_identity(folder))?;
        let mut members = Vec::new();
        for name in ATTESTERS {
            members.push(member(folder, name, relayer)?);
        }
        let listed: Vec<MemberConfig> = members.iter().map(listed).collect::<Result<_, _>>()?;
        for member in &mut members {
            member.config.federation.members.clone_from(&listed);
            write_config(member)?;
        }
        let ceremonies = members.iter().map(|member| {
            let mut program = program(folder, executable, member, "dkg");
            // What it says before the attester runs goes where the attester's own log will be.
            program.name = format!("{}: key generation", member.name);
            async move { processes.run(&program, KEY_GENERATION_LIMIT).await }
        });
        futures_util::future::try_join_all(ceremonies).await?;
        let group = read_json(&members[0].config.federation.group_file)?;
        Ok(Self { group, executable: executable.to_owned(), members })
    }

    /// Points each attester to its own side-chain node, as far as there are several, and gives it new
    /// ports: somebody may have taken the old ones since the key was generated.
    pub(crate) fn configure(
        &mut self,
        folder: &DevnetFolder,
        side_chain: &SideChain,
        genesis_hash: B256,
    ) -> Result<(), Failure> {
        let nodes: Vec<_> = side_chain.nodes().collect();
        for (member, node) in self.members.iter_mut().zip(nodes.iter().cycle()) {
            let [peer_port, api_port] = free_ports([(member.name, None), (member.name, None)])?;
            (member.peer_port, member.api_port) = (peer_port, api_port);
            member.config.peer.listen = address(peer_port);
            member.config.api.listen = address(api_port);
            let own = &mut member.config.side_chain;
            own.rpc_url = Some(node.rpc.url.clone());
            own.genesis_hash = Some(genesis_hash);
            own.genesis_file = match side_chain.kind {
                SideChainKind::Clique => Some(folder.process(&node.name).join("genesis.json")),
                SideChainKind::Anvil => None,
            };
            write_config(member)?;
        }
        Ok(())
    }

    /// Starts the attesters and waits until they have followed both chains and found the bridge to be
    /// what it should be.
    pub(crate) async fn start(
        &self,
        folder: &DevnetFolder,
        processes: &Processes,
    ) -> Result<(), Failure> {
        for member in &self.members {
            processes.start(program(folder, &self.executable, member, "run"))?;
        }
        for member in &self.members {
            ready(processes, member.name).await?;
        }
        Ok(())
    }

    /// Returns what a relayer has to know to ask the attesters.
    pub(crate) fn for_relayer(&self, folder: &DevnetFolder) -> FederationConfig {
        FederationConfig {
            group_file: Some(self.members[0].config.federation.group_file.clone()),
            identity_file: relayer_identity(folder),
            attesters: self.members.iter().map(|member| address(member.peer_port).into()).collect(),
            ..FederationConfig::default()
        }
    }
}

fn member(
    folder: &DevnetFolder,
    name: &'static str,
    relayer: PeerIdentity,
) -> Result<Member, Failure> {
    let home = folder.process(name);
    make_private_dir(&home)?;
    let [peer_port, api_port] = free_ports([(name, None), (name, None)])?;
    let passphrase_file = folder.keys().join(format!("{name}.passphrase"));
    let mut passphrase = [0; 32];
    thread_rng().fill_bytes(&mut passphrase);
    write_private(&passphrase_file, format!("{}\n", hex::encode(passphrase)).as_bytes())?;
    let config = AttesterConfig {
        deployment_file: folder.deployment(),
        state_dir: home.join("state"),
        federation: MembersConfig {
            group_file: home.join("federation.json"),
            share_file: folder.keys().join(format!("{name}-share.json")),
            passphrase_file,
            signers: SIGNERS,
            ceremony: "devnet".to_owned(),
            ceremony_timeout_secs: KEY_GENERATION_LIMIT.as_secs(),
            ..MembersConfig::default()
        },
        peer: PeerConfig {
            listen: address(peer_port),
            identity_file: folder.keys().join(format!("{name}-identity.pem")),
            relayers: vec![relayer],
            ..PeerConfig::default()
        },
        bitcoin: BitcoinConfig { poll_interval_millis: POLL_MILLIS, ..BitcoinConfig::default() },
        side_chain: OwnSideChainConfig {
            poll_interval_millis: POLL_MILLIS,
            ..OwnSideChainConfig::default()
        },
        policy: PolicyConfig { payout_cap_sat: Some(PAYOUT_CAP_SAT), ..PolicyConfig::default() },
        api: AttesterApiConfig { listen: address(api_port) },
        runtime: RuntimeConfig { max_backoff_secs: MAX_BACKOFF_SECS, ..RuntimeConfig::default() },
        ..AttesterConfig::default()
    };
    Ok(Member { name, home, peer_port, api_port, config })
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn listed(member: &Member) -> Result<MemberConfig, Error> {
    let identity = identity(&member.config.peer.identity_file)?;
    Ok(MemberConfig { identity, address: address(member.peer_port).into() })
}

fn config_file(member: &Member) -> PathBuf {
    member.home.join("attester.toml")
}

fn write_config(member: &Member) -> Result<(), Failure> {
    let file = config_file(member);
    let text = toml::to_string(&member.config)
        .map_err(|source| Error::Config { name: member.name, source })?;
    Ok(write_private(&file, text.as_bytes())?)
}

fn program(
    folder: &DevnetFolder,
    executable: &Path,
    member: &Member,
    command: &'static str,
) -> Program {
    let file = config_file(member);
    Program {
        name: member.name.to_owned(),
        path: executable.to_owned(),
        arguments: vec!["attester".into(), command.into(), "--config".into(), file.into()],
        log: folder.log(member.name),
        folder: member.home.clone(),
        port: member.api_port,
    }
}

/// Waits until an attester serves and has both chains.
pub(crate) async fn ready(processes: &Processes, name: &str) -> Result<(), Failure> {
    let port = processes.port(name).unwrap_or_default();
    let url = format!("http://127.0.0.1:{port}/readyz");
    processes
        .wait_ready(name, READY_LIMIT, || async {
            reqwest::get(&url).await.is_ok_and(|response| response.status().is_success())
        })
        .await
}
