//! Where `Bridge` keeps its variables: the numbers of `contracts/abi/Bridge.storage.json`.

use farbank_types::{keccak256, B256, U256};

/// `Ledger _ledger`, one word from the lowest bit on: unswept count u32, redemption count u56, paused
/// until u40.
pub(super) const LEDGER: u64 = 4_098;
/// `mapping(bytes32 id => uint256 word) _deposits`: amount u64, height u32, low half of the block's hash,
/// state u32, from the highest bit on.
pub(super) const DEPOSITS: u64 = 4_186;
/// `mapping(uint256 id => bytes32 commitment) _redemptions`.
pub(super) const REDEMPTIONS: u64 = 4_187;
/// `CustodyOutput _custody`: the txid; then from the lowest bit on vout u32, value u64, height u32,
/// unpaid u64, unswept u64.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What `forge inspect Bridge storage-layout` gives, as the contracts export it.
    const EXPORTED: &str = include_str!("../../../../contracts/abi/Bridge.storage.json");

    #[test]
    fn slots_are_those_of_the_contract() {
        let exported: serde_json::Value = serde_json::from_str(EXPORTED).expect("JSON");
        let found = exported.as_array().expect("list").iter().map(|entry| {
            let text = |key: &str| entry[key].as_str().expect("text").to_owned();
            let number = |key: &str| entry[key].as_u64().expect("number");
            (text("label"), number("slot"), number("offset"), text("type"))
        });
        let found: std::collections::BTreeSet<_> = found.collect();
        for (label, slot, offset, kind) in [
            ("_ledger.redemptionCount", LEDGER, 4, "uint56"),
            ("_deposits", DEPOSITS, 0, "mapping(bytes32 => uint256)"),
            ("_redemptions", REDEMPTIONS, 0, "mapping(uint256 => bytes32)"),
            ("_custody.txid", CUSTODY, 0, "bytes32"),
            ("_custody.vout", CUSTODY + 1, 0, "uint32"),
            ("_custody.value", CUSTODY + 1, 4, "uint64"),
            ("_custody.height", CUSTODY + 1, 12, "uint32"),
            ("_keys.current", KEYS, 0, "bytes32"),
            ("_keys.next", KEYS + 1, 0, "bytes32"),
            ("_keys.previous", KEYS + 2, 0, "bytes32"),
            ("_keys.nextUsableFrom", KEYS + 3, 0, "uint64"),
        ] {
            let expected = (label.to_owned(), slot, offset, kind.to_owned());
            assert!(found.contains(&expected), "{expected:?} is not exported");
        }
    }
}
