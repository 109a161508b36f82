//! What a start tells its caller while it runs.

use core::fmt;

use bitcoin::{Txid, XOnlyPublicKey};
use farbank_types::{BitcoinHeight, EvmAddress, Gas, SideChainKind};
use serde::{Deserialize, Serialize};

use crate::side_chain::SideChainReason;

/// A step of a start that is done, or under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// What the side chain will be.
    SideChainChosen {
        /// Its consensus.
        kind: SideChainKind,
        /// Why this one.
        reason: SideChainReason,
    },
    /// A part starts.
    Starting {
        /// The process, or all of a kind.
        part: String,
    },
    /// A part answers.
    Ready {
        /// The process, or all of a kind.
        part: String,
    },
    /// The first blocks are mined, so that there is money to spend.
    Mined {
        /// Height of the tip.
        height: BitcoinHeight,
    },
    /// The attesters hold shares of a key that nobody holds whole.
    KeyGenerated {
        /// The federation's key, x-only.
        key: XOnlyPublicKey,
        /// How many of them sign.
        signers: u16,
        /// How many there are.
        attesters: u16,
    },
    /// The custody address is paid and buried.
    CustodyPaid {
        /// The seed's transaction.
        txid: Txid,
    },
    /// The contracts are on the side chain.
    ContractsDeployed {
        /// The bridge.
        bridge: EvmAddress,
        /// What it used.
        gas: Gas,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SideChainChosen { kind, reason } => match reason {
                SideChainReason::Asked => write!(f, "side chain: {}", kind.name()),
                SideChainReason::GethFound => write!(f, "side chain: {} (geth found)", kind.name()),
                SideChainReason::GethMissing => write!(
                    f,
                    "side chain: {}, because geth was not found: a development node without \
                     consensus of its own",
                    kind.name()
                ),
            },
            Self::Starting { part } => write!(f, "starting {part}"),
            Self::Ready { part } => write!(f, "{part} ready"),
            Self::Mined { height } => write!(f, "mined to height {height}"),
            Self::KeyGenerated { key, signers, attesters } => write!(
                f,
                "{attesters} attesters generated key {key}; any {signers} of them sign, fewer cannot"
            ),
            Self::CustodyPaid { txid } => write!(f, "custody seeded by {txid}"),
            Self::ContractsDeployed { bridge, gas } => {
                write!(f, "bridge deployed at {bridge} ({gas} gas)")
            }
        }
    }
}
