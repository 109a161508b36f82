//! The sections and their defaults. `deploy/config.example.toml` shows each with a comment.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use farbank_transport::PeerAddress;
use serde::{Deserialize, Serialize};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelayerConfig {
    /// `deployment.json` of the bridge.
    pub deployment_file: PathBuf,
    /// Folder of the relayer's own state; made when absent, used by one process at a time.
    pub state_dir: PathBuf,
    /// The main chain's node.
    pub bitcoin: BitcoinConfig,
    /// The side chain's node and the relayer's account.
    pub side_chain: SideChainConfig,
    /// Carrying headers.
    pub header_relay: HeaderRelayConfig,
    /// Carrying claims.
    pub peg_in: PegInConfig,
    /// Paying redemptions and sweeping deposits.
    pub peg_out: PegOutConfig,
    /// The attesters that sign what this relayer proposes.
    pub federation: FederationConfig,
    /// The HTTP interface.
    pub api: ApiConfig,
    /// How long things may take.
    pub runtime: RuntimeConfig,
    /// What is logged.
    pub log: LogConfig,
}

/// The main chain's node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BitcoinConfig {
    /// JSON-RPC address; absent: the one in `deployment.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc_url: Option<String>,
    /// Cookie file; absent: the one in `deployment.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie_file: Option<PathBuf>,
    /// File with `user:password`, instead of a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_password_file: Option<PathBuf>,
    /// After this a call counts as unanswered.
    pub request_timeout_secs: u64,
    /// Time between two looks at the node's tip.
    pub poll_interval_millis: u64,
    /// Greatest answer that is read.
    pub max_response_mib: u32,
}

/// The side chain's node and the relayer's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SideChainConfig {
    /// JSON-RPC address; absent: the one in `deployment.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc_url: Option<String>,
    /// File with the secret key of the account that pays the gas, as hexadecimal digits.
    pub key_file: PathBuf,
    /// After this a call counts as unanswered.
    pub request_timeout_secs: u64,
    /// Time between two looks at the contract.
    pub poll_interval_millis: u64,
    /// Blocks on top that make a clique block final for this relayer (2n for n signers). A node
    /// with its own `finalized` tag is asked for that instead.
    pub finality_blocks: u64,
}

/// Carrying headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderRelayConfig {
    /// Headers in one segment, 1 to 500. A branch that leaves inside a segment repeats its headers,
    /// and the contract takes a branch of at most 1,600 headers.
    pub max_segment_headers: u32,
    /// Headers that are carried even when no deposit waits for them.
    pub min_batch_headers: u32,
    /// Age of the contract's tip at which one new header is worth its gas; at most half of the
    /// bridge's freshness bound is used.
    pub max_tip_age_secs: u64,
}

/// Carrying claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PegInConfig {
    /// Deposit descriptors that are watched; further ones are refused.
    pub max_descriptors: u32,
    /// Claims of one block in one transaction, 1 to 20.
    pub max_claims_per_transaction: u32,
}

/// Paying redemptions and sweeping deposits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PegOutConfig {
    /// Confirmations at which a minted deposit is swept even without a payout.
    pub sweep_age_blocks: u32,
    /// How long a payout waits for others to share its fee with.
    pub collect_secs: u64,
    /// How long a sweep without payouts waits for one.
    pub sweep_collect_secs: u64,
    /// After this a proposal that was not signed is made anew.
    pub signing_timeout_secs: u64,
    /// Bitcoin blocks without a confirmation after which a higher fee is paid.
    pub replace_after_blocks: u32,
    /// Bitcoin blocks within which a payout should confirm: what the node's estimate is asked for.
    pub fee_target_blocks: u32,
    /// Highest fee rate that is paid, whatever the node says.
    pub max_fee_rate_sat_per_vb: u32,
    /// Payouts in one transaction, 1 to 200.
    pub max_payouts_per_transaction: u32,
    /// Deposits in one transaction, 1 to 63.
    pub max_sweeps_per_transaction: u32,
}

/// The attesters that sign what this relayer proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FederationConfig {
    /// The federation's public file; absent: this relayer proposes no custody transactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_file: Option<PathBuf>,
    /// Private key that this relayer proves itself with, mode 600; made when absent.
    pub identity_file: PathBuf,
    /// Where the attesters listen, in the order of the public file.
    pub attesters: Vec<PeerAddress>,
    /// After this an attester counts as silent.
    pub answer_timeout_secs: u64,
}

/// The HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Address and port; port 0 takes a free one and logs it.
    pub listen: SocketAddr,
    /// File with the bearer token of state-changing calls; made when absent.
    pub token_file: PathBuf,
    /// Greatest request body.
    pub max_body_bytes: u32,
}

/// How long things may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuntimeConfig {
    /// Time that running work gets at shutdown.
    pub shutdown_timeout_secs: u64,
    /// Longest pause between two tries of a node that fails.
    pub max_backoff_secs: u64,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Filter in the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// For people or for machines.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line each.
    Text,
    /// One JSON object each.
    Json,
}

impl Default for RelayerConfig {
    fn default() -> Self {
        Self {
            deployment_file: "deployment.json".into(),
            state_dir: "state".into(),
            bitcoin: BitcoinConfig::default(),
            side_chain: SideChainConfig::default(),
            header_relay: HeaderRelayConfig::default(),
            peg_in: PegInConfig::default(),
            peg_out: PegOutConfig::default(),
            federation: FederationConfig::default(),
            api: ApiConfig::default(),
            runtime: RuntimeConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for BitcoinConfig {
    fn default() -> Self {
        Self {
            rpc_url: None,
            cookie_file: None,
            user_password_file: None,
            request_timeout_secs: 10,
            poll_interval_millis: 1_000,
            max_response_mib: 20,
        }
    }
}

impl Default for SideChainConfig {
    fn default() -> Self {
        Self {
            rpc_url: None,
            key_file: "keys/relayer.key".into(),
            request_timeout_secs: 10,
            poll_interval_millis: 1_000,
            finality_blocks: 6,
        }
    }
}

impl Default for HeaderRelayConfig {
    fn default() -> Self {
        Self { max_segment_headers: 144, min_batch_headers: 6, max_tip_age_secs: 3_600 }
    }
}

impl Default for PegInConfig {
    fn default() -> Self {
        Self { max_descriptors: 10_000, max_claims_per_transaction: 20 }
    }
}

impl Default for PegOutConfig {
    fn default() -> Self {
        Self {
            sweep_age_blocks: 144,
            collect_secs: 60,
            sweep_collect_secs: 600,
            signing_timeout_secs: 60,
            replace_after_blocks: 3,
            fee_target_blocks: 6,
            max_fee_rate_sat_per_vb: 200,
            max_payouts_per_transaction: 100,
            max_sweeps_per_transaction: 40,
        }
    }
}

impl Default for FederationConfig {
    fn default() -> Self {
        Self {
            group_file: None,
            identity_file: "keys/relayer-identity.pem".into(),
            attesters: Vec::new(),
            answer_timeout_secs: 15,
        }
    }
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7_381)),
            token_file: "keys/relayer.token".into(),
            max_body_bytes: 16_384,
        }
    }
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self { shutdown_timeout_secs: 10, max_backoff_secs: 30 }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".into(), format: LogFormat::Text }
    }
}
