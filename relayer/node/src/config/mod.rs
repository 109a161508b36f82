//! The configuration of relayer and attester: defaults, then a TOML file, then
//! `FARBANK_SECTION__KEY`.
//!
//! Decides what can be set, its units and bounds; leaves out the bridge itself, which
//! `deployment.json` describes. No value of a relayer is consensus-critical: a wrong one costs time
//! or gas, never a coin. An attester's genesis, limits and nodes are: it trusts them. Unknown keys are
//! refused. Secrets are named by file, never written here.

mod attester;
mod check;
mod error;
mod load;
mod sections;

pub use attester::{
    AttesterApiConfig, AttesterConfig, MemberConfig, MembersConfig, OwnSideChainConfig, PeerConfig,
    PolicyConfig,
};
pub use error::ConfigError;
pub use load::ENVIRONMENT_PREFIX;
pub use sections::{
    ApiConfig, BitcoinConfig, FederationConfig, HeaderRelayConfig, LogConfig, LogFormat,
    PegInConfig, PegOutConfig, RelayerConfig, RuntimeConfig, SideChainConfig,
};
