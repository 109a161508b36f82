//! The record of what was about to be sent, and what became of it.

use farbank_types::{ChainId, EvmAddress, Nonce, B256};
use serde::{Deserialize, Serialize};

use super::PreparedTransaction;
use crate::call::Call;
use crate::node::Receipt;

/// One nonce of one account, the call meant for it, and every signed attempt. Stored before the
/// first broadcast and before each replacement's: any attempt may end up in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionIntent {
    /// The chain.
    pub chain_id: ChainId,
    /// The account.
    pub from: EvmAddress,
    /// What is to be done.
    pub call: Call,
    /// The first attempt.
    pub first: PreparedTransaction,
    /// Replacements with the same nonce, oldest first.
    pub replacements: Vec<PreparedTransaction>,
}

/// The account's nonce in the newest and in the newest final block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfirmedNonces {
    /// In the newest block.
    pub latest: Nonce,
    /// In the newest final block; what is final, the caller's finality rule says.
    pub finalized: Nonce,
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentFate {
    /// The nonce is free: broadcast the newest attempt again, or bump it.
    Waiting,
    /// The nonce is spent in a block that is not final, and no own receipt was found: ask again.
    Unclear,
    /// An attempt is in a block that a reorganisation may still drop.
    Included(Receipt),
    /// An attempt is in a final block.
    Final(Receipt),
    /// A final block spent the nonce on a transaction that is not in this record (another process
    /// with this key). If the call is still wanted, it needs a new nonce.
    Displaced,
}

impl TransactionIntent {
    /// Makes the record of a first attempt.
    #[must_use]
    pub const fn new(
        chain_id: ChainId,
        from: EvmAddress,
        call: Call,
        first: PreparedTransaction,
    ) -> Self {
        Self { chain_id, from, call, first, replacements: Vec::new() }
    }

    /// Returns the nonce of all attempts.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        self.first.nonce
    }

    /// Returns the newest attempt: the one to broadcast.
    #[must_use]
    pub fn newest(&self) -> &PreparedTransaction {
        self.replacements.last().unwrap_or(&self.first)
    }

    /// Returns the hashes of all attempts, newest first: the receipts to ask for.
    pub fn hashes(&self) -> impl Iterator<Item = B256> + '_ {
        self.replacements.iter().rev().chain([&self.first]).map(|attempt| attempt.hash)
    }

    /// Tells what became of it. Pure.
    ///
    /// `receipts` are those found for [`TransactionIntent::hashes`], asked for **after** `nonces`:
    /// otherwise an own transaction that got into a block in between looks displaced.
    #[must_use]
    pub fn fate(&self, nonces: ConfirmedNonces, receipts: &[Receipt]) -> IntentFate {
        let nonce = self.nonce();
        let own = self.hashes().find_map(|hash| receipts.iter().find(|found| found.hash == hash));
        match own {
            Some(receipt) if nonces.finalized > nonce => IntentFate::Final(receipt.clone()),
            Some(receipt) => IntentFate::Included(receipt.clone()),
            None if nonces.finalized > nonce => IntentFate::Displaced,
            None if nonces.latest > nonce => IntentFate::Unclear,
            None => IntentFate::Waiting,
        }
    }
}
