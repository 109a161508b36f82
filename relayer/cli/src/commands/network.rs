//! Names of Bitcoin networks on the command line.

use clap::ValueEnum;
use farbank_types::bitcoin::Network;

/// A Bitcoin network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NetworkName {
    #[value(alias = "bitcoin", alias = "main")]
    Mainnet,
    #[value(alias = "testnet", alias = "test")]
    Testnet3,
    Testnet4,
    Signet,
    Regtest,
}

impl From<NetworkName> for Network {
    fn from(name: NetworkName) -> Self {
        match name {
            NetworkName::Mainnet => Self::Bitcoin,
            NetworkName::Testnet3 => Self::Testnet,
            NetworkName::Testnet4 => Self::Testnet4,
            NetworkName::Signet => Self::Signet,
            NetworkName::Regtest => Self::Regtest,
        }
    }
}
