//! Where a chain begins: geth's genesis file as block 0.

use alloy_consensus::{Header, EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH};
use alloy_eips::eip1559::INITIAL_BASE_FEE;
use alloy_trie::root::state_root_ref_unhashed;
use farbank_types::{ChainId, EvmAddress};

use super::check::check_start;
use super::rejection::CliqueRejection;
use super::{CliqueChain, CliqueRules, DEFAULT_EPOCH};
use crate::header::SideHeader;

/// Gas limit that geth writes when the file says 0.
const DEFAULT_GAS_LIMIT: u64 = 4_712_388;

/// A genesis file from which no chain can be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisRejection {
    /// Not a genesis file as geth reads it.
    #[error("not a genesis file; give the JSON that `geth init` was given")]
    Malformed(#[source] serde_json::Error),
    /// The chain is not sealed by Clique.
    #[error("the genesis file configures no Clique")]
    NotClique,
    /// Block 0 has another number than 0.
    #[error("the genesis file gives block 0 the number {number}")]
    NotBlockZero {
        /// Number in the file.
        number: u64,
    },
    /// The chain does not begin with London's rules.
    #[error("the chain does not follow London from block 0 on; start from a later checkpoint")]
    NotLondon,
    /// A fork after London is planned, from which on Clique ends.
    #[error("the genesis file plans a fork after London, which Clique does not survive")]
    LaterFork,
    /// The base fee does not fit 64 bits.
    #[error("the base fee {base_fee} is too high")]
    BaseFeeTooHigh {
        /// Base fee in the file, wei per gas.
        base_fee: u128,
    },
    /// Block 0 breaks a rule.
    #[error(transparent)]
    Header(#[from] CliqueRejection),
}

impl GenesisRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "Malformed",
            Self::NotClique => "NotClique",
            Self::NotBlockZero { .. } => "NotBlockZero",
            Self::NotLondon => "NotLondon",
            Self::LaterFork => "LaterFork",
            Self::BaseFeeTooHigh { .. } => "BaseFeeTooHigh",
            Self::Header(reason) => reason.name(),
        }
    }
}

/// The beginning of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The chain's id (EIP-155).
    pub chain_id: ChainId,
    /// Its rules.
    pub rules: CliqueRules,
    /// Block 0, with the state root of the accounts in the file.
    pub header: SideHeader,
    /// Its first signers, ascending.
    pub signers: Vec<EvmAddress>,
}

impl Genesis {
    /// Reads the file that `geth init` reads, and computes the same block 0.
    ///
    /// # Errors
    /// Refuses another file, and a chain that is not Clique with London from block 0 on.
    pub fn from_geth_json(json: &[u8]) -> Result<Self, GenesisRejection> {
        let file: alloy_genesis::Genesis =
            serde_json::from_slice(json).map_err(GenesisRejection::Malformed)?;
        let config = &file.config;
        let clique = config.clique.ok_or(GenesisRejection::NotClique)?;
        let epoch = clique.epoch.filter(|epoch| *epoch > 0).unwrap_or(DEFAULT_EPOCH);
        let rules = CliqueRules { period_secs: clique.period.unwrap_or(0), epoch };
        if let Some(number) = file.number.filter(|number| *number != 0) {
            return Err(GenesisRejection::NotBlockZero { number });
        }
        if config.london_block != Some(0) {
            return Err(GenesisRejection::NotLondon);
        }
        let planned = config.shanghai_time.is_some()
            || config.cancun_time.is_some()
            || config.terminal_total_difficulty.is_some();
        if planned {
            return Err(GenesisRejection::LaterFork);
        }
        let base_fee = file.base_fee_per_gas.unwrap_or_else(|| INITIAL_BASE_FEE.into());
        let base_fee_per_gas = u64::try_from(base_fee);
        let base_fee_per_gas =
            base_fee_per_gas.map_err(|_| GenesisRejection::BaseFeeTooHigh { base_fee })?;
        let header = SideHeader::new(Header {
            parent_hash: file.parent_hash.unwrap_or_default(),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: file.coinbase,
            state_root: state_root_ref_unhashed(&file.alloc),
            transactions_root: EMPTY_ROOT_HASH,
            receipts_root: EMPTY_ROOT_HASH,
            difficulty: file.difficulty,
            gas_limit: if file.gas_limit == 0 { DEFAULT_GAS_LIMIT } else { file.gas_limit },
            timestamp: file.timestamp,
            extra_data: file.extra_data,
            mix_hash: file.mix_hash,
            nonce: file.nonce.into(),
            base_fee_per_gas: Some(base_fee_per_gas),
            ..Header::default()
        });
        let signers = check_start(rules, &header)?;
        Ok(Self { chain_id: ChainId::new(config.chain_id), rules, header, signers })
    }

    /// Starts the chain.
    ///
    /// # Errors
    /// None for a genesis that [`Self::from_geth_json`] made; see [`CliqueChain::new`].
    pub fn chain(&self) -> Result<CliqueChain, CliqueRejection> {
        CliqueChain::new(self.rules, self.header.clone())
    }
}
