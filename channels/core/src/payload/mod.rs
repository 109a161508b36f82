//! What a payment tells each hop: TLV records (BOLT #1) inside an onion, or beside a lock for the
//! direct peer.
//!
//! Decides which bytes are a payload; leaves out whether a node agrees with it.

mod asset;
mod codec;
mod ids;

pub use crate::tlv::TlvRejection;
pub use asset::AssetKey;
pub use ids::{PaymentSecret, QuoteId, Uetr, UetrRejection};

use farbank_types::{UnixTime, B256};
use serde::{Deserialize, Serialize};

use crate::signature::NodeId;
use crate::units::TokenAmount;

/// What a hop that forwards reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardPayload {
    /// Whom to forward to; the hop chooses the channel.
    pub next: NodeId,
    /// In which asset.
    pub asset: AssetKey,
    /// How much, in that asset's smallest unit.
    pub amount: TokenAmount,
    /// Expiry of the lock to offer.
    pub expiry: UnixTime,
    /// At which exchange, when the asset changes here.
    pub quote: Option<QuoteId>,
}

/// What the payee reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalPayload {
    /// The invoice's secret: proof that its maker's invoice is being paid, not just its hash guessed.
    pub secret: PaymentSecret,
    /// The asset that the payer means.
    pub asset: AssetKey,
    /// What the payer pays in all, in that asset's smallest unit.
    pub total: TokenAmount,
    /// Earliest expiry of the lock that the payer means; an earlier one was shaved on the way.
    pub expiry: UnixTime,
    /// The transfer that it is a leg of.
    pub uetr: Option<Uetr>,
    /// Commitment to what the parties said to each other about it.
    pub meta_hash: Option<B256>,
}

/// What a node reads, by its place in the route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HopPayload {
    /// It forwards.
    Forward(ForwardPayload),
    /// It is the payee.
    Final(FinalPayload),
}
