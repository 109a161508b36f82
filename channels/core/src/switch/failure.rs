//! Why a payment failed, in the words of the hop that failed it, signed by it.

use farbank_types::{keccak256, B256};
use serde::{Deserialize, Serialize};
use strum::{FromRepr, IntoStaticStr};
use thiserror::Error;

use crate::domain::Digest;
use crate::onion::OnionRejection;
use crate::quote::QuoteRejection;
use crate::signature::{ChannelSigner, CompactSignature, NodeId};
use crate::units::PaymentHash;

/// What the digest's tag is the hash of.
const TAG: &[u8] = b"farbank payment failure v1";
/// Bytes of a message: code and signature.
const MESSAGE_LEN: usize = 2 + 64;

/// Why a hop failed a payment. The position of a variant is its number on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Error, IntoStaticStr, FromRepr, Serialize, Deserialize,
)]
#[repr(u16)]
pub enum HopFailure {
    /// The onion is not for this hop and this payment.
    #[error("the onion is not for this hop and this payment")]
    BadOnion = 1,
    /// The hop's part of the route cannot be read.
    #[error("the hop's part of the route cannot be read")]
    BadPayload,
    /// The onion was here before.
    #[error("the onion was here before")]
    Replayed,
    /// The hop has no room to remember the onion; later it has.
    #[error("the hop remembers too many onions")]
    TooManyOnions,
    /// No channel leads to the next hop.
    #[error("no channel leads to the next hop")]
    UnknownNext,
    /// No channel with the next hop is in that asset.
    #[error("no channel with the next hop is in that asset")]
    NoChannel,
    /// The next hop is not connected.
    #[error("the next hop is not connected")]
    NextOffline,
    /// No channel to the next hop has enough.
    #[error("no channel to the next hop has enough")]
    NoCapacity,
    /// As many locks wait with that peer as may.
    #[error("too many locks wait with one peer")]
    TooManyLocks,
    /// As much value waits with that peer as may.
    #[error("too much value waits with one peer")]
    TooMuchValue,
    /// As many locks wait at the hop as it could claim in time.
    #[error("more locks wait at the hop than it could claim in time")]
    TooManyIncoming,
    /// Claiming the lock on chain would cost more than it is worth.
    #[error("the amount is too small for a lock")]
    AmountTooSmall,
    /// The hop takes more for forwarding.
    #[error("the fee is too low")]
    FeeTooLow,
    /// Too little time is left, or too little is left between the locks.
    #[error("the lock expires too soon")]
    ExpiryTooSoon,
    /// The lock would outlive what a challenge period protects.
    #[error("the lock expires too late")]
    ExpiryTooFar,
    /// The hop sees no new blocks.
    #[error("the hop sees no new blocks")]
    StaleHead,
    /// That peer made the hop claim on chain before.
    #[error("the hop does not trust that peer with locks")]
    PeerSuspended,
    /// The asset changes and no quote is named.
    #[error("the asset changes without a quote")]
    QuoteMissing,
    /// The hop never made that quote.
    #[error("the quote is unknown")]
    QuoteUnknown,
    /// The quote's time is over.
    #[error("the quote expired")]
    QuoteExpired,
    /// The quote served another payment.
    #[error("the quote was used before")]
    QuoteUsed,
    /// The payment is not what the quote says.
    #[error("the payment is not what the quote says")]
    QuoteAltered,
    /// The next hop did not take the lock.
    #[error("the next hop did not take the lock")]
    NextRefused,
    /// The lock to the next hop ran out.
    #[error("the next hop let the lock expire")]
    NextExpired,
    /// The payee has no such invoice.
    #[error("the payee has no such invoice")]
    UnknownInvoice,
    /// The invoice's time is over.
    #[error("the invoice expired")]
    InvoiceExpired,
    /// The invoice is paid, or being paid.
    #[error("the invoice is paid already")]
    InvoicePaid,
    /// The invoice is for another asset.
    #[error("the invoice is for another asset")]
    OtherAsset,
    /// The invoice is for another amount.
    #[error("the invoice is for another amount")]
    OtherAmount,
    /// The payee did not want it after all.
    #[error("the payee declined")]
    Declined,
    /// The preimage is on chain already, so the next hop could claim at once and tell nobody.
    #[error("the preimage is known already")]
    HashRevealed,
}

