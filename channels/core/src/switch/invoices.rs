//! Payments that this node expects.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::LockKey;
use crate::payload::{AssetKey, FinalPayload, PaymentSecret};
use crate::units::{PaymentHash, Preimage, TokenAmount};

/// What the node waits for: its side of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Hash of the preimage.
    pub payment_hash: PaymentHash,
    /// What pays it; absent when somebody else releases it later
    /// ([`SwitchInput::Release`](super::SwitchInput::Release)).
    pub preimage: Option<Preimage>,
    /// For the payer alone.
    pub secret: PaymentSecret,
    /// The asset.
    pub asset: AssetKey,
    /// How much; the payer chooses when there is none.
    pub amount: Option<TokenAmount>,
    /// Last second in which a lock may arrive.
    pub expires_at: UnixTime,
    /// How long the lock must still last when it arrives, in seconds.
    pub min_lock_secs: u32,
}

/// How an expected payment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpectedState {
    /// Nothing came.
    Open,
    /// A lock came and waits for its preimage to be released.
    Held {
        /// The lock.
        lock: LockKey,
        /// What the payer said.
        payload: FinalPayload,
    },
    /// The preimage was shown for a lock; the money is this node's, off chain or on chain.
    Claimed {
        /// The lock.
        lock: LockKey,
        /// What the payer said.
        payload: FinalPayload,
    },
    /// The payer unlocked it.
    Received {
        /// How much.
        amount: TokenAmount,
        /// When.
        at: UnixTime,
    },
}

/// An invoice's record at its payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedPayment {
    /// What is waited for.
    pub expected: Expected,
    /// How it stands.
    pub state: ExpectedState,
}
