//! The border between the value types of ethers and those of the public API.

use ethers::types as e;
use farbank_types::{Bytes, EvmAddress, B256, U256};

pub(crate) fn b256(value: e::H256) -> B256 {
    B256::from(value.0)
}

pub(crate) fn h256(value: B256) -> e::H256 {
    e::H256(value.0)
}

pub(crate) fn address(value: e::Address) -> EvmAddress {
    EvmAddress::from(value.0)
}

pub(crate) fn h160(value: EvmAddress) -> e::Address {
    e::H160(value.into_array())
}

pub(crate) fn u256(value: e::U256) -> U256 {
    U256::from_limbs(value.0)
}

pub(crate) fn eu256(value: U256) -> e::U256 {
    e::U256(value.into_limbs())
}

pub(crate) fn bytes(value: e::Bytes) -> Bytes {
    Bytes::from(value.0)
}

pub(crate) fn ebytes(value: Bytes) -> e::Bytes {
    e::Bytes(value.0)
}
