//! A redemption as the contract keeps it: by a commitment to all its fields.

use core::fmt;

use alloy_primitives::{keccak256, B256, U256};
use bitcoin::{Amount, ScriptBuf};
use serde::{Deserialize, Serialize};

use crate::units::UnixTime;
use crate::EvmAddress;

/// Name of a redemption: the contract counts them from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedemptionId(u64);

impl RedemptionId {
    /// Wraps the contract's number.
    #[must_use]
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// Returns the contract's number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the number as the contract writes it: 32 bytes, big-endian.
    #[must_use]
    pub fn word(self) -> B256 {
        B256::from(U256::from(self.0))
    }
}

impl fmt::Display for RedemptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What somebody burnt `fBTC` for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// Its name.
    pub id: RedemptionId,
    /// What is owed: the burnt amount less the flat redemption fee.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
    pub amount: Amount,
    /// Most that the payout may stay below `amount`.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_fee_sat")]
    pub max_fee: Amount,
    /// Time of the side-chain block that holds the request.
    pub requested_at: UnixTime,
    /// Who burnt, and who may raise the greatest fee.
    pub requester: EvmAddress,
    /// Output script of the payout.
    pub script: ScriptBuf,
}

impl Redemption {
    /// Returns what the contract stores: `keccak256(abi.encode(id, amount, maxFee, requestedAt,
    /// requester, keccak256(script)))`.
    #[must_use]
    pub fn commitment(&self) -> B256 {
        let words = [
            self.id.word(),
            B256::from(U256::from(self.amount.to_sat())),
            B256::from(U256::from(self.max_fee.to_sat())),
            B256::from(U256::from(self.requested_at.get())),
            self.requester.into_word(),
            keccak256(&self.script),
        ];
        keccak256(words.concat())
    }
}
