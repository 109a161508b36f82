//! Clique, proof of authority by EIP-225, as geth 1.13 follows it.

/// Most signers that a chain may have: bounds a header's extra data.
pub const MAX_SIGNERS: usize = 512;
