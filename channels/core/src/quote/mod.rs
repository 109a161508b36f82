//! Quotes: firm offers of one exchange each, signed by the node that will make it.
//!
//! A quote says which payment turns how much of one asset into how much of another, until when. It is
//! used once. Its maker cannot take it back, so it is an option that costs the maker about
//! `0.4 sigma sqrt(T)` of the amount, T being the time for which the outgoing lock can hang: that time
//! is bounded and its price, the premium, is part of the amount. Decides which quote is genuine and
//! live, and what it costs; leaves out where rates come from.

mod book;
mod errors;
mod pricing;
mod rate;

pub use book::{Exchange, QuoteBook};
pub use errors::{PricingRejection, QuoteRejection};
pub use pricing::{Price, Pricing};
pub use rate::Rate;

use farbank_types::{keccak256, UnixTime};
use serde::{Deserialize, Serialize};

use crate::domain::Digest;
use crate::payload::{AssetKey, QuoteId};
use crate::signature::{ChannelSigner, CompactSignature, NodeId};
use crate::units::{PaymentHash, TokenAmount};

/// What the digest's tag is the hash of.
const TAG: &[u8] = b"farbank quote v1";

/// A firm offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Its name.
    pub id: QuoteId,
    /// The payment that it is for, and no other.
    pub payment_hash: PaymentHash,
    /// What the maker takes.
    pub source: AssetKey,
    /// What the maker gives.
    pub target: AssetKey,
    /// How much it takes at least, premium and fee included.
    pub amount_in: TokenAmount,
    /// How much it gives.
    pub amount_out: TokenAmount,
    /// The part of `amount_in` that pays for the option.
    pub premium: TokenAmount,
    /// Last second in which the incoming lock may arrive.
    pub expires_at: UnixTime,
    /// Latest expiry of the outgoing lock.
    pub max_expiry_out: UnixTime,
}

/// A quote with its maker's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedQuote {
    /// The offer.
    pub quote: Quote,
    /// Over [`Quote::digest`].
    pub signature: CompactSignature,
}

impl Quote {
    /// Returns what is signed: `keccak256(t || t || fields)` with `t = keccak256("farbank quote v1")`
    /// and the fields in their order here, integers big-endian in their full width.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let tag = keccak256(TAG);
        let mut bytes = Vec::with_capacity(5 * 32 + 2 * AssetKey::LEN + 3 * 16);
        bytes.extend_from_slice(tag.as_slice());
        bytes.extend_from_slice(tag.as_slice());
        bytes.extend_from_slice(self.id.get().as_slice());
        bytes.extend_from_slice(&self.payment_hash.get());
        bytes.extend_from_slice(&self.source.to_bytes());
        bytes.extend_from_slice(&self.target.to_bytes());
        for amount in [self.amount_in, self.amount_out, self.premium] {
            bytes.extend_from_slice(&amount.get().to_be_bytes());
        }
        for time in [self.expires_at, self.max_expiry_out] {
            bytes.extend_from_slice(&time.get().to_be_bytes());
        }
        Digest::new(keccak256(bytes))
    }

    /// Checks that the numbers make an offer: two assets, something for something, a premium within
    /// what is taken.
    ///
    /// # Errors
    /// [`QuoteRejection::SameAsset`], [`QuoteRejection::NothingExchanged`],
    /// [`QuoteRejection::PremiumTooHigh`].
    pub fn check(&self) -> Result<(), QuoteRejection> {
        let zero = TokenAmount::ZERO;
        if self.source == self.target {
            return Err(QuoteRejection::SameAsset { asset: self.source });
        }
        if self.amount_in == zero || self.amount_out == zero {
            return Err(QuoteRejection::NothingExchanged);
        }
        if self.premium >= self.amount_in {
            let (premium, amount_in) = (self.premium, self.amount_in);
            return Err(QuoteRejection::PremiumTooHigh { premium, amount_in });
        }
        Ok(())
    }

    /// Checks that it is still live.
    ///
    /// # Errors
    /// [`QuoteRejection::Expired`].
    pub fn check_live(&self, now: UnixTime) -> Result<(), QuoteRejection> {
        if now > self.expires_at {
            return Err(QuoteRejection::Expired { expires_at: self.expires_at, now });
        }
        Ok(())
    }

    /// Signs it with the maker's node key.
    #[must_use]
    pub fn sign(self, signer: &impl ChannelSigner) -> SignedQuote {
        SignedQuote { quote: self, signature: signer.sign(self.digest()) }
    }
}

impl SignedQuote {
    /// Checks it as its user does: made by `maker`, unaltered, sensible, live.
    ///
    /// # Errors
    /// [`QuoteRejection::Altered`] when the signature is not the maker's over these numbers, and those
    /// of [`Quote::check`] and [`Quote::check_live`].
    pub fn verify(&self, maker: &NodeId, now: UnixTime) -> Result<&Quote, QuoteRejection> {
        if !self.signature.is_by(*maker, self.quote.digest()) {
            return Err(QuoteRejection::Altered { id: self.quote.id });
        }
        self.quote.check()?;
        self.quote.check_live(now)?;
        Ok(&self.quote)
    }
}
