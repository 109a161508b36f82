//! The relayer's configuration: defaults, then a TOML file, then `FARBANK_SECTION__KEY`.
//!
//! Decides what can be set, its units and bounds; leaves out the bridge itself, which
//! `deployment.json` describes. No value here is consensus-critical: a wrong one costs time or gas,
//! never a coin. Unknown keys are refused. Secrets are named by file, never written here.

mod check;
mod error;
mod load;
mod sections;

pub use error::ConfigError;
pub use load::ENVIRONMENT_PREFIX;
pub use sections::{
    ApiConfig, BitcoinConfig, HeaderRelayConfig, LogConfig, LogFormat, PegInConfig, RelayerConfig,
    RuntimeConfig, SideChainConfig,
};
