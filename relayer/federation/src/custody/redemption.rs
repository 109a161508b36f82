//! What custody transactions commit to about the redemptions that they pay.

use farbank_types::{keccak256, B256};
pub use farbank_types::{Redemption, RedemptionId};

/// Returns keccak256 over the ids as 32-byte big-endian words, one after another; of nothing when no
/// redemption is paid.
#[must_use]
pub fn ids_hash(ids: impl IntoIterator<Item = RedemptionId>) -> B256 {
    let words: Vec<_> = ids.into_iter().map(RedemptionId::word).collect();
    keccak256(words.concat())
}
