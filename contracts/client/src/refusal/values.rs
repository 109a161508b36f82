//! The values inside a refusal: from words of the ABI to units, and from units to reports.

use core::fmt;

use ethers::types as e;
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{Amount, BlockHash, CompactTarget, ScriptBuf};
use farbank_types::{
    BitcoinHeight, BlockCount, DepositId, EvmAddress, RedemptionId, UnixTime, Work, B256,
};
use serde::Serialize;

use crate::convert;

/// A value inside a refusal, as a report writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RefusalValue {
    /// A height, a count, a position, seconds since 1970 or an amount in satoshi.
    Number(u64),
    /// A hash, an address, a name, or a number in hexadecimal.
    Text(String),
}

impl fmt::Display for RefusalValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Name of a constructor's parameter: up to 32 bytes of ASCII, padded with zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterName(B256);

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_slice();
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        write!(f, "{}", bytes[..end].escape_ascii())
    }
}

/// What keeps a transaction from being a custody transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeFault {
    /// Its version is not 3.
    Version,
    /// Its lock time is not zero.
    LockTime,
    /// An input has a script.
    InputScript,
    /// An input's sequence is not 0xfffffffd.
    Sequence,
    /// The inputs after the first are not strictly ascending.
    InputOrder,
    /// It has other outputs than payouts, custody and anchor, or another number of payouts.
    Outputs,
    /// The output before the last is not `OP_1` with a key.
    CustodyScript,
    /// That key is neither the current one nor the registered one, usable by now.
    CustodyKey,
    /// The last output is not `OP_RETURN <64 bytes>` of value 0.
    Anchor,
}

impl ShapeFault {
    /// Zero stands for no fault, which is never a reason.
    const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Version,
            2 => Self::LockTime,
            3 => Self::InputScript,
            4 => Self::Sequence,
            5 => Self::InputOrder,
            6 => Self::Outputs,
            7 => Self::CustodyScript,
            8 => Self::CustodyKey,
            9 => Self::Anchor,
            _ => return None,
        })
    }
}

/// Takes a value from the ABI's type; `None` when it is out of the unit's range.
pub(super) trait FromAbi<T>: Sized {
    fn from_abi(raw: T) -> Option<Self>;
}

/// Gives a value to a report.
pub(super) trait ToReport {
    fn to_report(&self) -> RefusalValue;
}

macro_rules! from_abi {
    ($($target:ty, $raw:ty, $from:expr;)*) => {
        $(impl FromAbi<$raw> for $target {
            fn from_abi(raw: $raw) -> Option<Self> {
                let from: fn($raw) -> Option<Self> = $from;
                from(raw)
            }
        })*
    };
}

from_abi! {
    u64, e::U256, |raw| u64::try_from(raw).ok();
    Amount, e::U256, |raw| u64::try_from(raw).ok().map(Self::from_sat);
    UnixTime, e::U256, |raw| u64::try_from(raw).ok().map(Self::new);
    UnixTime, u32, |raw| Some(Self::new(raw.into()));
    BlockCount, e::U256, |raw| u32::try_from(raw).ok().map(Self::new);
    BitcoinHeight, e::U256, |raw| u32::try_from(raw).ok().map(Self::new);
    CompactTarget, u32, |raw| Some(Self::from_consensus(raw));
    Work, e::U256, |raw| Some(Self::new(convert::u256(raw)));
    BlockHash, [u8; 32], |raw| Some(Self::from_byte_array(raw));
    B256, [u8; 32], |raw| Some(Self::from(raw));
    ParameterName, [u8; 32], |raw| Some(Self(B256::from(raw)));
    EvmAddress, e::Address, |raw| Some(convert::address(raw));
    DepositId, [u8; 32], |raw| Some(Self::from(B256::from(raw)));
    RedemptionId, e::U256, |raw| u64::try_from(raw).ok().map(Self::new);
    ScriptBuf, e::Bytes, |raw| Some(Self::from_bytes(raw.to_vec()));
    ShapeFault, u8, Self::from_code;
}

macro_rules! to_report {
    ($($source:ty, $report:expr;)*) => {
        $(impl ToReport for $source {
            fn to_report(&self) -> RefusalValue {
                let report: fn(&Self) -> RefusalValue = $report;
                report(self)
            }
        })*
    };
}

to_report! {
    u64, |value| RefusalValue::Number(*value);
    Amount, |value| RefusalValue::Number(value.to_sat());
    UnixTime, |value| RefusalValue::Number(value.get());
    BlockCount, |value| RefusalValue::Number(value.get().into());
    BitcoinHeight, |value| RefusalValue::Number(value.get().into());
    CompactTarget, |value| RefusalValue::Text(format!("{:08x}", value.to_consensus()));
    Work, |value| RefusalValue::Text(value.to_string());
    BlockHash, |value| RefusalValue::Text(value.to_string());
    B256, |value| RefusalValue::Text(value.to_string());
    ParameterName, |value| RefusalValue::Text(value.to_string());
    EvmAddress, |value| RefusalValue::Text(value.to_string());
    DepositId, |value| RefusalValue::Text(value.to_string());
    RedemptionId, |value| RefusalValue::Number(value.get());
    ScriptBuf, |value| RefusalValue::Text(value.to_hex_string());
    ShapeFault, |value| RefusalValue::Text(format!("{value:?}"));
}
