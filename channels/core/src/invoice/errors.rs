//! Why an invoice is refused, or cannot be made.

use farbank_types::{ChainId, EvmAddress, UnixTime};
use lightning_invoice::{CreationError, ParseOrSemanticError};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::tlv::TlvRejection;
use crate::units::TokenAmount;

/// Why an invoice is not paid.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr)]
pub enum InvoiceRejection {
    /// Not an invoice, or one that BOLT #11 forbids.
    #[error("not an invoice")]
    Malformed(#[source] ParseOrSemanticError),
    /// The signature is not that of the payee it names.
    #[error("the invoice is not signed by the payee that it names")]
    BadSignature,
    /// It names no payee: a broken signature would just name another one.
    #[error("the invoice names no payee")]
    NoPayee,
    /// An invoice for Lightning itself: it names no asset.
    #[error("the invoice names no asset of a side chain")]
    NoAsset,
    /// Its metadata cannot be read.
    #[error("the invoice's metadata cannot be read")]
    BadMetadata(#[from] TlvRejection),
    /// It asks for bitcoin in its prefix.
    #[error("the invoice asks for bitcoin")]
    AsksForBitcoin,
    /// It asks for nothing.
    #[error("the invoice asks for nothing")]
    ZeroAmount,
    /// It could be paid until then.
    #[error("the invoice expired at {expires_at}, it is {now}")]
    Expired {
        /// Last second in which it could be paid.
        expires_at: UnixTime,
        /// The clock.
        now: UnixTime,
    },
    /// Of a side chain that this node does not serve.
    #[error("the invoice is for chain {found}")]
    ForeignChain {
        /// The invoice's.
        found: ChainId,
    },
    /// Of other channels on the same chain.
    #[error("the invoice is for the channels of contract {found}")]
    ForeignContract {
        /// The invoice's.
        found: EvmAddress,
    },
    /// Of a token that this node does not know.
    #[error("the invoice is for token {found}")]
    ForeignAsset {
        /// The invoice's.
        found: EvmAddress,
    },
    /// It leaves the amount to the payer, who gave none.
    #[error("the invoice leaves the amount to the payer")]
    AmountMissing,
    /// The payer's amount is not the invoice's.
    #[error("the invoice asks for {asked}, not {given}")]
    OtherAmount {
        /// The invoice's.
        asked: TokenAmount,
        /// The payer's.
        given: TokenAmount,
    },
}

impl InvoiceRejection {
    /// Returns the refusal's own name, such as `Expired`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Why no invoice can be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TermsRejection {
    /// BOLT #11 has no room for it.
    #[error("the invoice cannot be written")]
    NotWritable(#[source] CreationError),
    /// It asks for nothing.
    #[error("an invoice for nothing")]
    ZeroAmount,
    /// What was written is not what can be read.
    #[error("the invoice could not be read again")]
    NotReadable(#[source] InvoiceRejection),
    /// The signer's answer is no signature.
    #[error("the signer gave no signature")]
    BadSignature,
}
