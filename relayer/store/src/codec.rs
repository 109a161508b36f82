//! How values become columns: a version byte and JSON, or fixed bytes.

use bitcoin::hashes::Hash as _;
use bitcoin::BlockHash;
use farbank_types::{BitcoinHeight, B256};
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::StoreError;

/// Version of every blob so far.
const VERSION: u8 = 1;

pub(crate) fn encode(table: &'static str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let mut blob = vec![VERSION];
    serde_json::to_writer(&mut blob, value)
        .map_err(|source| StoreError::Damaged { table, source: Some(source) })?;
    Ok(blob)
}

pub(crate) fn decode<T: DeserializeOwned>(
    table: &'static str,
    blob: &[u8],
) -> Result<T, StoreError> {
    match blob.split_first() {
        Some((&VERSION, json)) => serde_json::from_slice(json)
            .map_err(|source| StoreError::Damaged { table, source: Some(source) }),
        Some((&found, _)) => Err(StoreError::UnknownFormat { table, found, known: VERSION }),
        None => Err(StoreError::Damaged { table, source: None }),
    }
}

pub(crate) fn word(table: &'static str, bytes: &[u8]) -> Result<B256, StoreError> {
    B256::try_from(bytes).map_err(|_| StoreError::Damaged { table, source: None })
}

pub(crate) fn block_hash(table: &'static str, bytes: &[u8]) -> Result<BlockHash, StoreError> {
    BlockHash::from_slice(bytes).map_err(|_| StoreError::Damaged { table, source: None })
}

pub(crate) fn height(table: &'static str, value: i64) -> Result<BitcoinHeight, StoreError> {
    u32::try_from(value)
        .map(BitcoinHeight::new)
        .map_err(|_| StoreError::Damaged { table, source: None })
}

/// SQL has no unsigned integers; what does not fit is no number of this bridge.
pub(crate) fn signed(table: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Damaged { table, source: None })
}

pub(crate) fn number(table: &'static str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Damaged { table, source: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_of_a_later_version_is_refused_by_name() {
        let mut blob = encode("deposits", &7_u32).unwrap();
        assert_eq!(decode::<u32>("deposits", &blob).unwrap(), 7);
        blob[0] = 2;
        assert!(matches!(
            decode::<u32>("deposits", &blob),
            Err(StoreError::UnknownFormat { table: "deposits", found: 2, known: 1 })
        ));
        assert!(matches!(
            decode::<u32>("deposits", &[]),
            Err(StoreError::Damaged { table: "deposits", .. })
        ));
        assert!(matches!(
            decode::<u32>("deposits", b"\x01nonsense"),
            Err(StoreError::Damaged { .. })
        ));
    }
}
