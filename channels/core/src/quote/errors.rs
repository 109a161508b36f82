//! Why a quote is refused, or cannot be made.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::payload::{AssetKey, QuoteId};
use crate::units::TokenAmount;

/// Why a quote does not serve. Nothing is lost by it: the payment fails where the exchange would have
/// been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum QuoteRejection {
    /// The node never made it, or its locks' time is long over.
    #[error("no quote {id} was made here")]
    Unknown {
        /// Its name.
        id: QuoteId,
    },
    /// Its time is over.
    #[error("the quote expired at {expires_at}, it is {now}")]
    Expired {
        /// Last second of its life.
        expires_at: UnixTime,
        /// The clock.
        now: UnixTime,
    },
    /// It served a payment already.
    #[error("quote {id} was used before")]
    Used {
        /// Its name.
        id: QuoteId,
    },
    /// What it says is not what its maker signed.
    #[error("quote {id} is not as its maker signed it")]
    Altered {
        /// Its name.
        id: QuoteId,
    },
    /// It is for another payment.
    #[error("quote {id} is for another payment")]
    OtherPayment {
        /// Its name.
        id: QuoteId,
    },
    /// It is for other assets.
    #[error("the quote exchanges {source_asset} for {target}")]
    OtherAssets {
        /// What it takes.
        source_asset: AssetKey,
        /// What it gives.
        target: AssetKey,
    },
    /// Less came in than it takes, or more is to go out than it gives.
    #[error(
        "the quote gives {amount_out} for {amount_in}, the payment wants {wanted} for {offered}"
    )]
    OtherAmounts {
        /// What it takes.
        amount_in: TokenAmount,
        /// What it gives.
        amount_out: TokenAmount,
        /// What came in.
        offered: TokenAmount,
        /// What is to go out.
        wanted: TokenAmount,
    },
    /// The outgoing lock would hang longer than was paid for.
    #[error("a lock until {expiry_out} under a quote for {max_expiry_out} at most")]
    HeldTooLong {
        /// Expiry of the outgoing lock.
        expiry_out: UnixTime,
        /// Its bound.
        max_expiry_out: UnixTime,
    },
    /// It exchanges an asset for itself.
    #[error("the quote exchanges {asset} for itself")]
    SameAsset {
        /// The asset.
        asset: AssetKey,
    },
    /// One of its amounts is nothing.
    #[error("the quote exchanges nothing")]
    NothingExchanged,
    /// Its premium takes all.
    #[error("a premium of {premium} from {amount_in}")]
    PremiumTooHigh {
        /// The premium.
        premium: TokenAmount,
        /// What it is a part of.
        amount_in: TokenAmount,
    },
    /// The maker's book is full, or holds a quote of that name.
    #[error("no room for quote {id}")]
    NoRoom {
        /// Its name.
        id: QuoteId,
    },
}

impl QuoteRejection {
    /// Returns the refusal's own name, such as `Expired`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Why no price can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PricingRejection {
    /// The amount or its exchange does not fit 128 bits.
    #[error("{amount} is too much to exchange")]
    TooMuch {
        /// The amount asked for.
        amount: TokenAmount,
    },
    /// So little that nothing is left of it.
    #[error("{amount} is too little to exchange")]
    TooLittle {
        /// The amount asked for.
        amount: TokenAmount,
    },
}
