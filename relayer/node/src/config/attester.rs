//! The sections of an attester. `deploy/config.attester.example.toml` shows each with a comment.

use core::num::NonZeroU32;
use core::time::Duration;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use farbank_transport::{PeerAddress, PeerIdentity, PeerLimits};
use farbank_types::B256;
use serde::{Deserialize, Serialize};

use super::sections::{BitcoinConfig, LogConfig, RuntimeConfig};
use super::{check, load, ConfigError};

/// Everything that can be set for an attester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttesterConfig {
    /// `deployment.json` of the bridge; key generation does without.
    pub deployment_file: PathBuf,
    /// Folder of the attester's own state; made when absent, used by one process at a time.
    pub state_dir: PathBuf,
    /// The federation, and this attester's share of its key.
    pub federation: MembersConfig,
    /// Where peers reach this attester.
    pub peer: PeerConfig,
    /// The attester's own Bitcoin node.
    pub bitcoin: BitcoinConfig,
    /// The attester's own side-chain node.
    pub side_chain: OwnSideChainConfig,
    /// What is signed beside what the rules demand.
    pub policy: PolicyConfig,
    /// The HTTP interface.
    pub api: AttesterApiConfig,
    /// How long things may take.
    pub runtime: RuntimeConfig,
    /// What is logged.
    pub log: LogConfig,
}

/// The federation, and this attester's share of its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MembersConfig {
    /// What everybody may know of the key; key generation writes it.
    pub group_file: PathBuf,
    /// The sealed share; key generation writes it.
    pub share_file: PathBuf,
    /// File with the passphrase that seals the share, mode 600.
    pub passphrase_file: PathBuf,
    /// How many members sign, for key generation.
    pub signers: u16,
    /// Name of the key generation, the same for all members and never used twice.
    pub ceremony: String,
    /// Time that key generation waits for the others.
    pub ceremony_timeout_secs: u64,
    /// The members in the order of their indices, this one included; for key generation.
    pub members: Vec<MemberConfig>,
}

/// A member of the federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberConfig {
    /// What `farbank attester identity` prints there.
    pub identity: PeerIdentity,
    /// Where it listens.
    pub address: PeerAddress,
}

/// Where peers reach this attester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeerConfig {
    /// Address and port.
    pub listen: SocketAddr,
    /// Private key that this attester proves itself with, mode 600; made when absent.
    pub identity_file: PathBuf,
    /// Identities of the relayers that may ask for signatures.
    pub relayers: Vec<PeerIdentity>,
    /// Connections of one peer.
    pub max_connections_per_peer: u32,
    /// What one peer may send in a second.
    pub max_kib_per_second: NonZeroU32,
    /// A connection without a request is closed after this.
    pub idle_timeout_secs: u64,
}

/// The attester's own side-chain node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnSideChainConfig {
    /// JSON-RPC address; absent: the one in `deployment.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc_url: Option<String>,
    /// Hash of the chain's genesis block, learned otherwise than from a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesis_hash: Option<B256>,
    /// The chain's genesis file in geth's form; for Clique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesis_file: Option<PathBuf>,
    /// After this a call counts as unanswered.
    pub request_timeout_secs: u64,
    /// Time between two looks at the node's tip.
    pub poll_interval_millis: u64,
}

/// What is signed beside what the rules demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// The operator's own brake: nothing is signed.
    pub paused: bool,
    /// Least fee rate.
    pub min_fee_rate_sat_per_vb: u32,
    /// Greatest fee rate.
    pub max_fee_rate_sat_per_vb: u32,
    /// Greatest sum of payouts signed within the window; a Clique chain needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout_cap_sat: Option<u64>,
    /// Length of that window.
    pub payout_cap_window_secs: u64,
    /// How much older than the judged state the transaction's anchor may be.
    pub max_anchor_age_secs: u64,
    /// How old the judged state may be.
    pub max_side_chain_age_secs: u64,
    /// How old the tip of the Bitcoin chain may be.
    pub max_bitcoin_age_secs: u64,
    /// Most transactions between a new one and the proven custody output.
    pub max_unproven: u32,
}

/// The HTTP interface of an attester: health and figures, nothing that changes anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttesterApiConfig {
    /// Address and port; port 0 takes a free one and logs it.
    pub listen: SocketAddr,
}

