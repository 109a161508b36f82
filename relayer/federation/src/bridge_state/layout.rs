//! Where `Bridge` keeps its variables: the numbers of `contracts/abi/Bridge.storage.json`.

use farbank_types::{keccak256, B256, U256};

/// `Ledger _ledger`, one word from the lowest bit on: unswept value u64, unswept count u32, unpaid u64,
/// redemption count u56, paused until u40.
pub(super) const LEDGER: u64 = 4_098;
/// `mapping(bytes32 id => uint256 word) _deposits`: amount u64, height u32, low half of the block's hash,
/// state u32, from the highest bit on.
pub(super) const DEPOSITS: u64 = 4_186;
/// `mapping(uint256 id => bytes32 commitment) _redemptions`.
pub(super) const REDEMPTIONS: u64 = 4_187;
/// `CustodyOutput _custody`: the txid; then from the lowest bit on vout u32, value u64, height u32.
pub(super) const CUSTODY: u64 = 4_188;
/// `FederationKeys _keys`: current; next; previous; then from the lowest bit on next usable from u64,
/// previous until u32.
pub(super) const KEYS: u64 = 4_191;

/// Returns the slot of the `offset`th word of a variable.
pub(super) fn slot(base: u64, offset: u64) -> B256 {
    B256::from(U256::from(base).wrapping_add(U256::from(offset)))
}

/// Returns the slot of a mapping's value: `keccak256(key ‖ slot of the mapping)`.
pub(super) fn mapping_slot(base: u64, key: B256) -> B256 {
    keccak256([key, slot(base, 0)].concat())
}
