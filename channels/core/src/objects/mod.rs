//! What parties sign: EIP-712 objects, and the tree of a batch of settles.
//!
//! Decides what is hashed and how; leaves out when a party signs. A struct hash is keccak256 of the
//! type hash and of one 32-byte word for each field, in order.

mod batch;
mod close;
mod proof;
mod settle;

use farbank_types::{keccak256, B256, U256};

pub use batch::{Batch, BatchTree, TreeRejection};
pub use close::{CoopClose, Refill};
pub use proof::{Proof, SignedProof};
pub use settle::{Settle, SignedSettle, VaultFlags};

use farbank_types::UnixTime;

fn struct_hash<const N: usize>(type_hash: B256, words: [B256; N]) -> B256 {
    let mut preimage = [0; 352];
    preimage[..32].copy_from_slice(type_hash.as_slice());
    let fields = &mut preimage[32..];
    for (field, word) in fields.chunks_exact_mut(32).zip(&words) {
        field.copy_from_slice(word.as_slice());
    }
    keccak256(&preimage[..32 * (N + 1)])
}

fn time(time: UnixTime) -> B256 {
    B256::from(U256::from(time.get()))
}
