//! Invoices: BOLT #11, with what a side chain adds in the payment metadata.
//!
//! `lightning-invoice` writes and reads them; the prefix stays `lnbc` (`lnbcrt` on a development
//! network) and no amount stands there, because it would be in bitcoin. Asset, amount, quote and the
//! time that the last lock needs are TLV records in the metadata, which every payer must understand.
//! Decides which text is a genuine invoice and whether a node may pay it; leaves out whether it was
//! paid before, which the payee alone knows.

mod check;
mod errors;
mod metadata;
mod text;

pub use check::InvoiceScope;
pub use errors::{InvoiceRejection, TermsRejection};
pub use lightning_invoice::Currency;

use farbank_types::UnixTime;

use crate::payload::{AssetKey, PaymentSecret, QuoteId};
use crate::signature::NodeId;
use crate::units::{PaymentHash, TokenAmount};

/// What a payee asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceTerms {
    /// The prefix of the text: which Bitcoin network the side chain stands beside.
    pub network: Currency,
    /// The asset.
    pub asset: AssetKey,
    /// How much, in the asset's smallest unit; the payer chooses when there is none.
    pub amount: Option<TokenAmount>,
    /// Hash of the preimage that pays it.
    pub payment_hash: PaymentHash,
    /// For the payer alone.
    pub secret: PaymentSecret,
    /// What it is for; at most 639 bytes.
    pub description: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// For how long it can be paid.
    pub lifetime_secs: u32,
    /// How long the last lock must still last when it arrives.
    pub min_lock_secs: u32,
    /// Exchange that the payee arranged.
    pub quote: Option<QuoteId>,
}

/// A genuine invoice: the payee's signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    text: String,
    payee: NodeId,
    terms: InvoiceTerms,
}

impl Invoice {
    /// Returns who is paid, and who signed it.
    #[must_use]
    pub const fn payee(&self) -> &NodeId {
        &self.payee
    }

    /// Returns what is asked for.
    #[must_use]
    pub const fn terms(&self) -> &InvoiceTerms {
        &self.terms
    }

    /// Returns its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the last second in which it can be paid.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.terms.created_at.saturating_add_secs(self.terms.lifetime_secs as u64)
    }
}