impl HopFailure {
    /// Returns the failure's own name, such as `NoCapacity`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether another route, or the same one later, may do better.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        !matches!(
            self,
            Self::UnknownInvoice
                | Self::InvoiceExpired
                | Self::InvoicePaid
                | Self::OtherAsset
                | Self::OtherAmount
                | Self::Declined
                | Self::HashRevealed
        )
    }
}

impl From<OnionRejection> for HopFailure {
    fn from(rejection: OnionRejection) -> Self {
        match rejection {
            OnionRejection::BadPayload => Self::BadPayload,
            OnionRejection::Replayed => Self::Replayed,
            OnionRejection::ReplayCacheFull { .. } => Self::TooManyOnions,
            OnionRejection::WrongLength { .. }
            | OnionRejection::UnknownVersion { .. }
            | OnionRejection::BadKey
            | OnionRejection::BadHmac => Self::BadOnion,
        }
    }
}

impl From<QuoteRejection> for HopFailure {
    fn from(rejection: QuoteRejection) -> Self {
        match rejection {
            QuoteRejection::Unknown { .. } => Self::QuoteUnknown,
            QuoteRejection::Expired { .. } => Self::QuoteExpired,
            QuoteRejection::Used { .. } => Self::QuoteUsed,
            QuoteRejection::Altered { .. }
            | QuoteRejection::OtherPayment { .. }
            | QuoteRejection::OtherAssets { .. }
            | QuoteRejection::OtherAmounts { .. }
            | QuoteRejection::HeldTooLong { .. }
            | QuoteRejection::SameAsset { .. }
            | QuoteRejection::NothingExchanged
            | QuoteRejection::PremiumTooHigh { .. }
            | QuoteRejection::NoRoom { .. } => Self::QuoteAltered,
        }
    }
}

/// A failure that can be shown to third parties: the hop signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedFailure {
    /// Who failed the payment.
    pub node: NodeId,
    /// The payment.
    pub payment_hash: PaymentHash,
    /// Why.
    pub failure: HopFailure,
    /// Over [`SignedFailure::digest`].
    pub signature: CompactSignature,
}

impl SignedFailure {
    /// Signs a failure.
    #[must_use]
    pub fn sign(
        payment_hash: PaymentHash,
        failure: HopFailure,
        signer: &impl ChannelSigner,
    ) -> Self {
        let signature = signer.sign(digest(payment_hash, failure));
        Self { node: signer.node_id(), payment_hash, failure, signature }
    }

    /// Returns what is signed: `keccak256(t || t || payment hash || code)`, the code 2 bytes
    /// big-endian, `t = keccak256("farbank payment failure v1")`.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(self.payment_hash, self.failure)
    }

    /// Whether the node that it names signed it.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.signature.is_by(self.node, self.digest())
    }

    /// Writes what travels: the code (2 bytes, big-endian) and the signature (64). Node and payment are
    /// known to whoever reads it.
    pub(super) fn message(&self) -> Vec<u8> {
        let mut message = Vec::with_capacity(MESSAGE_LEN);
        message.extend_from_slice(&(self.failure as u16).to_be_bytes());
        message.extend_from_slice(&self.signature.to_bytes());
        message
    }

    /// Reads what travelled; `None` when it is no failure that `node` signed.
    pub(super) fn read(message: &[u8], node: NodeId, payment_hash: PaymentHash) -> Option<Self> {
        let message: &[u8; MESSAGE_LEN] = message.try_into().ok()?;
        let (code, signature) = message.split_first_chunk()?;
        let (r, vs) = signature.split_first_chunk::<32>()?;
        let failure = HopFailure::from_repr(u16::from_be_bytes(*code))?;
        let signature = CompactSignature { r: B256::from(r), vs: B256::try_from(vs).ok()? };
        let signed = Self { node, payment_hash, failure, signature };
        signed.is_genuine().then_some(signed)
    }
}

fn digest(payment_hash: PaymentHash, failure: HopFailure) -> Digest {
    let tag = keccak256(TAG);
    let code = (failure as u16).to_be_bytes();
    let parts = [tag.as_slice(), tag.as_slice(), &payment_hash.get(), &code];
    Digest::new(keccak256(parts.concat()))
}
