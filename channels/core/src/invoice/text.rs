//! From terms to text and back.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use farbank_types::bitcoin::hashes::{sha256, Hash as _};
use farbank_types::{UnixTime, B256};
use lightning_invoice::{
    Bolt11Invoice, Bolt11SemanticError, InvoiceBuilder, ParseOrSemanticError,
    PaymentSecret as Bolt11Secret, SignOrCreationError,
};

use super::errors::{InvoiceRejection, TermsRejection};
use super::{metadata, Invoice, InvoiceTerms};
use crate::domain::Digest;
use crate::payload::PaymentSecret;
use crate::signature::{ChannelSigner, NodeId};
use crate::units::{PaymentHash, TokenAmount};

/// Blocks that BOLT #11 lets the last lock last: no meaning here, its default.
const BOLT11_DELTA: u64 = 18;

impl Invoice {
    /// Writes and signs an invoice with the payee's node key. Deterministic.
    ///
    /// # Errors
    /// [`TermsRejection`].
    pub fn sign(terms: &InvoiceTerms, signer: &impl ChannelSigner) -> Result<Self, TermsRejection> {
        if terms.amount == Some(TokenAmount::ZERO) {
            return Err(TermsRejection::ZeroAmount);
        }
        let bolt11 = InvoiceBuilder::new(terms.network.clone())
            .description(terms.description.clone())
            .payment_hash(sha256::Hash::from_byte_array(terms.payment_hash.get()))
            .payment_secret(Bolt11Secret(*terms.secret.as_bytes()))
            .duration_since_epoch(Duration::from_secs(terms.created_at.get()))
            .expiry_time(Duration::from_secs(terms.lifetime_secs.into()))
            .min_final_cltv_expiry_delta(BOLT11_DELTA)
            .payment_metadata(metadata::encode(terms))
            .payee_pub_key(*signer.node_id().public_key())
            .try_build_signed(|message| {
                signer.sign(Digest::new(B256::from(*message.as_ref()))).to_recoverable()
            })
            .map_err(|error| match error {
                SignOrCreationError::CreationError(error) => TermsRejection::NotWritable(error),
                SignOrCreationError::SignError(_) => TermsRejection::BadSignature,
            })?;
        let text = bolt11.to_string();
        Self::read(&bolt11, text).map_err(TermsRejection::NotReadable)
    }

    fn read(bolt11: &Bolt11Invoice, text: String) -> Result<Self, InvoiceRejection> {
        let payee = bolt11.payee_pub_key().ok_or(InvoiceRejection::NoPayee)?;
        let payee = NodeId::from(*payee);
        if bolt11.amount_milli_satoshis().is_some() {
            return Err(InvoiceRejection::AsksForBitcoin);
        }
        let records = bolt11.payment_metadata().ok_or(InvoiceRejection::NoAsset)?;
        let records = metadata::decode(records)?;
        if records.amount == Some(TokenAmount::ZERO) {
            return Err(InvoiceRejection::ZeroAmount);
        }
        let terms = InvoiceTerms {
            network: bolt11.currency(),
            asset: records.asset,
            amount: records.amount,
            payment_hash: PaymentHash::new(bolt11.payment_hash().to_byte_array()),
            secret: PaymentSecret::new(bolt11.payment_secret().0),
            // With a replacement for every character that could fool a terminal.
            description: bolt11.description().to_string(),
            created_at: UnixTime::new(bolt11.duration_since_epoch().as_secs()),
            // Beyond 136 years is for ever.
            lifetime_secs: u32::try_from(bolt11.expiry_time().as_secs()).unwrap_or(u32::MAX),
            min_lock_secs: records.min_lock_secs,
            quote: records.quote,
        };
        Ok(Self { text, payee, terms })
    }
}

impl FromStr for Invoice {
    type Err = InvoiceRejection;

    /// Reads an invoice and checks its signature.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bolt11 = text.parse::<Bolt11Invoice>().map_err(|error| match error {
            ParseOrSemanticError::SemanticError(Bolt11SemanticError::InvalidSignature) => {
                InvoiceRejection::BadSignature
            }
            other @ (ParseOrSemanticError::ParseError(_)
            | ParseOrSemanticError::SemanticError(_)) => InvoiceRejection::Malformed(other),
        })?;
        Self::read(&bolt11, text.to_owned())
    }
}

impl fmt::Display for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
