//! What makes headers worth their gas.

use farbank_types::BlockCount;

/// What makes headers worth their gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRelayParameters {
    /// Most headers of a segment that extends the contract's chain.
    pub max_segment_headers: BlockCount,
    /// So many are carried even when nobody waits for them.
    pub min_batch_headers: BlockCount,
    /// Age of the contract's tip at which one header is enough.
    pub max_tip_age_secs: u64,
}

/// Time after which a refused submission is looked at again.
pub(super) const RETRY_SECS: u64 = 10;