impl AttesterConfig {
    /// Reads the defaults, then `file`, then the environment, and checks the result.
    ///
    /// Relative paths are taken from the folder of `file`, without one from the working folder. The
    /// top-level paths have the variables `FARBANK_ATTESTER__STATE_DIR` and
    /// `FARBANK_ATTESTER__DEPLOYMENT_FILE`.
    ///
    /// # Errors
    /// [`ConfigError`]; an unknown key is named with the file or variable that it is in.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config: Self = load::read("attester", file)?;
        config.check()?;
        if let Some(folder) = file.and_then(Path::parent) {
            config.resolve(folder);
        }
        Ok(config)
    }

    /// Returns the configuration as TOML that [`Self::load`] reads back.
    ///
    /// # Errors
    /// [`ConfigError::Unprintable`] for a path that is no UTF-8.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|source| ConfigError::Unprintable { source })
    }

    /// Checks every number against its bounds.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`] or [`ConfigError::TwoCredentials`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let (side_chain, policy) = (&self.side_chain, &self.policy);
        let (peer, federation) = (&self.peer, &self.federation);
        let fee_rates = (policy.min_fee_rate_sat_per_vb, policy.max_fee_rate_sat_per_vb);
        self.bitcoin.check()?;
        self.runtime.check()?;
        check::bounds([
            ("federation.ceremony_timeout_secs", federation.ceremony_timeout_secs, 1, check::DAY),
            ("peer.max_connections_per_peer", u64::from(peer.max_connections_per_peer), 1, 64),
            ("peer.max_kib_per_second", u64::from(peer.max_kib_per_second.get()), 16, 1_048_576),
            ("peer.idle_timeout_secs", peer.idle_timeout_secs, 1, check::DAY),
            ("side_chain.request_timeout_secs", side_chain.request_timeout_secs, 1, 600),
            ("side_chain.poll_interval_millis", side_chain.poll_interval_millis, 50, 600_000),
            ("policy.min_fee_rate_sat_per_vb", u64::from(fee_rates.0), 1, 10_000),
            ("policy.max_fee_rate_sat_per_vb", u64::from(fee_rates.1), fee_rates.0.into(), 10_000),
            ("policy.payout_cap_window_secs", policy.payout_cap_window_secs, 60, 365 * check::DAY),
            ("policy.max_anchor_age_secs", policy.max_anchor_age_secs, 1, check::DAY),
            ("policy.max_side_chain_age_secs", policy.max_side_chain_age_secs, 1, check::DAY),
            ("policy.max_bitcoin_age_secs", policy.max_bitcoin_age_secs, 1, 7 * check::DAY),
            ("policy.max_unproven", u64::from(policy.max_unproven), 1, 100),
        ])
    }

    fn resolve(&mut self, folder: &Path) {
        let federation = &mut self.federation;
        let required = [
            &mut self.deployment_file,
            &mut self.state_dir,
            &mut federation.group_file,
            &mut federation.share_file,
            &mut federation.passphrase_file,
            &mut self.peer.identity_file,
        ];
        let optional = [
            &mut self.bitcoin.cookie_file,
            &mut self.bitcoin.user_password_file,
            &mut self.side_chain.genesis_file,
        ];
        for path in required.into_iter().chain(optional.into_iter().flatten()) {
            // Leaves an absolute path alone.
            *path = folder.join(&*path);
        }
    }
}

impl PeerConfig {
    /// Returns what a peer may take.
    #[must_use]
    pub fn limits(&self) -> PeerLimits {
        let limits = PeerLimits::default();
        let connections = usize::try_from(self.max_connections_per_peer);
        PeerLimits {
            idle: Duration::from_secs(self.idle_timeout_secs),
            connections_per_peer: connections.unwrap_or(usize::MAX),
            kib_per_second: self.max_kib_per_second,
            burst_kib: self.max_kib_per_second.max(limits.burst_kib),
            ..limits
        }
    }
}

impl Default for AttesterConfig {
    fn default() -> Self {
        Self {
            deployment_file: "deployment.json".into(),
            state_dir: "attester".into(),
            federation: MembersConfig::default(),
            peer: PeerConfig::default(),
            bitcoin: BitcoinConfig::default(),
            side_chain: OwnSideChainConfig::default(),
            policy: PolicyConfig::default(),
            api: AttesterApiConfig::default(),
            runtime: RuntimeConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for MembersConfig {
    fn default() -> Self {
        Self {
            group_file: "federation.json".into(),
            share_file: "keys/share.json".into(),
            passphrase_file: "keys/share.passphrase".into(),
            signers: 3,
            ceremony: "1".to_owned(),
            ceremony_timeout_secs: 600,
            members: Vec::new(),
        }
    }
}

impl Default for PeerConfig {
    fn default() -> Self {
        let limits = PeerLimits::default();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7_390)),
            identity_file: "keys/attester-identity.pem".into(),
            relayers: Vec::new(),
            max_connections_per_peer: 4,
            max_kib_per_second: limits.kib_per_second,
            idle_timeout_secs: limits.idle.as_secs(),
        }
    }
}

impl Default for OwnSideChainConfig {
    fn default() -> Self {
        Self {
            rpc_url: None,
            genesis_hash: None,
            genesis_file: None,
            request_timeout_secs: 10,
            poll_interval_millis: 1_000,
        }
    }
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            paused: false,
            min_fee_rate_sat_per_vb: 1,
            max_fee_rate_sat_per_vb: 500,
            payout_cap_sat: None,
            payout_cap_window_secs: check::DAY,
            max_anchor_age_secs: 60 * 60,
            max_side_chain_age_secs: 10 * 60,
            max_bitcoin_age_secs: 6 * 60 * 60,
            max_unproven: 12,
        }
    }
}

impl Default for AttesterApiConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7_391)) }
    }
}
